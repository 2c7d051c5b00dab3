// @ts-check
// Cost or accuracy of all runs of a sweep: a heat map over two axes, points over one.

import { token } from "../colour.js";
import { cost, percent } from "../format.js";
import { CONFIG, canDraw, layout, onResize } from "./figure.js";

/** @typedef {import("../sweep.js").Run} Run */
/** @typedef {"accuracy" | "cost"} Measure */
/**
 * Titles and values of the axes, and the runs in their order, the last axis fastest.
 * @typedef {{titles: string[], names: string[][], runs: (Run | undefined)[], measure: Measure, theme: import("../colour.js").Theme}} Shown
 */

/** @type {Record<Measure, string>} */
const FORMATS = { accuracy: ".1~%", cost: ".3~g" };
/** As far as an accuracy goes, and half a marker more. */
const WHOLE = { clipmin: -0.02, clipmax: 1.02 };
/** Above it the axis of the cost is logarithmic, as that of the curves. */
const LARGE_COST = 10;

/**
 * @param {HTMLElement} root
 * @param {(at: number[]) => void} open  the run with these values
 * @param {any} plotly
 */
export function sweepChart(root, open, plotly = () => /** @type {any} */ (globalThis).Plotly) {
  /** @type {(() => void) | null} */
  let redraw = null;
  let listening = false;
  onResize(root, () => redraw?.());

  return (/** @type {Shown} */ shown) => {
    redraw = () => {
      if (!canDraw(root)) return;
      const { trace, more } = shown.names.length > 1 ? heat(shown) : points(shown);
      plotly().react(root, [trace], layout(root, shown.theme, more), CONFIG);
      if (listening) return;
      listening = true;
      /** @type {any} */ (root).on("plotly_click", (/** @type {any} */ { points: [{ pointNumber }] }) => {
        open(Array.isArray(pointNumber) ? [pointNumber[1], pointNumber[0]] : [pointNumber]);
      });
    };
    redraw();
  };
}

/** What is drawn as a number: nothing of a run that was refused or has diverged. */
function valueOf(/** @type {Run | undefined} */ run, /** @type {Measure} */ measure) {
  return run && run.status !== "refused" && run.status !== "diverged" ? run[measure] : null;
}

/** @param {number | null} value @param {Measure} measure */
function said(value, measure) {
  if (value === null) return "–";
  return measure === "cost" ? cost(value) : percent(value);
}

/** @param {string} text @param {boolean} [upright] */
function axis(text, upright = false) {
  return {
    type: "category", title: { text, standoff: 6 }, automargin: true, fixedrange: true, showgrid: false, zeroline: false,
    ...(upright ? { autorange: "reversed" } : {}),
  };
}

/** The first axis goes to the right, the second one down, as on the wall. @param {Shown} shown */
function heat({ titles, names: [across, down], runs, measure }) {
  const at = (/** @type {number} */ x, /** @type {number} */ y) => valueOf(runs[x * down.length + y], measure);
  const z = down.map((_, y) => across.map((__, x) => at(x, y)));
  return {
    trace: {
      type: "heatmap", x: across, y: down, z, xgap: 1, ygap: 1, zsmooth: false,
      colorscale: [[0, token("--sunken")], [1, token("--lane2")]],
      colorbar: { thickness: 10, outlinewidth: 0, tickformat: FORMATS[measure] },
      text: z.map((row) => row.map((value) => said(value, measure))),
      hovertemplate: "%{x} · %{y}<br>%{text}<extra></extra>",
    },
    more: { xaxis: axis(titles[0]), yaxis: axis(titles[1], true), margin: { l: 8, r: 0, t: 8, b: 8 } },
  };
}

/** @param {Shown} shown */
function points({ titles, names: [across], runs, measure }) {
  const y = across.map((_, x) => valueOf(runs[x], measure));
  return {
    trace: {
      type: "scatter", mode: "markers", x: across, y, marker: { size: 8, color: token("--lane2") },
      text: y.map((value) => said(value, measure)), hovertemplate: "%{x}<br>%{text}<extra></extra>",
    },
    more: {
      xaxis: axis(titles[0]),
      yaxis: {
        automargin: true, fixedrange: true, gridcolor: token("--hairline"), zeroline: false, tickformat: FORMATS[measure],
        autorangeoptions: measure === "accuracy" ? WHOLE : {},
        type: measure === "cost" && y.some((value) => value !== null && value > LARGE_COST) ? "log" : "linear",
      },
      margin: { l: 8, r: 8, t: 8, b: 8 },
    },
  };
}
