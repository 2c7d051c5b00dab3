// @ts-check
// The network as it is: inputs, unit maps over the plane, weights as edges, biases, a ring per kind of equal units.

import { kindColour, letter, paint } from "../colour.js";
import { h, say, svg } from "../dom.js";
import { withUnits } from "../edits.js";
import { plain, short, signed } from "../format.js";
import { t } from "../words.js";
import { onResize, sizeOf } from "./figure.js";

/** @typedef {import("../types.js").Lane} Lane */
/** @typedef {{root: HTMLElement, canvas: HTMLCanvasElement, letter: HTMLElement, bias: HTMLElement}} UnitView */
/** @typedef {{x: number, y: number, half: number}} Spot */

const COLUMN = 118;
const HEAD = 30;
const FOOT = 18;
const INPUT = 15;
const LITTLE = 30;
const BIAS = 62;

/** Weights above some thousands are all as wide: of a run that explodes the network can still be seen. */
const WIDEST = 12;

/**
 * The width of an edge: one absolute scale for every weight of every network. 0.01, 1 and 20 are well told apart.
 * @param {number} weight
 */
export function edgeWidth(weight) {
  return Math.min(0.5 + 1.4 * Math.asinh(2 * Math.abs(weight)), WIDEST);
}

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {(edit: import("../edits.js").Edit, inEvery: boolean) => void} restart
 */
