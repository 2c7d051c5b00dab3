// @ts-check
// The points where two units put them, and the grid of the plane carried along.

import { CLASS_SYMBOLS, classColour } from "../colour.js";
import { h, say } from "../dom.js";
import { laneNames } from "../names.js";
import { t } from "../words.js";
import { CONFIG, canDraw, layout, look, onResize, sizeOf } from "./figure.js";
import { paintSpace } from "./space-canvas.js";

/** Round the picture; the axes' names stand in it. */
const MARGIN = { l: 72, r: 44, t: 4, b: 18 };

/** @typedef {{layer: number, pair: [number, number], sizes: number[], ranges: [number, number][], line: [number, number][] | null}} Space */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function hiddenSpaceView(root, catalog, actions) {
  const layer = h("select", { className: "small", "aria-label": t("word.layer") });
  const across = h("select", { className: "small", "aria-label": t("space.across") });
  const up = h("select", { className: "small", "aria-label": t("space.up") });
  const legend = h("p", { className: "note" });
  const choice = h("div", { className: "space-choice" },
    h("label", {}, `${t("word.layer")} `, layer), h("label", {}, `${t("space.across")} `, across), h("label", {}, `${t("space.up")} `, up), legend);
  const spaces = h("div", { className: "spaces" });
  root.append(choice, spaces);
  /** @type {ReturnType<typeof laneSpace>[]} */
  let lanes = [];
  let offered = "";
  layer.onchange = () => actions.chooseSpace(Number(layer.value), [0, 1]);
  across.onchange = () => choosePair(across, up);
  up.onchange = () => choosePair(up, across);

  /**
   * Two different units: who chooses the other axis's unit exchanges them.
   * @param {HTMLSelectElement} chosen
   * @param {HTMLSelectElement} other
   */
  function choosePair(chosen, other) {
    if (chosen.value === other.value) other.value = chosen.dataset.before ?? "0";
    actions.chooseSpace(Number(layer.value), [Number(across.value), Number(up.value)]);
  }

  /** @param {import("../types.js").Lane[]} all */
  function offer(all) {
    /** @type {Space[]} */
    const shown = all.map(({ panel }) => panel);
    const deepest = shown.reduce((most, space) => (space.sizes.length > most.sizes.length ? space : most));
    const widest = shown.reduce((most, space) => (space.sizes[space.layer] > most.sizes[most.layer] ? space : most));
    const units = widest.sizes[widest.layer];
    const key = JSON.stringify([deepest.sizes, units, widest.layer, widest.pair]);
    if (key === offered) return;
    offered = key;
    layer.replaceChildren(...deepest.sizes.map((_, l) => h("option", { value: String(l) }, layerName(l, deepest.sizes.length - 1))));
    layer.value = String(deepest.layer);
    for (const [select, unit] of /** @type {const} */ ([[across, widest.pair[0]], [up, widest.pair[1]]])) {
      select.replaceChildren(...Array.from({ length: units }, (_, u) => h("option", { value: String(u) }, t(widest.layer ? "word.unit_n" : "word.input_n", { u: u + 1 }))));
      select.value = select.dataset.before = String(unit);
    }
    if (units === 1) across.replaceChildren(h("option", {}, "x1"));
    across.disabled = up.disabled = units === 1;
    if (units === 1) up.value = "0";
  }

  return (/** @type {import("../types.js").State} */ state) => {
    const { frame, panel } = state;
    if (panel !== "hidden_space" || !frame?.lanes.every((lane) => lane.panel?.name === panel)) return;
    if (lanes.length !== frame.lanes.length) {
      lanes = frame.lanes.map((_, i) => laneSpace(i));
      spaces.replaceChildren(...lanes.map((lane) => lane.root));
    }
    offer(frame.lanes);
    say(legend, legendOf(frame.lanes.map((lane) => lane.panel)));
    const names = lanes.length > 1 && state.lanes.length === lanes.length ? laneNames(state.lanes, catalog) : [];
    lanes.forEach((lane, i) => lane.draw(state, names[i] ?? ""));
  };
}

