// @ts-check
// What the network says: each lane's cost and accuracy, and its boundary under the points.

import { CLASS_SYMBOLS, classColour, kindColour, letter, paint, paintClasses } from "../colour.js";
import { byId, h, say } from "../dom.js";
import { cost, percent, short } from "../format.js";
import { laneNames } from "../names.js";
import { t } from "../words.js";
import { BARE_AXIS, CONFIG, canDraw, layout, look, onResize, picture, sizeOf } from "./figure.js";

const REACH = 12; // pixels from a point at which the pointer still means it

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function outputsView(root, catalog, actions) {
  /** @type {ReturnType<typeof output>[]} */
  let outputs = [];
  const toggle = linesToggle(actions);

  /** @param {import("../types.js").State} state */
  function fields(state) {
    const { frame } = state;
    if (!frame) return;
    if (outputs.length !== frame.lanes.length) {
      outputs = frame.lanes.map((_, i) => output(i, actions));
      root.replaceChildren(...outputs.map((o) => o.root));
      root.dataset.count = String(outputs.length);
    }
    outputs.forEach((o) => o.draw(state));
  }

  /** @param {import("../types.js").State} state */
  function numbers({ frame, lanes }) {
    if (!frame) return;
    toggle(lanes);
    const names = lanes.length === outputs.length ? laneNames(lanes, catalog) : [];
    outputs.forEach((o, i) => frame.lanes[i] && o.tell(frame.lanes[i], outputs.length > 1 ? names[i] ?? "" : ""));
  }
  return { fields, numbers };
}

/**
 * The switch of the units' lines; where there are none it says why.
 * @param {import("../actions.js").Actions} actions
 */
function linesToggle(actions) {
  const root = byId("unit-lines");
  const box = /** @type {HTMLInputElement} */ (root.querySelector("input"));
  const text = /** @type {HTMLElement} */ (root.querySelector("span"));
  box.onchange = () => actions.showLines(box.checked);
  root.title = t("lines.title");
  return (/** @type {import("../types.js").Experiment[]} */ lanes) => {
    const none = lanes.every(({ network }) => !network.hidden.length);
    box.disabled = none;
    say(text, t(none ? "lines.none" : "lines.label"));
  };
}

/**
 * A line per kind of units, or a curve of many pieces: equal ones lie upon each other. Units without one in view have none.
 * @param {import("../types.js").Lane} lane
 */
function linesOf({ buffers: { lines }, symmetry }) {
  if (!lines) return [];
  const { classes } = symmetry[0];
  const { values, shape: [units, ...each] } = lines;
  const curved = each.length > 1;
  const numbers = each.reduce((product, n) => product * n, 1);
  return Array.from({ length: units }, (_, unit) => unit)
    .filter((unit) => classes.indexOf(classes[unit]) === unit && Number.isFinite(values[numbers * unit]))
    .map((unit) => {
      const own = values.subarray(numbers * unit, numbers * (unit + 1));
      const color = kindColour(classes[unit]);
      const label = { text: letter(classes[unit]), textposition: curved ? "top center" : "middle", font: { color, size: 13, weight: 700 } };
      const [x0, y0, x1, y1] = own;
      const where = curved ? { type: "path", path: pathOf(own) } : { type: "line", x0, y0, x1, y1 };
      return { ...where, line: { color, width: 2.5 }, label };
    });
}

/** @param {ArrayLike<number>} pieces  x1, x2, x1, x2 of each; NaN behind the last */
function pathOf(pieces) {
  let path = "";
  for (let i = 0; i < pieces.length && Number.isFinite(pieces[i]); i += 4) {
    path += `M${pieces[i]},${pieces[i + 1]}L${pieces[i + 2]},${pieces[i + 3]}`;
  }
  return path;
}

/**
 * @param {number} index
 * @param {import("../actions.js").Actions} actions
 */