export function networkPicture(catalog, restart) {
  const edgesLayer = svg("svg", { class: "edges", "aria-hidden": "true" });
  const inner = h("div", { className: "inner" });
  const root = h("div", { className: "picture", role: "group", "aria-label": t("network.label"), tabIndex: 0 }, inner);
  let built = "";
  /** @type {UnitView[][]} */
  let layers = [];
  /** @type {SVGElement[][]} */
  let edges = [];
  /** @type {HTMLElement[]} */
  let notes = [];
  /** @type {HTMLElement[]} */
  let outputBiases = [];
  onResize(root, () => {
    built = "";
    if (last) draw(...last);
  });
  /** @type {[import("../types.js").State, Lane, import("../types.js").Experiment] | null} */
  let last = null;

  /**
   * @param {import("../types.js").State} state
   * @param {Lane} lane
   * @param {import("../types.js").Experiment} experiment
   */
  function draw(state, lane, experiment) {
    last = [state, lane, experiment];
    const hidden = lane.symmetry.map(({ units }) => units);
    const { width, height } = sizeOf(root);
    const inputs = lane.buffers.W1.shape[1];
    const outputs = lane.buffers[`b${hidden.length + 1}`].values.length;
    const inView = Math.max(0, ...hidden.map((_, l) => lane.buffers[`maps${l + 1}`]?.shape[0] ?? 0));
    const shape = `${inputs} ${hidden} ${inView} ${outputs} ${width} ${height} ${experiment?.network.activation}`;
    if (shape !== built && width) {
      built = shape;
      build({ inputs: inputNames(experiment, inputs), hidden, outputs }, activationTitles(experiment, hidden.length), inView);
    }
    layers.forEach((units, l) => drawLayer(units, lane, l + 1, state.theme));
    edges.forEach((paths, l) => drawEdges(paths, lane, l + 1));
    notes.forEach((note, l) => say(note, layerNote(lane, l)));
    outputBiases.forEach((bias, k) => say(bias, `b ${signed(lane.buffers[`b${hidden.length + 1}`].values[k])}`));
  }

  /** @param {import("../types.js").State} state  Whether the buttons in a picture change every lane. */
  function sameShape({ lanes }) {
    return lanes.every((lane) => String(lane.network.hidden) === String(lanes[0].network.hidden));
  }

  /**
   * @param {import("../types.js").Experiment | undefined} experiment
   * @param {number} count
   */
  function activationTitles(experiment, count) {
    const chosen = experiment?.network.activation ?? [];
    return Array.from({ length: count }, (_, i) => {
      const name = Array.isArray(chosen) ? chosen[i] : chosen;
      return catalog.activations.find((row) => row.name === name)?.title ?? "";
    });
  }

  /**
   * @param {import("../types.js").Experiment | undefined} experiment
   * @param {number} count
   */
  function inputNames(experiment, count) {
    const features = (experiment?.network.features ?? []).map((name) => catalog.features.find((row) => row.name === name)?.title ?? name);
    return ["x₁", "x₂", ...features].slice(0, count);
  }

  /**
   * @param {{inputs: string[], hidden: number[], outputs: number}} shape
   * @param {string[]} titles
   * @param {number} inView  units of a layer that are shown
   */
  function build({ inputs, hidden, outputs }, titles, inView) {
    const columns = hidden.length + 2;
    const { width: available, height } = sizeOf(root);
    const width = Math.max(available, columns * COLUMN - 40);
    inner.style.width = `${width}px`;
    edgesLayer.setAttribute("width", String(width));
    edgesLayer.setAttribute("height", String(height));
    const shown = hidden.map((n) => Math.min(n, inView));
    const most = Math.max(1, ...shown);
    // The lane keeps so much room, in unit maps of the smallest size; an output or an input needs more.
    root.parentElement?.style.setProperty("--units", String(Math.max(most, 2 * outputs, 1.6 * inputs.length)));
    const room = height - HEAD - FOOT;
    const gap = most > 5 || room < 240 ? 5 : 10;
    const middle = HEAD + room / 2;
    const xs = Array.from({ length: columns }, (_, c) => 32 + (c * (width - 32 - 58)) / (columns - 1));
    // Between two columns there is room for a bias.
    const side = Math.max(18, Math.min(84, xs[1] - xs[0] - BIAS, (room - (most - 1) * gap) / most));

    const column = (/** @type {number} */ n, /** @type {number} */ apart) => (
      Array.from({ length: n }, (_, i) => middle + (i - (n - 1) / 2) * apart)
    );

    /** @type {Spot[][]} */
    const spots = [
      column(inputs.length, Math.min(room / inputs.length, inputs.length > 2 ? 64 : 116)).map((y) => ({ x: xs[0], y, half: INPUT + 4 })),
      ...shown.map((n, l) => Array.from({ length: n }, (_, u) => ({
        x: xs[l + 1], y: middle + (u - (n - 1) / 2) * (side + gap), half: side / 2,
      }))),
      column(outputs, Math.min(room / outputs, 74)).map((y) => ({ x: xs[columns - 1], y, half: 20 })),
    ];
    edges = spots.slice(1).map((to, l) => to.flatMap((target, u) => spots[l].map((source, i) => edge(source, target, l + 1, u, i))));
    edgesLayer.replaceChildren(...edges.flat());
    layers = shown.map((n, l) => spots[l + 1].map((spot, u) => unitView(spot, side, l + 1, u)));
    notes = shown.map((n, l) => at(h("span", { className: "health", title: t("network.health") }), xs[l + 1], height - 8));
    const last = spots[columns - 1];
    outputBiases = last.map((spot, k) => at(h("span", { className: "bias", "data-layer": String(columns - 1), "data-unit": String(k) }), spot.x, spot.y + (outputs > 2 ? 25 : 34)));
    inner.replaceChildren(
      edgesLayer,
      ...spots[0].map((spot, i) => at(h("span", { className: "node", "data-layer": "0", "data-unit": String(i) }, inputs[i]), spot.x, spot.y)),
      ...layers.flat().flatMap(({ root, bias }) => [root, bias]),
      ...hidden.map((n, l) => at(layerHead(l + 1, n, titles[l]), xs[l + 1], 13)),
      ...hidden.flatMap((n, l) => (n > inView ? [at(h("span", { className: "rest" }, `+${n - inView}`), xs[l + 1] + side / 2 + 16, height - 26)] : [])),
      ...notes,
      ...last.map((spot, k) => at(h("span", { className: "node", "data-layer": String(columns - 1), "data-unit": String(k) }, outputs > 1 ? `ŷ${"₀₁₂₃₄₅"[k]}` : "ŷ"), spot.x, spot.y)),
      ...outputBiases,
    );
  }

  /**
   * @param {number} layer
   * @param {number} units
   * @param {string} title
   */
  function layerHead(layer, units, title) {
    const change = (/** @type {number} */ by) => () => restart(withUnits(layer, by), last ? sameShape(last[0]) : true);
    return h("span", { className: "layer-head" },
      h("button", { className: "quiet", title: t("network.less", { layer }), "aria-label": t("network.less", { layer }), disabled: units <= 1, onclick: change(-1) }, "−"),
      h("span", { title: t("network.layer", { layer, units, title }) }, `${units} ${title}`),
      h("button", { className: "quiet", title: t("network.more", { layer }), "aria-label": t("network.more", { layer }), disabled: units >= 64, onclick: change(1) }, "+"));
  }

  return { root, draw };
}

