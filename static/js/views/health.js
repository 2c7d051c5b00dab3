// @ts-check
// Health: steps beside weights, the curvature against its threshold, and the gradient check.

import { h } from "../dom.js";
import { percent, short } from "../format.js";
import { laneNames } from "../names.js";

/** @typedef {{weights: number, gradient: number, saturated: number | null, dead: number | null, activation: number}} LayerHealth */
/** @typedef {{layers: LayerHealth[], smallest: number | null, largest: number | null, threshold: number | null, gradient_check: number | null, parameters: number}} HealthNumbers */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 */
export function healthView(root, catalog) {
  /** @type {unknown} */
  let drawn = null;
  return (/** @type {import("../types.js").State} */ { frame, lanes, panel }) => {
    if (panel !== "health" || !frame || frame === drawn) return;
    drawn = frame;
    const names = lanes.length === frame.lanes.length && lanes.length > 1 ? laneNames(lanes, catalog) : [];
    root.replaceChildren(...frame.lanes.flatMap((lane, i) => (lane.panel?.name !== "health" ? [] : [
      ...(names[i] ? [h("p", { className: "lane-name" }, h("span", { className: `marker lane${i + 1}` }), names[i])] : []),
      curvature(lane.panel, lane.settings.learning_rate),
      steps(lane.panel, lane.settings.learning_rate),
    ])));
  };
}

/**
 * @param {HealthNumbers} numbers
 * @param {number} rate
 */
function curvature({ smallest, largest, threshold, gradient_check: check, parameters }, rate) {
  const product = largest === null ? null : rate * largest;
  const over = product !== null && threshold !== null && product > threshold;
  return h("div", { className: "card" },
    h("p", {}, "largest eigenvalue of the Hessian ", h("b", {}, largest === null ? "–" : short(largest))),
    h("p", {}, "smallest ", h("b", {}, smallest === null ? "–" : short(smallest))),
    h("p", {}, "rate × largest ", h("b", { className: over ? "zero" : "" }, product === null ? "–" : product.toFixed(2)),
      threshold === null ? ", the threshold does not apply here" : `, stable below ${short(threshold)}`),
    h("p", { className: "note" }, over ? "beyond the edge of stability: the cost may rise" : ""),
    h("p", {}, "gradient check ", h("b", {}, check === null ? "–" : short(check)),
      check === null ? ` (not for ${parameters} parameters, or with L2)` : " relative error against central differences"));
}

/**
 * @param {HealthNumbers} numbers
 * @param {number} rate
 */
function steps({ layers }, rate) {
  const heads = ["layer", "|W|", "|dW|", "α|dW| / |W|", "rms of A", "flat", "dead"];
  return h("div", { className: "card matrices" }, h("table", {},
    h("thead", {}, h("tr", {}, ...heads.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...layers.map((layer, l) => h("tr", {}, ...[
      String(l + 1), short(layer.weights), short(layer.gradient), layer.weights ? short((rate * layer.gradient) / layer.weights) : "–",
      short(layer.activation), layer.saturated === null ? "" : percent(layer.saturated), layer.dead === null ? "" : String(layer.dead),
    ].map((text) => h("td", {}, text)))))));
}
