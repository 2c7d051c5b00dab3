// @ts-check
// Cost and accuracy by step, all lanes on one axis; the cost's turns logarithmic above 10.

import { column } from "../history.js";
import { CONFIG, LANE_SYMBOLS, layout, look, onResize } from "./figure.js";

const HIGH = 10;

/** @param {HTMLElement} root */
export function curvesView(root) {
  /** @type {unknown[]} */
  let drawn = [];
  /** @type {import("../types.js").State | null} */
  let last = null;
  onResize(root, () => {
    drawn = [];
    if (last) draw(last);
  });

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const { frame, histories, theme } = state;
    if (!frame || !root.clientWidth || (drawn[0] === frame && drawn[1] === theme)) return;
    drawn = [frame, theme];
    const { ink, hairline, lanes } = look();
    /** @type {object[]} */
    const traces = [];
    let highest = 0;
    let lowest = 0.45;
    let end = 10;
    frame.lanes.forEach((lane, i) => {
      const history = histories[i];
      const steps = column(history, 0);
      const costs = column(history, 1);
      const accuracies = column(history, 2);
      highest = Math.max(highest, lane.cost, ...costs);
      lowest = Math.min(lowest, lane.accuracy, ...accuracies);
      end = Math.max(end, lane.step, steps[steps.length - 1] ?? 0);
      const line = { color: lanes[i], width: 1.8 };
      const shared = { hoverinfo: "x+y", line, mode: "lines" };
      const here = {
        x: [lane.step], mode: "markers", hoverinfo: "skip", marker: { color: lanes[i], symbol: LANE_SYMBOLS[i], size: 7 },
      };
      traces.push(
        { ...shared, x: steps, y: costs, hovertemplate: "step %{x:,}: cost %{y:.4g}<extra></extra>" },
        { ...here, y: [lane.cost] },
        { ...shared, x: steps, y: accuracies.map((a) => 100 * a), xaxis: "x2", yaxis: "y2", hovertemplate: "step %{x:,}: %{y:.1f} %<extra></extra>" },
        { ...here, y: [100 * lane.accuracy], xaxis: "x2", yaxis: "y2" },
      );
    });
    const steps = { fixedrange: true, range: [0, end], showgrid: false, zeroline: false, nticks: 3, tickformat: ",d", linecolor: hairline, showline: true };
    const values = { fixedrange: true, gridcolor: hairline, zeroline: false, nticks: 4 };
    const title = (/** @type {string} */ text, /** @type {number} */ x) => ({
      text, x, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", yshift: 2, showarrow: false, font: { size: 11, color: ink },
    });
    Plotly.react(root, traces, layout(root, {
      margin: { l: 34, r: 6, t: 18, b: 20 },
      xaxis: { ...steps, domain: [0, 0.44] },
      yaxis: highest > HIGH
        ? { ...values, type: "log", exponentformat: "power" }
        : { ...values, range: [0, Math.max(highest * 1.08, 0.75)] },
      xaxis2: { ...steps, domain: [0.58, 1] },
      yaxis2: { ...values, anchor: "x2", range: [100 * lowest - 4, 102], autorange: false, ticksuffix: " %" },
      annotations: [title(highest > HIGH ? "cost, log axis" : "cost", 0), title("accuracy", 0.58)],
      hovermode: "closest",
    }), CONFIG);
  }
  return draw;
}