function output(index, actions) {
  const name = h("b", { className: "name" });
  const heading = h("p", { className: "lane-name" }, h("span", { className: `marker lane${index + 1}`, "aria-hidden": "true" }), name);
  const costText = h("b", { className: "cost" });
  const accuracy = h("b", { className: "accuracy" });
  const held = h("span", { className: "held", hidden: true });
  const figure = h("figure", { className: "boundary", "aria-label": t("output.label") });
  const tip = h("p", { className: "tip", hidden: true });
  const followed = h("span", { className: "followed", hidden: true });
  const wrapper = h("div", { className: "plane" }, figure, followed, tip);
  const root = h("div", { className: "output" }, heading,
    h("p", { className: "numbers" }, h("span", {}, `${t("word.cost")} `, costText), h("span", {}, `${t("word.accuracy")} `, accuracy), held), wrapper);
  const canvas = h("canvas", {});
  /** @type {unknown} */
  let scene = null;
  let theme = "";
  /** @type {import("../types.js").Buffer | null} */
  let drawn = null;
  let lined = false;
  /** @type {number | null} */
  let hovered = null;
  /** @type {import("../types.js").State | null} */
  let last = null;
  onResize(figure, () => {
    scene = null;
    if (last) draw(last);
  });

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const lane = state.frame?.lanes[index];
    showFollowed(lane);
    const points = state.scenes[index];
    if (!lane?.buffers.boundary || !points || !canDraw(figure)) return;
    const grid = lane.buffers.boundary;
    if (grid === drawn && points === scene && theme === state.theme) return;
    const [rows, columns] = grid.shape;
    const { winner } = lane.buffers;
    if (winner) paintClasses(canvas, winner.values, grid.values, rows, state.lanes[index].data.classes, state.theme);
    else paint(canvas, grid.values, columns, rows, state.theme, "field");
    const source = canvas.toDataURL();
    if (points !== scene || theme !== state.theme) {
      scene = points;
      theme = state.theme;
      drawPoints(figure, points, lane, source, state.theme);
      lined = linesOf(lane).length > 0;
      listen();
    } else {
      const shapes = linesOf(lane);
      // Without lines now and before there is nothing of theirs to exchange.
      Plotly.relayout(figure, { "images[0].source": source, ...(shapes.length || lined ? { shapes } : {}) });
      lined = shapes.length > 0;
    }
    drawn = grid;
    showTip();
  }

  let listening = false;
  let taken = false; // by a point that was clicked
  function listen() {
    if (listening) return;
    listening = true;
    const plot = /** @type {any} */ (figure);
    plot.on("plotly_hover", (/** @type {any} */ { points: [point] }) => {
      hovered = point.customdata;
      tip.style.left = `${point.xaxis.l2p(point.x)}px`;
      tip.style.top = `${point.yaxis.l2p(point.y)}px`;
      showTip();
    });
    plot.on("plotly_click", (/** @type {any} */ { points: [point], event }) => {
      // Plotly may still speak of the point that was under the pointer before.
      const { left, top } = figure.getBoundingClientRect();
      taken = Math.hypot(event.clientX - left - point.xaxis.l2p(point.x), event.clientY - top - point.yaxis.l2p(point.y)) < REACH;
      if (!taken) return;
      // Points that train come first, in the order of the training columns.
      if (point.customdata < (last?.scenes[index].parts[0] ?? 0)) actions.chooseExample(point.customdata, index);
    });
    figure.addEventListener("click", typePoint);
    plot.on("plotly_unhover", () => {
      hovered = null;
      showTip();
    });
  }

  /** A click in an empty place: By hand follows a point there, of the class that it shows. @param {MouseEvent} event */
  function typePoint({ clientX, clientY }) {
    const lane = last?.frame?.lanes[index];
    const empty = !taken;
    taken = false;
    if (!empty || !lane || lane.panel?.name !== "by_hand") return;
    const { left, top, width, height } = figure.getBoundingClientRect();
    const { x1, x2 } = lane.plane;
    const x = [x1[0] + ((clientX - left) / width) * (x1[1] - x1[0]), x2[1] - ((clientY - top) / height) * (x2[1] - x2[0])];
    const [along, up] = x.map((value) => Number(value.toPrecision(3)));
    actions.choosePoint([along, up, lane.panel.label], index);
  }

  /** A ring round the point that By hand follows. @param {import("../types.js").Lane} [lane] */
  function showFollowed(lane) {
    const x = lane?.panel?.name === "by_hand" ? lane.panel.x : null;
    followed.hidden = !x;
    if (!lane || !x) return;
    const { x1, x2 } = lane.plane;
    const [across, up] = [(x[0] - x1[0]) / (x1[1] - x1[0]), (x[1] - x2[0]) / (x2[1] - x2[0])];
    followed.hidden = across < 0 || across > 1 || up < 0 || up > 1;
    followed.style.left = `${100 * across}%`;
    followed.style.top = `${100 - 100 * up}%`;
  }

  /** The point under the pointer, with the probability of the present step. */
  function showTip() {
    const lane = last?.frame?.lanes[index];
    const points = last?.scenes[index];
    tip.hidden = hovered === null || !lane || !points;
    if (hovered === null || !lane || !points) return;
    const p = lane.buffers.probability.values[hovered];
    const guess = lane.buffers.predicted ? `p(y = ${lane.buffers.predicted.values[hovered]})` : "p(y = 1)";
    const part = partOf(hovered, points.parts);
    say(tip, `x1 ${short(points.x1[hovered])}, x2 ${short(points.x2[hovered])} · ${t("word.class_n", { k: points.labels[hovered] })}${part} · ${guess} ${p.toFixed(3)}`);
  }

  /**
   * @param {import("../types.js").Lane} lane
   * @param {string} text
   */
  function tell(lane, text) {
    heading.hidden = text === "";
    say(name, text);
    say(costText, cost(lane.cost));
    say(accuracy, percent(lane.accuracy));
    const told = Object.entries(lane.held_back).map(([name, m]) => `${t(`curves.${name}`)} ${cost(m.cost)}, ${percent(m.accuracy)}`);
    held.hidden = !told.length;
    say(held, told.join(" · "));
  }
  return { root, draw, tell };
}

