// @ts-check
// W, b, dW and db of every layer as tables whose cells are coloured; a weight is changed by typing over it.

import { h } from "../dom.js";
import { short } from "../format.js";
import { laneNames } from "../names.js";

/** @typedef {{shape: number[], W: number[][], b: number[], dW: number[][], db: number[], norm: number, gradient_norm: number}} LayerWeights */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function weightsView(root, catalog, actions) {
  /** @type {unknown} */
  let drawn = null;
  return (/** @type {import("../types.js").State} */ { frame, lanes, panel }) => {
    if (panel !== "weights" || !frame || frame === drawn || root.querySelector("input")) return;
    drawn = frame;
    const names = lanes.length === frame.lanes.length && lanes.length > 1 ? laneNames(lanes, catalog) : [];
    root.replaceChildren(...frame.lanes.flatMap((lane, i) => (lane.panel?.name !== "weights" ? [] : [
      h("div", { className: "lane-matrices" },
        ...(names[i] ? [h("p", { className: "lane-name" }, h("span", { className: `marker lane${i + 1}` }), names[i])] : []),
        h("div", { className: "layers-row" }, ...lane.panel.layers.map((/** @type {LayerWeights} */ layer, /** @type {number} */ l) => (
          layerTables(layer, l + 1, lane.settings.learning_rate, (unit, input, to) => actions.edit(i, { layer: l + 1, unit, input, to }))
        )))),
    ])));
  };
}

/**
 * @param {LayerWeights} layer
 * @param {number} l
 * @param {number} rate
 * @param {(unit: number, input: number | null, to: number) => void} edit
 */
function layerTables(layer, l, rate, edit) {
  const ratio = layer.norm ? short((rate * layer.gradient_norm) / layer.norm) : "–";
  return h("div", { className: "layer-tables" },
    h("p", { className: "hint" }, `layer ${l} (${layer.shape.join(" × ")}): |W| ${short(layer.norm)}, |dW| ${short(layer.gradient_norm)}, α|dW|/|W| ${ratio}`),
    h("div", { className: "pair-of-tables" },
      matrix("W", "b", l, layer.W, layer.b, edit),
      matrix("dW", "db", l, layer.dW, layer.db, null)));
}

/**
 * @param {string} name
 * @param {string} bias
 * @param {number} l
 * @param {number[][]} values
 * @param {number[]} biases
 * @param {((unit: number, input: number | null, to: number) => void) | null} edit
 */
function matrix(name, bias, l, values, biases, edit) {
  const largest = Math.max(...values.flat().map(Math.abs), ...biases.map(Math.abs), 1e-300);
  return h("table", {},
    h("thead", {}, h("tr", {},
      h("th", { colSpan: values[0].length, scope: "colgroup" }, name, h("sup", {}, `[${l}]`)), h("th", { scope: "col" }, bias, h("sup", {}, `[${l}]`)))),
    h("tbody", {}, ...values.map((row, u) => h("tr", {},
      ...row.map((value, i) => cell(value, largest, edit && ((to) => edit(u, i, to)))),
      cell(biases[u], largest, edit && ((to) => edit(u, null, to)))))));
}

/**
 * @param {number} value
 * @param {number} largest  of its table: one scale
 * @param {((to: number) => void) | null} edit
 */
function cell(value, largest, edit) {
  const share = Math.round((Math.abs(value) / largest) * 55);
  const td = h("td", {}, short(value));
  td.style.background = value === 0 ? "" : `color-mix(in srgb, var(--class${value > 0 ? 1 : 0}) ${share}%, transparent)`;
  if (!edit) return td;
  const button = h("button", { className: "cell", title: "change it from this step on", onclick: () => replace(td, value, edit) }, short(value));
  td.replaceChildren(button);
  return td;
}

/**
 * @param {HTMLElement} td
 * @param {number} value
 * @param {(to: number) => void} edit
 */
function replace(td, value, edit) {
  const box = h("input", { type: "text", inputMode: "decimal", value: String(value), "aria-label": "new value" });
  td.replaceChildren(box);
  box.select();
  let done = false;
  const close = () => {
    if (done) return;
    done = true;
    td.textContent = short(value);
  };
  box.onkeydown = (event) => {
    if (event.key === "Escape") close();
    if (event.key !== "Enter") return;
    const to = Number(box.value.replace(",", "."));
    close();
    if (!Number.isNaN(to)) edit(to);
  };
  box.onblur = close;
}
