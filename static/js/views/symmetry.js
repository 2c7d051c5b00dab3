// @ts-check
// The symmetry meter: in words, in letters, as a distance with its rounding floor, and in the weights themselves.

import { kindColour, letter } from "../colour.js";
import { h, say } from "../dom.js";
import { unpredictable } from "../escapes.js";
import { EMPTY, SPREADS, column } from "../history.js";
import { count, short } from "../format.js";
import { tell } from "../refusals.js";
import { t } from "../words.js";
import { CONFIG, canDraw, drawn, layout, look, onResize } from "./figure.js";

/** @typedef {import("../types.js").Symmetry} Symmetry */

const FLOOR = 1e-16;
const ZERO = 1e-18;
const MOST_INPUTS = 3;

/**
 * "all 4 equal", "2 kinds (1 + 3)", "all 4 different".
 * @param {Symmetry} symmetry
 */
export function headline({ units, distinct, classes }) {
  if (units === 1) return t("symmetry.single");
  if (distinct === 1) return t("symmetry.equal", { units });
  if (distinct === units) return t("symmetry.different", { units });
  const sizes = Array.from({ length: distinct }, (_, kind) => classes.filter((c) => c === kind).length);
  const shown = sizes.sort((a, b) => a - b).slice(0, 6).join(" + ");
  return t("symmetry.kinds", { n: distinct, sizes: `${shown}${sizes.length > 6 ? " + …" : ""}` });
}

/**
 * @param {number} index
 * @param {import("../actions.js").Actions} actions
 * @param {import("../types.js").Catalog} catalog
 * @param {() => void} askNudge
 * @param {() => void} askUnits
 */
export function symmetryPanel(index, actions, catalog, askNudge, askUnits) {
  const words = h("p", { className: "headline" });
  const dots = h("p", { className: "dots" });
  const spread = h("b", {});
  const alike = h("b", {});
  const chart = h("figure", { className: "spread", "aria-label": t("symmetry.chart") });
  const table = h("table", {});
  const layers = h("select", { className: "small", "aria-label": t("word.layer"), onchange: () => actions.chooseLayer(Number(layers.value)) });
  const nudge = h("button", { className: "small", onclick: askNudge, title: t("symmetry.nudge_title") }, t("symmetry.nudge"));
  const units = h("button", { className: "small", onclick: askUnits, title: t("symmetry.units_title") }, t("symmetry.units"));
  const rounding = h("p", { className: "hint rounding", hidden: true });
  const oneLayer = h("p", { className: "one-layer", hidden: true });
  const escape = h("p", { className: "escape", hidden: true, title: t("symmetry.escape") });
  const root = h("aside", { className: "symmetry", "aria-label": t("symmetry.title") },
    h("h4", {}, h("span", {}, t("symmetry.title")), layers, h("span", { className: "acts" }, nudge, units)), words, dots, oneLayer, rounding,
    h("p", { className: "measure", title: t("symmetry.spread_title") }, t("symmetry.spread"), spread),
    chart, escape,
    h("p", { className: "measure", title: t("symmetry.alike_title") }, t("symmetry.alike"), alike),
    h("div", { className: "weights", tabIndex: 0, role: "group", "aria-label": t("symmetry.table") }, table));
  /** @type {import("../types.js").State | null} */
  let last = null;
  onResize(chart, () => last && draw(last));

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const lane = state.frame?.lanes[index];
    if (!lane) return;
    const deep = lane.symmetry.length;
    root.classList.toggle("empty", deep === 0);
    layers.hidden = deep < 2;
    units.hidden = deep === 0;
    if (!deep) {
      say(words, t("symmetry.none"));
      return;
    }
    const layer = Math.min(state.layer, deep);
    listLayers(deep, layer);
    const symmetry = lane.symmetry[layer - 1];
    say(words, headline(symmetry));
    drawDots(dots, symmetry);
    say(spread, short(symmetry.spread));
    say(alike, symmetry.units < 2 ? "—" : symmetry.alike === null ? t("symmetry.constant") : symmetry.alike === 1 ? "1" : symmetry.alike.toFixed(2));
    const sums = roundingText(state, index);
    rounding.hidden = sums === "";
    say(rounding, sums);
    const told = escapeText(state, index, lane.step);
    escape.hidden = told === "";
    if (escape.dataset.told !== told) {
      escape.dataset.told = told;
      tell(escape, told);
    }
    escape.classList.toggle("predicted", isPredicted(state, index));
    drawTable(table, lane, layer);
    const collapsed = oneLayerText(state, index, lane);
    oneLayer.hidden = collapsed === "";
    say(oneLayer, collapsed);
    drawSpread(chart, state, index, layer);
  }

  /**
   * @param {number} deep
   * @param {number} chosen
   */
  function listLayers(deep, chosen) {
    if (layers.length !== deep) {
      layers.replaceChildren(...Array.from({ length: deep }, (_, i) => h("option", { value: String(i + 1) }, t("word.layer_n", { l: i + 1 }))));
    }
    if (layers.value !== String(chosen)) layers.value = String(chosen);
  }
  return { root, draw };
}

