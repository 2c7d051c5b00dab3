// @ts-check
// How large each layer's gradient and activation have been, by step: a line per layer, on log axes.

import { EMPTY, column, normColumns } from "../history.js";
import { short } from "../format.js";
import { t } from "../words.js";
import { CONFIG, canDraw, drawn, layout, look, onResize, sizeOf } from "./figure.js";
import { zoomOf } from "./zoom.js";

/** @typedef {{gradient_norm: number, activation: number}} LayerNorms */

const MARGIN = { l: 38, r: 6, t: 17, b: 18 };
const LABEL_PX = 9;
/** The axis goes on beyond the last step, for the labels. */
const ROOM = 1.12;
/** A chart with so many lines and labels takes its time: while a run plays, it is drawn only so often. */
const EVERY_MS = 400;
/** Exactly 0 has no place on a log axis: it lies this many powers of ten beneath the smallest size. */
const BENEATH = 1.5;
/** From the first layer to the last, on either theme: plum, through red, to gold. */
const COLOURS = [[134, 92, 204], [196, 62, 120], [214, 110, 40], [176, 152, 20]];
const CHARTS = /** @type {const} */ (["gradient", "activation"]);

/**
 * The colour of layer `l` of `L`, between the colours of the first and the last.
 * @param {number} l
 * @param {number} L
 */
function colour(l, L) {
  const at = L > 1 ? ((l - 1) / (L - 1)) * (COLOURS.length - 1) : 0;
  const i = Math.min(Math.floor(at), COLOURS.length - 2);
  const mixed = COLOURS[i].map((value, c) => Math.round(value + (COLOURS[i + 1][c] - value) * (at - i)));
  return `rgb(${mixed.join(",")})`;
}

