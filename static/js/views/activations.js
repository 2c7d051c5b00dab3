// @ts-check
// A[l] of every layer: units by examples, examples sorted by class, a class strip beneath.

import { classColour, paint } from "../colour.js";
import { h, say } from "../dom.js";
import { count, short } from "../format.js";
import { laneNames } from "../names.js";
import { t } from "../words.js";
import { BARE_AXIS, CONFIG, canDraw, layout, look, onResize, picture, sizeOf } from "./figure.js";

const NARROWEST = 230;
const STRIP = 0.09;

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 */
export function activationsView(root, catalog) {
  /** @type {ReturnType<typeof laneActivations>[]} */
  let lanes = [];
  return (/** @type {import("../types.js").State} */ state) => {
    const { frame } = state;
    if (!frame) return;
    if (lanes.length !== frame.lanes.length) {
      lanes = frame.lanes.map((_, i) => laneActivations(i));
      root.replaceChildren(...lanes.map((lane) => lane.root));
    }
    const names = lanes.length > 1 && state.lanes.length === lanes.length ? laneNames(state.lanes, catalog) : [];
    lanes.forEach((lane, i) => lane.draw(state, names[i] ?? ""));
  };
}

/** @param {number} index */
function laneActivations(index) {
  const name = h("span", {});
  const marker = h("span", { className: `marker lane${index + 1}`, "aria-hidden": "true" });
  const heading = h("p", { className: "lane-name" }, marker, name);
  const figure = h("figure", { "aria-label": t("activations.label") });
  const scroller = h("div", { className: "scroller", tabIndex: 0, role: "group", "aria-label": t("activations.scroller") }, figure);
  const readout = h("p", { className: "readout" });
  const root = h("div", { className: "lane-activations" }, heading, scroller, readout);
  const canvas = h("canvas", {});
  let built = "";
  /** @type {unknown} */
  let drawn = null;
  /** @type {unknown} */
  let placed = null;
  /** @type {import("../types.js").State | null} */
  let last = null;
  onResize(scroller, () => {
    built = "";
    if (last) draw(last, name.textContent ?? "");
  });
  figure.addEventListener("pointermove", (event) => last && say(readout, under(event, last)));
  figure.addEventListener("pointerleave", () => say(readout, ""));

  /**
   * @param {import("../types.js").State} state
   * @param {string} text
   */
  function draw(state, text) {
    last = state;
    const lane = state.frame?.lanes[index];
    const scene = state.scenes[index];
    heading.hidden = text === "";
    say(name, text);
    if (!lane?.buffers.A1 || !scene || !canDraw(scroller)) return;
    const layers = lane.symmetry.length + 1;
    const units = lane.symmetry.map((s) => s.units).join();
    const key = `${units} ${sizeOf(scroller).width} ${sizeOf(scroller).height} ${state.theme} ${scene.labels.length}`;
    if (key === built && scene === placed && drawn === state.frame) return;
    const sources = Array.from({ length: layers }, (_, l) => {
      const { values, shape: [n, m] } = lane.buffers[`A${l + 1}`];
      paint(canvas, upsideDown(values, n, m), m, n, state.theme, "map");
      return canvas.toDataURL();
    });
    drawn = state.frame;
    if (key === built && scene === placed) {
      Plotly.relayout(figure, Object.fromEntries(sources.map((source, l) => [`images[${l}].source`, source])));
      return;
    }
    built = key;
    placed = scene;
    build(lane, scene, sources, state.theme);
  }

  /**
   * @param {import("../types.js").Lane} lane
   * @param {import("../types.js").Scene} scene
   * @param {string[]} sources
   * @param {import("../colour.js").Theme} theme
   */
  function build(lane, scene, sources, theme) {
    const layers = sources.length;
    const full = { width: Math.max(sizeOf(scroller).width, layers * NARROWEST), height: sizeOf(scroller).height };
    const { ink } = look(theme);
    const labels = Array.from(scene.shown, (i) => scene.labels[i]);
    const [train] = scene.parts; // of many points or units not all are shown
    const strip = labels.map((label, x) => ({ label, x })).filter(({ label, x }) => label !== labels[x - 1]);
    const gap = 34 / full.width;
    const width = (1 - gap * layers) / layers;
    const axes = {};
    const annotations = [];
    const shapes = [];
    for (let l = 0; l < layers; l++) {
      const suffix = l ? String(l + 1) : "";
      const [n, m] = lane.buffers[`A${l + 1}`].shape;
      const left = gap + l * (width + gap);
      const ticks = n <= 10 ? Array.from({ length: n }, (_, u) => u + 0.5) : [0.5, n - 0.5];
      Object.assign(axes, {
        [`xaxis${suffix}`]: { ...BARE_AXIS, domain: [left, left + width], range: [0, m], anchor: `y${suffix}` },
        [`yaxis${suffix}`]: {
          ...BARE_AXIS, visible: true, ticks: "", domain: [STRIP + 0.03, 1], range: [n, 0], anchor: `x${suffix}`,
          tickvals: ticks, ticktext: ticks.map((y) => String(Math.round(y + 0.5))), tickfont: { size: 10 },
        },
      });
      const name = l === layers - 1 ? `A<sup>[${l + 1}]</sup> = ŷ` : `A<sup>[${l + 1}]</sup> ${t(m < train ? "activations.part" : "activations.size", { n, m, all: count(train) })}`;
      annotations.push({ text: name, x: left, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false, font: { size: 11, color: ink } });
      for (const [i, { label, x }] of strip.entries()) {
        const end = strip[i + 1]?.x ?? m;
        shapes.push({
          type: "rect", xref: "paper", yref: "paper", x0: left + (x / m) * width, x1: left + (end / m) * width, y0: 0, y1: STRIP,
          fillcolor: classColour(label, theme), line: { width: 0 },
        });
      }
    }
    const images = sources.map((source, l) => {
      const [n, m] = lane.buffers[`A${l + 1}`].shape;
      // The y axis runs downwards, so the picture's top is at 0.
      return { ...picture(source, [0, m], [0, n], l ? String(l + 1) : ""), y: 0 };
    });
    const data = sources.map((_, l) => ({ x: [], y: [], xaxis: `x${l ? l + 1 : ""}`, yaxis: `y${l ? l + 1 : ""}`, mode: "markers" }));
    Plotly.react(figure, data, layout(figure, theme, { ...full, margin: { l: 0, r: 4, t: 20, b: 2 }, ...axes, annotations, shapes, images, hovermode: false }), CONFIG);
  }

  /**
   * The unit and example under the pointer, and what it answers there.
   * @param {PointerEvent} event
   * @param {import("../types.js").State} state
   */
  function under(event, state) {
    const lane = state.frame?.lanes[index];
    const scene = state.scenes[index];
    const axes = /** @type {any} */ (figure)._fullLayout;
    if (!lane || !scene || !axes) return "";
    const box = figure.getBoundingClientRect();
    for (let l = 0; l <= lane.symmetry.length; l++) {
      const suffix = l ? String(l + 1) : "";
      const [xaxis, yaxis] = [axes[`xaxis${suffix}`], axes[`yaxis${suffix}`]];
      const x = Math.floor(xaxis.p2l(event.clientX - box.left - xaxis._offset));
      const u = Math.floor(yaxis.p2l(event.clientY - box.top - yaxis._offset));
      const { values, shape: [n, m] } = lane.buffers[`A${l + 1}`];
      if (x < 0 || x >= m || u < 0 || u >= n) continue;
      const [low, high] = lane.ranges[l];
      const value = low + ((high - low) * values[u * m + x]) / 254;
      const i = scene.shown[x];
      return t("activations.under", { l: l + 1, u: u + 1, i: i + 1, k: scene.labels[i], a: short(Number(value.toFixed(2))) });
    }
    return "";
  }
  return { root, draw };
}

/**
 * Pictures are painted from the bottom row up; unit 1 belongs at the top.
 * @param {import("../types.js").Numbers} values
 * @param {number} rows
 * @param {number} columns
 */
function upsideDown(values, rows, columns) {
  const turned = new Uint8Array(rows * columns);
  for (let r = 0; r < rows; r++) turned.set(values.subarray(r * columns, (r + 1) * columns), (rows - 1 - r) * columns);
  return turned;
}
