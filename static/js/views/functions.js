// @ts-check
// The activation functions: g and g' of every layer, the notes' table, and where the units sit.

import { h } from "../dom.js";
import { short } from "../format.js";
import { CONFIG, canDraw, layout, look, onResize } from "./figure.js";

/** @typedef {{activation: string, z: number[], g: number[], slope: number[], share: number[], edges: number[], table: {z: number, g: number, slope: number}[]}} LayerFunction */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 */
export function functionsView(root, catalog) {
  /** @type {unknown} */
  let drawn = null;
  let built = "";
  /** @type {HTMLElement[]} */
  let figures = [];
  /** @type {import("../types.js").State | null} */
  let last = null;

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const { frame, panel } = state;
    if (panel !== "functions" || !frame) return;
    const shown = frame.lanes.flatMap((lane, i) => (
      lane.panel?.name === "functions"
        ? lane.panel.layers.map((/** @type {LayerFunction} */ layer, /** @type {number} */ l) => ({ layer, l, lane: i })) : []
    ));
    const key = shown.map(({ layer, l, lane }) => `${lane} ${l} ${layer.activation}`).join();
    if (key !== built) {
      built = key;
      root.replaceChildren(...shown.map(({ layer, l, lane }) => part(layer, l, lane, frame.lanes.length > 1)));
      figures = [...root.querySelectorAll("figure")];
      for (const figure of figures) onResize(figure, () => {
        drawn = null;
        if (last) draw(last);
      });
      if (!shown.length) root.textContent = "There is no hidden layer: the output is a sigmoid (or softmax) of one linear form.";
    }
    if (frame === drawn) return;
    if (figures.every(canDraw)) drawn = frame;
    shown.forEach(({ layer }, i) => canDraw(figures[i]) && plot(figures[i], layer, state.theme));
  }

  /**
   * @param {LayerFunction} layer
   * @param {number} l
   * @param {number} lane
   * @param {boolean} two
   */
  function part(layer, l, lane, two) {
    const row = catalog.activations.find(({ name }) => name === layer.activation);
    const formula = h("div", {});
    formula.innerHTML = row?.formula ?? ""; // MathML from our own table
    return h("div", { className: "layer-function" },
      h("figure", { "aria-label": `g and its slope, layer ${l + 1}` }),
      h("div", {},
        h("p", { className: "lane-name" }, ...(two ? [h("span", { className: `marker lane${lane + 1}` })] : []), `layer ${l + 1}: ${row?.title ?? ""}`),
        formula,
        h("table", {}, h("thead", {}, h("tr", {}, ...["z", "g", "g′"].map((name) => h("th", { scope: "col" }, name)))),
          h("tbody", {}, ...layer.table.map((at) => h("tr", {}, ...[at.z, at.g, at.slope].map((value) => h("td", {}, short(value)))))))));
  }
  return draw;
}

/**
 * @param {HTMLElement} figure
 * @param {LayerFunction} layer
 * @param {import("../colour.js").Theme} theme
 */
function plot(figure, { z, g, slope, share, edges }, theme) {
  const { muted, hairline, lanes } = look(theme);
  const middles = share.map((_, i) => (edges[i] + edges[i + 1]) / 2);
  Plotly.react(figure, [
    { x: middles, y: share, type: "bar", marker: { color: hairline }, hovertemplate: "z ≈ %{x:.2f}: %{y:.1%} of unit and example pairs<extra></extra>" },
    { x: z, y: g, yaxis: "y2", mode: "lines", line: { color: lanes[0], width: 2 }, hovertemplate: "g(%{x:.2f}) = %{y:.3f}<extra></extra>" },
    { x: z, y: slope, yaxis: "y2", mode: "lines", line: { color: lanes[1], width: 2, dash: "dash" }, hovertemplate: "g′(%{x:.2f}) = %{y:.3f}<extra></extra>" },
  ], layout(figure, theme, {
    margin: { l: 26, r: 6, t: 4, b: 18 },
    bargap: 0,
    xaxis: { fixedrange: true, zeroline: true, zerolinecolor: hairline, showgrid: false, tickfont: { size: 9, color: muted } },
    yaxis: { visible: false, fixedrange: true, range: [0, Math.max(...share) * 1.05 || 1] },
    yaxis2: { overlaying: "y", side: "left", fixedrange: true, gridcolor: hairline, zeroline: false, tickfont: { size: 9, color: muted }, nticks: 5 },
    hovermode: "closest",
  }), CONFIG);
}
