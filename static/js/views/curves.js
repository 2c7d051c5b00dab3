// @ts-check
// Cost and accuracy by step, all lanes on one axis; the cost's turns logarithmic above 10. A stretch can be dragged open.

import { COLUMNS, EMPTY, column } from "../history.js";
import { t } from "../words.js";
import { CONFIG, LANE_SYMBOLS, canDraw, drawn, layout, look, onResize } from "./figure.js";
import { zoomOf } from "./zoom.js";

const HIGH = 10;

/** @param {HTMLElement} root */
export function curvesView(root) {
  /** @type {unknown[]} */
  let shown = [];
  /** @type {import("../types.js").State | null} */
  let last = null;
  const again = () => {
    shown = [];
    if (last) draw(last);
  };
  onResize(root, again);
  const zoom = zoomOf(root, again);

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const { frame, histories, theme } = state;
    if (!frame || !canDraw(root) || zoom.held || (shown[0] === frame && shown[1] === theme)) return;
    shown = [frame, theme];
    const { ink, hairline, lanes } = look(theme);
    /** @type {object[]} */
    const traces = [];
    const curve = (/** @type {number[]} */ x, /** @type {number[]} */ y) => drawn(x, y, zoom.steps);
    let highest = 0;
    let lowest = 0.45;
    let end = 10;
    frame.lanes.forEach((lane, i) => {
      const history = histories[i] ?? EMPTY; // a lane that is being closed has none
      const steps = column(history, 0, lane.step, lane.step);
      const costs = column(history, 1, lane.step, lane.cost);
      const accuracies = column(history, 2, lane.step, lane.accuracy);
      highest = Math.max(highest, lane.cost, ...costs);
      lowest = Math.min(lowest, lane.accuracy, ...accuracies);
      end = Math.max(end, steps[steps.length - 1]);
      /** @type {(index: number, at: number) => {x: number[], y: number[]} | null} */
      const extra = (index, at) => {
        const y = column(history, index, lane.step, at);
        return y.some((value) => !Number.isNaN(value)) ? { x: steps, y } : null;
      };
      const { validation, test } = lane.held_back;
      const held = [
        { name: t("curves.validation"), dash: "dash", c: COLUMNS.validationCost, a: COLUMNS.validationAccuracy, now: validation },
        { name: t("curves.test"), dash: "dot", c: COLUMNS.testCost, a: COLUMNS.testAccuracy, now: test },
      ];
      const line = { color: lanes[i], width: 1.8 };
      const shared = { hoverinfo: "x+y", line, mode: "lines" };
      const here = {
        x: [lane.step], mode: "markers", hoverinfo: "skip", cliponaxis: false, marker: { color: lanes[i], symbol: LANE_SYMBOLS[i], size: 7 },
      };
      const batch = extra(COLUMNS.batch, NaN);
      if (batch) {
        traces.push({
          ...shared, ...curve(batch.x, batch.y), opacity: 0.35, line: { color: lanes[i], width: 1 },
          hovertemplate: `${t("curves.batch_cost")}<extra></extra>`,
        });
      }
      for (const { name, dash, c, a, now } of held) {
        const costs = extra(c, now?.cost ?? NaN);
        const accuracies = extra(a, now?.accuracy ?? NaN);
        if (!costs || !accuracies) continue;
        highest = Math.max(highest, ...costs.y.filter((value) => !Number.isNaN(value)));
        const style = { ...shared, line: { ...line, dash } };
        traces.push(
          { ...style, ...curve(costs.x, costs.y), hovertemplate: `${t("curves.held_cost", { name })}<extra></extra>` },
          { ...style, ...curve(accuracies.x, accuracies.y.map((value) => 100 * value)), xaxis: "x2", yaxis: "y2", hovertemplate: `${t("curves.held_accuracy", { name })}<extra></extra>` },
        );
      }
      traces.push(
        { ...shared, ...curve(steps, costs), hovertemplate: `${t("curves.at_cost")}<extra></extra>` },
        { ...here, y: [lane.cost] },
        { ...shared, ...curve(steps, accuracies.map((a) => 100 * a)), xaxis: "x2", yaxis: "y2", hovertemplate: `${t("curves.at_accuracy")}<extra></extra>` },
        { ...here, y: [100 * lane.accuracy], xaxis: "x2", yaxis: "y2" },
      );
    });
    zoom.until(end);
    const steps = zoom.axis("x", { range: [0, end], showgrid: false, zeroline: false, nticks: 3, tickangle: 0, tickformat: ",d", linecolor: hairline, showline: true });
    const values = { gridcolor: hairline, zeroline: false, nticks: 4 };
    const title = (/** @type {string} */ text, /** @type {number} */ x) => ({
      text, x, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", yshift: 2, showarrow: false, font: { size: 11, color: ink },
    });
    Plotly.react(root, traces, layout(root, theme, {
      margin: { l: 34, r: 6, t: 18, b: 20 },
      xaxis: { ...steps, domain: [0, 0.44] },
      yaxis: zoom.axis("yaxis", highest > HIGH
        ? { ...values, type: "log", exponentformat: "power" }
        : { ...values, range: [0, Math.max(highest * 1.08, 0.75)] }),
      xaxis2: { ...steps, domain: [0.58, 1] },
      yaxis2: zoom.axis("yaxis2", { ...values, anchor: "x2", range: [100 * lowest - 4, 102], autorange: false, ticksuffix: " %" }),
      annotations: [title(highest > HIGH ? t("curves.log") : t("word.cost"), 0), title(t("word.accuracy"), 0.58)],
      hovermode: "closest",
      dragmode: zoom.dragmode,
    }), CONFIG);
    zoom.listen();
  }
  return draw;
}
