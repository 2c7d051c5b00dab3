// @ts-check
// Activation, start, layers, new weights, and the comparison: what changes every lane.

import { h, whenChanged } from "../dom.js";
import { typed } from "./field.js";
import { withInit, withLayer, withNetwork, withStart, withoutLayer, MAX_LAYERS } from "../edits.js";

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function choicesView(root, catalog, actions) {
  const activations = catalog.activations.map((row) => ({
    row,
    button: h("button", {
      title: `hidden activation: ${row.title}`,
      onclick: () => actions.restart(withNetwork({ activation: row.name })),
    }, row.title),
  }));
  const starts = catalog.starts.map((row) => ({
    row,
    button: h("button", {
      title: row.scale === null ? row.title : `${row.title}, scale ${row.scale}`,
      onclick: () => actions.restart(withStart(row)),
    }, row.title),
  }));
  const named = new Set(catalog.starts.map((row) => row.method));
  const others = catalog.initializers.filter((row) => !named.has(row.name));
  const other = h("select", { className: "small", "aria-label": "other starts" },
    h("option", { value: "" }, "other"), ...others.map((row) => h("option", { value: row.name }, row.title)));
  other.onchange = () => {
    const row = others.find(({ name }) => name === other.value);
    if (row) actions.restart(withInit({ method: row.name, scale: row.uses_scale ? 0.5 : null, parameters: null }));
  };
  const scale = h("input", {
    id: "scale", type: "text", inputMode: "decimal", className: "typed", title: `scale: ${catalog.fields.init.scale.rule}`,
  });
  scale.onchange = () => actions.restart(withInit({ scale: typed(scale) }));
  const scaleLabel = h("label", { className: "scale" }, "scale ", scale);
  const seed = h("input", { id: "init-seed", type: "text", inputMode: "numeric", className: "typed", title: "seed of the weights", "aria-label": "seed of the weights" });
  seed.onchange = () => actions.restart(withInit({ seed: typed(seed) }));
  const fewer = h("button", { title: "One layer less", "aria-label": "One layer less", onclick: () => actions.restart(withoutLayer) }, "−");
  const more = h("button", { title: "One layer more", "aria-label": "One layer more", onclick: () => actions.restart(withLayer) }, "+");

  root.append(
    h("div", { className: "row" },
      h("span", { className: "what" }, "activation"),
      h("div", { className: "segments", role: "group", "aria-label": "activation" }, ...activations.map((a) => a.button)),
      h("span", { className: "grow" }),
      h("span", { className: "pair" },
        h("button", {
          id: "new-weights", className: "small", title: "Draw other weights (W)",
          onclick: () => actions.restart((e) => withInit({ seed: e.init.seed + 1 })(e)),
        }, "new weights ↻"), seed),
      h("div", { className: "segments layers", role: "group", "aria-label": "layers" }, fewer, h("span", {}, "layers"), more)),
    h("div", { className: "row" },
      h("span", { className: "what" }, "initialize"),
      h("div", { className: "segments", role: "group", "aria-label": "initialize" }, ...starts.map((s) => s.button), other),
      scaleLabel),
  );

  return whenChanged((state) => [state.lanes, state.error], ({ lanes, error }) => {
    for (const { row, button } of activations) {
      mark(button, lanes.map(({ network }) => [network.activation].flat().includes(row.name)));
    }
    for (const { row, button } of starts) {
      mark(button, lanes.map(({ init }) => init.method === row.method
        && (row.method !== "normal" || nearer(init.scale ?? 0, row, catalog))));
    }
    const [{ init, network }] = lanes;
    const unusual = others.find((row) => row.name === init.method);
    other.value = unusual?.name ?? "";
    other.classList.toggle("chosen", Boolean(unusual));
    scaleLabel.hidden = init.scale === null;
    if (error || document.activeElement !== scale) scale.value = String(init.scale ?? "");
    if (error || document.activeElement !== seed) seed.value = String(init.seed);
    fewer.disabled = network.hidden.length === 0;
    more.disabled = network.hidden.length >= MAX_LAYERS;
  });
}

/**
 * Of the random starts, the one whose scale is nearest to the one in use.
 * @param {number} scale
 * @param {import("../types.js").Row} row
 * @param {import("../types.js").Catalog} catalog
 */
function nearer(scale, row, catalog) {
  const distance = (/** @type {number | null} */ s) => Math.abs(Math.log((s || 1e-9) / (scale || 1e-9)));
  return catalog.starts.every((o) => o.method !== row.method || distance(row.scale) <= distance(o.scale));
}

/**
 * Pressed where all lanes use it, underlined in the lane's colour where one does.
 * @param {HTMLElement} button
 * @param {boolean[]} used  by lane
 */
function mark(button, used) {
  button.setAttribute("aria-pressed", String(used.some(Boolean)));
  button.dataset.lanes = used.length > 1 ? used.map((u, i) => (u ? i + 1 : "")).join("") : "";
}