/**
 * @template {HTMLElement} E
 * @param {E} element
 * @param {number} x
 * @param {number} y
 * @returns {E}
 */
function at(element, x, y) {
  element.style.left = `${x}px`;
  element.style.top = `${y}px`;
  return element;
}

/**
 * @param {Spot} spot
 * @param {number} side
 * @param {number} layer
 * @param {number} unit
 * @returns {UnitView}
 */
function unitView(spot, side, layer, unit) {
  const canvas = h("canvas", { width: 1, height: 1 });
  const mark = h("span", { className: "letter" });
  const root = at(h("div", { className: side < LITTLE ? "unit little" : "unit", role: "img", "aria-label": t("network.unit", { u: unit + 1, layer }) }, canvas, mark), spot.x, spot.y);
  [root.dataset.layer, root.dataset.unit] = [String(layer), String(unit)];
  root.style.width = root.style.height = `${side}px`;
  const bias = at(h("span", { className: "bias right", "data-layer": String(layer), "data-unit": String(unit) }), spot.x + side / 2 + 4, spot.y - side / 2 + 7);
  return { root, canvas, letter: mark, bias };
}

/**
 * @param {Spot} from
 * @param {Spot} to
 * @param {number} layer
 * @param {number} unit
 * @param {number} input
 */
function edge(from, to, layer, unit, input) {
  const [x0, x1] = [from.x + from.half, to.x - to.half];
  const bend = (x1 - x0) / 2;
  const path = svg("path", { "data-layer": layer, "data-unit": unit, "data-input": input, d: `M${x0} ${from.y}C${x0 + bend} ${from.y} ${x1 - bend} ${to.y} ${x1} ${to.y}` });
  const title = svg("title");
  path.append(title);
  path.addEventListener("pointerenter", () => {
    title.textContent = t("network.weight", { layer, unit: unit + 1, input: input + 1, value: path.getAttribute("data-weight") ?? "" });
  });
  return path;
}

/**
 * @param {UnitView[]} units
 * @param {Lane} lane
 * @param {number} layer
 * @param {import("../colour.js").Theme} theme
 */
function drawLayer(units, lane, layer, theme) {
  const maps = lane.buffers[`maps${layer}`];
  const biases = lane.buffers[`b${layer}`].values;
  const { classes, distinct } = lane.symmetry[layer - 1];
  if (!maps) return;
  const side = maps.shape[1];
  units.forEach((view, u) => {
    if (u >= maps.shape[0]) return;
    paint(view.canvas, maps.values.subarray(u * side * side, (u + 1) * side * side), side, side, theme, "map");
    const kind = classes[u];
    const colour = kindColour(kind);
    if (view.root.dataset.kind !== String(kind)) {
      view.root.dataset.kind = String(kind);
      view.root.style.borderColor = colour;
      view.letter.style.background = colour;
      say(view.letter, letter(kind));
      view.root.setAttribute("aria-label", t("network.kind", { u: u + 1, layer, kind: letter(kind), all: distinct }));
    }
    say(view.bias, `b ${signed(biases[u])}`);
  });
}

/**
 * @param {SVGElement[]} paths
 * @param {Lane} lane
 * @param {number} layer
 */
function drawEdges(paths, lane, layer) {
  const { values, shape: [units, inputs] } = lane.buffers[`W${layer}`];
  if (paths.length !== units * inputs) return;
  paths.forEach((path, i) => {
    const weight = values[i];
    const text = short(weight);
    if (path.getAttribute("data-weight") === text) return;
    path.setAttribute("data-weight", text);
    path.setAttribute("class", weight > 0 ? "positive" : weight < 0 ? "negative" : "none");
    path.setAttribute("stroke-width", edgeWidth(weight).toFixed(2));
  });
}

/**
 * Beneath a layer: its colour range where it is not the activation's own, and what ails it.
 * @param {Lane} lane
 * @param {number} l
 */
function layerNote({ health, ranges }, l) {
  const { dead, saturated } = health[l];
  const [low, high] = ranges[l];
  const range = ranges.slice(0, -1).every(([, other]) => other === high) && high === 1 ? [] : [t("word.range", { low: plain(low), high: plain(high) })];
  if (dead) return [...range, t("network.dead", { n: dead })].join(" · ");
  return [...range, ...(saturated > 0.5 ? [t("network.flat", { share: Math.round(saturated * 100) })] : [])].join(" · ");
}
