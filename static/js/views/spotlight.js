// @ts-check
// The light on the network picture: what an equation speaks of is bright, the rest is pale; and a unit, a weight
// or a bias that is pointed at in the picture is bright in the equations.

import { weightName } from "./equations.js";

/** @typedef {import("./hand.js").Spot} Spot */

/** What the keys reach. The edges, hundreds of them, are for pointers; in the equations every weight is a number. */
const STOPS = ".picture :is(.unit, .node, .bias)[data-unit]";
const PLACES = ".picture :is(path, .unit, .node, .bias)[data-unit]";

/**
 * Which units and which edges a spot lights: [layer, unit] and [layer, unit, input], null for all.
 * @param {Spot} spot
 * @returns {{units: [number, number | null][], edges: [number, number | null, number | null][]}}
 */
function lights({ part, layer, unit, weight }) {
  switch (part) {
    case "weight": {
      const [of, to, from] = (weight ?? "").split(".").map(Number); // a bias comes from nowhere
      return { units: [[of, to], ...(Number.isNaN(from) ? [] : [/** @type {[number, number]} */ ([of - 1, from])])], edges: [] };
    }
    case "Z": return { units: [[layer, unit], [layer - 1, null]], edges: [[layer, unit, null]] };
    case "dZ": return { units: [[layer, unit], [layer + 1, null]], edges: [[layer + 1, null, unit]] };
    case "dW":
    case "unit": return { units: [[layer, unit]], edges: [[layer, unit, null]] };
    case "update": return { units: [], edges: [[layer, unit, null]] };
    default: return { units: [[layer, unit]], edges: [] };
  }
}

/**
 * @param {HTMLElement} root  the lanes
 * @param {import("../actions.js").Actions} actions
 */
export function spotlightView(root, actions) {
  /** @type {Spot | null} */
  let drawn = null;
  let open = false;

  const point = (/** @type {Event} */ event) => {
    const place = /** @type {Element} */ (event.target).closest?.(PLACES);
    if (!open || !place) return;
    const lane = Array.from(root.children).findIndex((child) => child.contains(place));
    const [layer, unit, input] = ["data-layer", "data-unit", "data-input"].map((name) => Number(place.getAttribute(name)));
    const edge = place.hasAttribute("data-input");
    actions.light(edge || place.classList.contains("bias")
      ? { lane, part: "weight", layer, unit: null, weight: weightName(layer, unit, edge ? input : null) }
      : { lane, part: "unit", layer, unit });
  };
  const leave = (/** @type {Event} */ event) => {
    if (open && /** @type {Element} */ (event.target).closest?.(PLACES)) actions.light(null);
  };
  for (const name of ["pointerover", "focusin"]) root.addEventListener(name, point);
  for (const name of ["pointerout", "focusout"]) root.addEventListener(name, leave);

  /** @param {Spot | null} spot */
  function draw(spot) {
    for (const picture of root.querySelectorAll(".picture[data-spot]")) picture.removeAttribute("data-spot");
    for (const element of root.querySelectorAll(".picture .bright")) element.classList.remove("bright");
    for (const path of root.querySelectorAll("path[data-bright]")) path.removeAttribute("data-bright");
    for (const element of root.querySelectorAll(".picture [data-own]")) element.removeAttribute("data-own");
    const picture = spot && root.children[spot.lane]?.querySelector(".picture");
    if (!spot || !picture) return;
    picture.setAttribute("data-spot", "");
    const { units, edges } = lights(spot);
    for (const [layer, unit] of units) {
      const chosen = unit === null ? "[data-unit]" : `[data-unit="${unit}"]`;
      for (const element of picture.querySelectorAll(`[data-layer="${layer}"]${chosen}:not(path, .bias)`)) element.classList.add("bright");
    }
    for (const [layer, unit, input] of edges) {
      const to = unit === null ? "" : `[data-unit="${unit}"]`;
      const from = input === null ? "" : `[data-input="${input}"]`;
      for (const path of picture.querySelectorAll(`path[data-layer="${layer}"]${to}${from}`)) path.setAttribute("data-bright", "");
    }
    if (!spot.weight) return;
    const [layer, unit, input] = spot.weight.split(".");
    const kind = input === "b" ? ".bias" : `path[data-input="${input}"]`;
    picture.querySelector(`${kind}[data-layer="${layer}"][data-unit="${unit}"]`)?.setAttribute("data-own", "");
  }

  return (/** @type {import("../types.js").State} */ { panel, spot }) => {
    const now = panel === "by_hand";
    if (!now && !open) return;
    open = now;
    // Units and biases can be reached by keyboard while there is something to see of them; a picture made anew has others.
    const others = root.querySelectorAll(now ? `${STOPS}:not([tabindex])` : `${STOPS}[tabindex]`);
    for (const unit of others) {
      if (now) unit.setAttribute("tabindex", "0");
      else unit.removeAttribute("tabindex");
    }
    const wanted = now ? spot : null;
    if (others.length) drawn = null;
    if (wanted === drawn && now) return;
    drawn = wanted;
    draw(wanted);
  };
}