/** @param {number} index */
function laneSpace(index) {
  const name = h("b", {});
  const marker = h("span", { className: `marker lane${index + 1}`, "aria-hidden": "true" });
  const told = h("span", { className: "note" });
  const heading = h("p", { className: "lane-name" }, marker, name, told);
  const figure = h("figure", { "aria-label": t("space.label") });
  const canvas = h("canvas", { "aria-hidden": "true" });
  const root = h("div", { className: "space" }, heading, h("div", { className: "space-picture" }, figure, canvas));
  Object.assign(canvas.style, { left: `${MARGIN.l}px`, top: `${MARGIN.t}px` });
  /** @type {unknown} */
  let drawn = null;
  let theme = "";
  let axes = "";
  /** @type {import("../types.js").State | null} */
  let last = null;
  onResize(figure, () => {
    drawn = null;
    axes = "";
    if (last) draw(last, name.textContent ?? "");
  });

  /**
   * @param {import("../types.js").State} state
   * @param {string} text
   */
  function draw(state, text) {
    last = state;
    const lane = state.frame?.lanes[index];
    const scene = state.scenes[index];
    if (lane?.panel?.name !== "hidden_space" || !scene) return;
    heading.hidden = text === "";
    say(name, text);
    say(told, ` · ${titleOf(lane.panel)}`);
    const moving = String(state.playing);
    if (!canDraw(figure) || (state.frame === drawn && theme === state.theme && canvas.dataset.moving === moving)) return;
    drawn = state.frame;
    theme = state.theme;
    canvas.hidden = !state.playing;
    canvas.dataset.moving = moving;
    const drawing = drawingOf(lane, scene);
    if (!state.playing) {
      axes = "";
      plot(figure, lane.panel, traces(lane.panel, drawing, scene, state.theme), state.theme);
      return;
    }
    // In motion the chart is only the axes, and the canvas over them is painted.
    const now = JSON.stringify([drawing.ranges, axisNames(lane.panel), theme]);
    if (now !== axes) plot(figure, lane.panel, [], state.theme);
    axes = now;
    const { width, height } = sizeOf(figure);
    paintSpace(canvas, drawing, { width: width - MARGIN.l - MARGIN.r, height: height - MARGIN.t - MARGIN.b }, state.theme);
  }
  return { root, draw };
}

/**
 * @param {import("../types.js").Lane} lane
 * @param {import("../types.js").Scene} scene
 * @returns {import("./space-canvas.js").Drawing}
 */
function drawingOf({ panel, buffers }, scene) {
  return {
    points: buffers["panel.points"],
    labels: Array.from(scene.shown, (i) => scene.labels[i]),
    grid: buffers["panel.grid"],
    line: panel.line,
    ranges: panel.ranges.map(wider),
  };
}

/**
 * @param {Space} space
 * @param {import("./space-canvas.js").Drawing} drawing
 * @param {import("../types.js").Scene} scene
 * @param {import("../colour.js").Theme} theme
 */
function traces(space, { points: { values, shape: [, k] }, labels, grid, line }, scene, theme) {
  const { muted, panel, ink } = look(theme);
  const classes = 1 + labels.reduce((most, label) => Math.max(most, label), 1);
  const [xName, yName] = axisNames(space);
  const [x, y] = [0, 1].map((axis) => broken(grid, axis));
  return [
    { name: "grid", x, y, mode: "lines", hoverinfo: "skip", line: { color: muted, width: 0.5 }, opacity: 0.75 },
    ...Array.from({ length: classes }, (_, label) => {
      const chosen = Array.from(labels.keys()).filter((i) => labels[i] === label);
      return {
        name: `class ${label}`, x: chosen.map((i) => values[i]), y: chosen.map((i) => values[k + i]),
        customdata: chosen.map((i) => scene.shown[i] + 1), mode: "markers",
        hovertemplate: `${t("space.example", { k: label })}<br>${xName} = %{x:.4g}, ${yName} = %{y:.4g}<extra></extra>`,
        marker: { color: classColour(label, theme), symbol: CLASS_SYMBOLS[label], size: 5, line: { color: panel, width: 0.6 } },
      };
    }),
    { name: "line", x: line?.map((end) => end[0]) ?? [], y: line?.map((end) => end[1]) ?? [], mode: "lines", hoverinfo: "skip", line: { color: ink, width: 2 } },
  ];
}