/**
 * @param {number} i
 * @param {number[]} parts
 */
function partOf(i, [train, validation]) {
  return i < train ? "" : i < train + validation ? t("output.validates") : t("output.tests");
}

/**
 * @param {HTMLElement} figure
 * @param {import("../types.js").Scene} points
 * @param {import("../types.js").Lane} lane
 * @param {string} source
 * @param {import("../colour.js").Theme} theme
 */
function drawPoints(figure, points, lane, source, theme) {
  const { plane } = lane;
  const { panel } = look(theme);
  const many = points.labels.length > 1000;
  const classes = 1 + points.labels.reduce((most, label) => Math.max(most, label), 1);
  const groups = Array.from({ length: classes }, (_, label) => [false, true].map((trains) => ({ label, trains }))).flat();
  const traces = groups.map(({ label, trains }) => {
    const chosen = Array.from(points.labels.keys())
      .filter((i) => points.labels[i] === label && i < points.parts[0] === trains);
    // What is held back is hollow.
    const symbol = `${CLASS_SYMBOLS[label]}${trains ? "" : "-open"}`;
    return {
      x: chosen.map((i) => points.x1[i]), y: chosen.map((i) => points.x2[i]), customdata: chosen,
      mode: "markers", hoverinfo: "none", cliponaxis: true,
      marker: {
        color: classColour(label, theme), symbol, size: many ? 3 : sizeOf(figure).width > 250 ? 6 : 4.5,
        line: trains ? { color: panel, width: many ? 0 : 0.8 } : { width: 1.5 },
      },
    };
  });
  Plotly.react(figure, traces, layout(figure, theme, {
    xaxis: { ...BARE_AXIS, range: plane.x1 },
    yaxis: { ...BARE_AXIS, range: plane.x2 },
    images: [picture(source, plane.x1, plane.x2)],
    shapes: linesOf(lane),
    hovermode: "closest",
    hoverdistance: REACH,
  }), CONFIG);
}