/** @param {HTMLElement} root */
export function normsChart(root) {
  /** @type {import("../types.js").State | null} */
  let last = null;
  let drawnAt = -Infinity;
  const again = () => last && draw({ ...last, playing: false });
  onResize(root, again);
  const zoom = zoomOf(root, again);

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const { frame, histories, theme, playing } = state;
    if (!frame || !canDraw(root) || zoom.held || (playing && performance.now() - drawnAt < EVERY_MS)) return;
    drawnAt = performance.now();
    const { ink, hairline } = look(theme);
    const end = Math.max(10, ...frame.lanes.map(({ step }) => step), ...histories.map(({ rows }) => (rows.length ? rows[rows.length - 1][0] : 0)));
    zoom.until(end);
    const parts = CHARTS.map((what, c) => chart(what, c ? "2" : "", state, end));
    const steps = zoom.axis("x", { range: [0, end * ROOM], showgrid: false, zeroline: false, nticks: 3, tickformat: ",d", linecolor: hairline, showline: true });
    const title = (/** @type {string} */ text, /** @type {number} */ x) => ({
      text, x, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", yshift: 1, showarrow: false, font: { size: 11, color: ink },
    });
    Plotly.react(root, [...parts.flatMap(({ traces }) => traces), ...parts.map(({ labels }) => labels)], layout(root, theme, {
      margin: MARGIN,
      xaxis: { ...steps, domain: [0, 0.44] },
      xaxis2: { ...steps, domain: [0.57, 1] },
      yaxis: zoom.axis("yaxis", parts[0].axis),
      yaxis2: zoom.axis("yaxis2", { ...parts[1].axis, anchor: "x2" }),
      annotations: [title(t("norms.gradient"), 0), title(t("norms.activation"), 0.57)],
      hovermode: "closest",
      dragmode: zoom.dragmode,
    }), CONFIG);
    zoom.listen();
  }

  /**
   * @param {"gradient" | "activation"} what
   * @param {string} suffix  of the axes
   * @param {import("../types.js").State} state
   * @param {number} end
   */
  function chart(what, suffix, state, end) {
    const { hairline, muted } = look(state.theme);
    const lanes = state.frame?.lanes ?? [];
    const two = lanes.length > 1;
    const curves = lanes.flatMap((lane, i) => {
      if (lane.panel?.name !== "weights") return [];
      const layers = /** @type {LayerNorms[]} */ (lane.panel.layers);
      const columns = normColumns(layers.length)[what];
      // What a frame knows is the gradient of all points; the curve is of what the updates used.
      const history = state.histories[i] ?? EMPTY;
      const values = what === "activation" || !lane.panel.batches
        ? (/** @type {number} */ index, /** @type {number} */ now) => column(history, index, lane.step, now)
        : (/** @type {number} */ index) => history.rows.map((row) => row[index]);
      const steps = values(0, lane.step);
      return layers.map((layer, l) => ({
        l: l + 1, L: layers.length, lane: i,
        ...drawn(steps, values(columns + l, what === "gradient" ? layer.gradient_norm : layer.activation), zoom.steps),
      }));
    }).filter(({ x }) => x.length);
    const sizes = curves.flatMap(({ y }) => y).filter((value) => value > 0 && Number.isFinite(value));
    const low = sizes.length ? Math.log10(Math.min(...sizes)) : -1;
    const high = sizes.length ? Math.log10(Math.max(...sizes)) : 0;
    const zero = curves.some(({ y }) => y.includes(0));
    const floor = 10 ** (Math.floor(low) - BENEATH);
    const range = [zero ? Math.log10(floor) - 0.3 : low - 0.1 * (high - low + 1), high + 0.1 * (high - low + 1)];
    const ticks = ticksBetween(...(zoom.range(`yaxis${suffix}`) ?? /** @type {const} */ ([low, high])));
    const height = Math.max(sizeOf(root).height - MARGIN.t - MARGIN.b, 20);
    const ends = curves.map(({ y }) => Math.log10(Math.max(y[y.length - 1], floor)));
    const places = apart(ends.map((value) => ((value - range[0]) / (range[1] - range[0])) * height), Math.min(LABEL_PX, height / Math.max(curves.length, 1)));
    return {
      traces: curves.map(({ x, y, l, L, lane }) => ({
        x, y: y.map((value) => Math.max(value, floor)), customdata: y.map(short), mode: x.length > 1 ? "lines" : "markers", marker: { color: colour(l, L), size: 4 }, xaxis: `x${suffix}`, yaxis: `y${suffix}`,
        line: { color: colour(l, L), width: 1.5, dash: lane ? "dash" : "solid" },
        hovertemplate: `${t(two ? "norms.at_run" : "norms.at", { l, run: lane + 1 })}<extra></extra>`,
      })),
      // One trace of texts: an annotation each would take longer than the lines.
      labels: {
        x: curves.map(() => end * ROOM), y: places.map((place) => 10 ** (range[0] + (place / height) * (range[1] - range[0]))),
        text: curves.map(({ l, lane }) => `${two ? (lane ? "◆" : "●") : ""}${l}`), mode: "text", textposition: "middle left", hoverinfo: "skip",
        textfont: { size: 9, color: curves.map(({ l, L }) => colour(l, L)) }, cliponaxis: Boolean(zoom.steps), xaxis: `x${suffix}`, yaxis: `y${suffix}`,
      },
      axis: {
        type: "log", range, gridcolor: hairline, zeroline: false, tickfont: { size: 9, color: muted },
        tickvals: [...(zero ? [floor] : []), ...ticks],
        ticktext: [...(zero ? ["0"] : []), ...ticks.map((tick) => (tick >= 0.01 && tick < 1000 ? String(tick) : tick.toExponential(0)).replace("-", "−").replace("+", ""))],
      },
    };
  }
  return draw;
}

/**
 * Where to write a number, between 10^low and 10^high: 1, 2, 5 where that is little, else some four powers of ten.
 * @param {number} low
 * @param {number} high
 */
function ticksBetween(low, high) {
  const first = Math.floor(low);
  const last = Math.ceil(high);
  if (high - low < 1.3) {
    const steps = Array.from({ length: last - first + 1 }, (_, i) => first + i).flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
    return steps.filter((tick) => Math.log10(tick) > low - 0.1 && Math.log10(tick) < high + 0.1);
  }
  const apart = Math.max(1, Math.ceil((last - first) / 3));
  return Array.from({ length: Math.floor((last - first) / apart) + 1 }, (_, i) => Number(`1e${first + i * apart}`));
}

/**
 * Places moved so that no two lie closer than `least`, in their order.
 * @param {number[]} places
 * @param {number} least
 */
export function apart(places, least) {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const moved = [...places];
  for (let k = 1; k < order.length; k++) moved[order[k]] = Math.max(moved[order[k]], moved[order[k - 1]] + least);
  // What was pushed up is brought back to the middle of where it belongs.
  const shift = order.reduce((sum, i) => sum + moved[i] - places[i], 0) / Math.max(order.length, 1);
  return moved.map((place) => place - shift);
}