/**
 * @param {HTMLElement} figure
 * @param {Space} space
 * @param {object[]} data
 * @param {import("../colour.js").Theme} theme
 */
function plot(figure, space, data, theme) {
  const { muted, hairline, ink } = look(theme);
  const { ranges, sizes, layer, pair } = space;
  const [xName, yName] = axisNames(space);
  const axis = { fixedrange: true, showgrid: false, zeroline: true, zerolinecolor: hairline, nticks: 5, tickfont: { size: 9, color: muted } };
  const label = { xref: "paper", yref: "paper", showarrow: false, font: { size: 12, color: ink } };
  Plotly.react(figure, data, layout(figure, theme, {
    margin: MARGIN,
    xaxis: { ...axis, range: wider(ranges[0]) },
    yaxis: { ...axis, range: wider(ranges[1]) },
    annotations: [
      { ...label, text: xName, x: 1, y: 0, xanchor: "left", yanchor: "middle", xshift: 4 },
      { ...label, text: yName, x: 0, y: 0.5, xanchor: "right", yanchor: "middle", xshift: -30 },
    ],
    shapes: layer && sizes[layer] > 1 && pair[0] !== pair[1] ? [diagonal(ranges[0], muted)] : [],
    hovermode: "closest",
  }), CONFIG);
}

/**
 * The grid's lines one after the other, with gaps between: what Plotly draws as one trace.
 * @param {import("../types.js").Buffer} grid
 * @param {number} axis  0 for x, 1 for y
 */
function broken({ values, shape: [, lines, along] }, axis) {
  return Array.from({ length: lines }, (_, line) => {
    const from = (axis * lines + line) * along;
    return [...values.subarray(from, from + along), null];
  }).flat();
}

/**
 * A little room, so that what lies at the end of a range is seen whole.
 * @param {[number, number]} range
 */
function wider([low, high]) {
  const room = (high - low) * 0.04;
  return [low - room, high + room];
}

/**
 * Where two units answer the same.
 * @param {[number, number]} range
 * @param {string} color
 */
function diagonal([low, high], color) {
  return { type: "line", layer: "below", x0: low, y0: low, x1: high, y1: high, line: { color, width: 1, dash: "dot" } };
}

/**
 * @param {number} layer
 * @param {number} output
 */
function layerName(layer, output) {
  return layer === 0 ? t("alternatives.inputs") : layer === output ? t("word.output") : t("word.layer_n", { l: layer });
}

/** @param {Space} space */
function titleOf({ layer, pair, sizes }) {
  const name = layerName(layer, sizes.length - 1);
  if (sizes[layer] === 1) return t("space.only", { name });
  return t(layer ? "space.units" : "space.inputs", { name, one: pair[0] + 1, other: pair[1] + 1, all: sizes[layer] });
}

/** @param {Space} space */
function axisNames({ layer, pair, sizes }) {
  if (sizes[layer] === 1) return ["x1", `a<sup>[${layer}]</sup>`];
  return pair.map((unit) => (layer ? `a<sup>[${layer}]</sup><sub>${unit + 1}</sub>` : t("word.input_n", { u: unit + 1 })));
}

/** @param {Space[]} shown */
function legendOf(shown) {
  const parts = [];
  if (shown.some(({ line }) => line)) parts.push(t("space.thick"));
  if (shown.some(({ layer, sizes }) => layer && sizes[layer] > 1)) parts.push(t("space.dotted"));
  if (shown.some(({ layer, sizes }) => sizes[layer] === 1)) parts.push(t("space.single"));
  return parts.join(" ");
}