/**
 * The one layer that linear layers equal: W′ with a semicolon between its rows, and b′.
 * @param {import("../types.js").State} state
 * @param {number} index
 * @param {import("../types.js").Lane} lane
 */
function oneLayerText({ lanes }, index, { one_layer: found }) {
  if (!found) return "";
  const [W, b] = found.map((rows) => rows.map((row) => row.map(short).join(", ")).join("; "));
  return t(lanes[index]?.data.standardize ? "symmetry.one_layer_standardized" : "symmetry.one_layer", { W, b });
}

/**
 * How this lane adds up, where not all lanes do it exactly.
 * @param {import("../types.js").State} state
 * @param {number} index
 */
function roundingText({ lanes }, index) {
  const { arithmetic } = lanes[index] ?? lanes[0];
  return lanes.every((lane) => lane.arithmetic === "exact") ? "" : t(`rounding.${arithmetic}`);
}

/**
 * Whether there is, or soon will be, a prediction of this lane's nudges.
 * @param {import("../types.js").State} state
 * @param {number} index
 */
function isPredicted({ lanes, escapes, catalog }, index) {
  return Boolean(lanes[index]) && unpredictable(lanes[index], catalog) === null && !escapes[index]?.problem;
}

/**
 * What is predicted of this lane's nudges at this step; empty without a nudge.
 * @param {import("../types.js").State} state
 * @param {number} index
 * @param {number} step
 */
function escapeText({ lanes, escapes, catalog }, index, step) {
  const why = lanes[index] && unpredictable(lanes[index], catalog);
  if (why === undefined) return "";
  if (why) return why;
  const escape = escapes[index];
  if (!escape) return t("escape.waiting");
  if (escape.problem) return escape.problem;
  if (escape.valid_until !== null && step >= escape.valid_until) return t("escape.until", { step: count(escape.valid_until) });
  const doubling = escape.doubling_steps[escape.step.findLastIndex((known) => known <= step)];
  return doubling ? t("escape.doubling", { n: count(Math.max(1, Math.round(doubling))) }) : t("escape.predicted");
}

/**
 * @param {HTMLElement} root
 * @param {Symmetry} symmetry
 */
function drawDots(root, { classes }) {
  const key = classes.join();
  if (root.dataset.key === key) return;
  root.dataset.key = key;
  root.replaceChildren(...classes.slice(0, 16).map((kind) => {
    const dot = h("span", { className: "dot" }, letter(kind));
    dot.style.background = kindColour(kind);
    return dot;
  }), classes.length > 16 ? `+${classes.length - 16}` : "");
}

/**
 * W[l] and b[l], a row per unit, equal rows marked by their kind.
 * @param {HTMLTableElement} table
 * @param {import("../types.js").Lane} lane
 * @param {number} layer
 */
function drawTable(table, lane, layer) {
  const { values, shape: [units, inputs] } = lane.buffers[`W${layer}`];
  const b = lane.buffers[`b${layer}`].values;
  const { classes } = lane.symmetry[layer - 1];
  const shown = Math.min(inputs, MOST_INPUTS);
  const more = inputs > shown;
  const key = `${layer} ${units} ${shown} ${more}`;
  if (table.dataset.key !== key) {
    table.dataset.key = key;
    const heads = Array.from({ length: shown }, (_, i) => h("th", { scope: "col" }, layer === 1 ? `x${i + 1}` : `a${i + 1}`));
    table.replaceChildren(
      h("caption", { className: "hidden" }, t("symmetry.caption", { layer })),
      h("thead", {}, h("tr", {}, h("td", {}, "W", h("sup", {}, `[${layer}]`)), ...heads, ...(more ? [h("td", {}, "…")] : []), h("th", { scope: "col" }, "b"))),
      h("tbody", {}, ...Array.from({ length: units }, () => h("tr", {},
        h("th", { scope: "row" }), ...Array.from({ length: shown }, () => h("td", {})), ...(more ? [h("td", {}, "…")] : []), h("td", {})))),
    );
  }
  const rows = table.tBodies[0].rows;
  for (let u = 0; u < units; u++) {
    const cells = rows[u].cells;
    say(cells[0], letter(classes[u]));
    cells[0].style.color = kindColour(classes[u]);
    rows[u].className = classes.indexOf(classes[u]) !== classes.lastIndexOf(classes[u]) ? "equal" : "";
    for (let i = 0; i < shown; i++) say(cells[i + 1], short(values[u * inputs + i]));
    say(cells[cells.length - 1], short(b[u]));
  }
}

/** @type {WeakMap<import("../types.js").Escape, Map<number, {x: number[], y: number[]}>>} */
const curves = new WeakMap();

/**
 * The predicted curve of a layer with few enough points to draw, made once.
 * @param {import("../types.js").Escape} escape
 * @param {number} layer
 */
function predictedCurve(escape, layer) {
  /** @type {Map<number, {x: number[], y: number[]}>} */
  const known = curves.get(escape) ?? new Map();
  curves.set(escape, known);
  const made = known.get(layer) ?? drawn(escape.step, escape.predicted[layer]);
  known.set(layer, made);
  return made;
}

/**
 * @param {HTMLElement} chart
 * @param {import("../types.js").State} state
 * @param {number} index
 * @param {number} layer
 */
function drawSpread(chart, state, index, layer) {
  const lane = state.frame?.lanes[index];
  if (!lane || !canDraw(chart)) return;
  const history = state.histories[index] ?? EMPTY;
  const steps = column(history, 0, lane.step, lane.step);
  const spreads = column(history, SPREADS + layer - 1, lane.step, lane.symmetry[layer - 1].spread);
  const { muted, hairline, lanes } = look(state.theme);
  const escape = state.escapes[index];
  const foretold = escape?.predicted[layer] ? predictedCurve(escape, layer) : { x: [], y: [] };
  const now = Math.max(10, steps[steps.length - 1]);
  const last = foretold.x[foretold.x.length - 1] ?? 0;
  // To where the units are apart; a prediction that does not come to that would only press the curve together.
  const end = Math.max(now, escape?.valid_until ? last : Math.min(last, Math.max(500, 2 * now)));
  const curve = drawn(steps, spreads);
  Plotly.react(chart, [{
    x: foretold.x, y: foretold.y.map((value) => Math.max(value, ZERO)), customdata: foretold.y.map(short), mode: "lines",
    line: { color: muted, width: 2, dash: "dot" }, hovertemplate: `${t("symmetry.at_predicted")}<extra></extra>`,
  }, {
    x: curve.x, y: curve.y.map((value) => Math.max(value, ZERO)), customdata: curve.y.map(short), mode: "lines",
    line: { color: lanes[index], width: 1.8 }, hovertemplate: `${t("symmetry.at")}<extra></extra>`,
  }], layout(chart, state.theme, {
    margin: { l: 30, r: 2, t: 3, b: 3 },
    xaxis: { visible: false, fixedrange: true, range: [0, end] },
    yaxis: {
      type: "log", fixedrange: true, range: [-18.6, Math.max(2.6, Math.log10(Math.max(...curve.y, ...foretold.y)) + 0.5)], tickvals: [ZERO, 1e-12, 1e-6, 1], ticktext: ["0", "1e−12", "1e−6", "1"],
      gridcolor: hairline, zeroline: false, tickfont: { size: 9, color: muted },
    },
    shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: FLOOR, y1: FLOOR, line: { color: muted, width: 1, dash: "dot" } }],
    annotations: [{ xref: "paper", x: 1, y: -15.9, yref: "y", xanchor: "right", yanchor: "bottom", text: t("symmetry.floor"), showarrow: false, font: { size: 9, color: muted } }],
    hovermode: "closest",
  }), CONFIG);
}
