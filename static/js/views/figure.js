// @ts-check
// What all charts have in common: no mode bar, no upload button, the page's fonts and colours.

import { token } from "../colour.js";

export const CONFIG = { displayModeBar: false, showSendToCloud: false, displaylogo: false, doubleClick: false };

/** Colours and fonts of the present theme. */
export function look() {
  return {
    ink: token("--ink"),
    muted: token("--muted"),
    hairline: token("--hairline"),
    panel: token("--panel"),
    lanes: [token("--lane1"), token("--lane2")],
    classes: [token("--class0"), token("--class1")],
    font: { family: token("--font"), size: 11, color: token("--muted") },
  };
}

export const LANE_SYMBOLS = ["circle", "diamond"];

/**
 * A layout without margins or background.
 * @param {HTMLElement} root
 * @param {object} more
 */
export function layout(root, more) {
  return {
    width: Math.max(root.clientWidth, 40),
    height: Math.max(root.clientHeight, 40),
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: look().font,
    showlegend: false,
    dragmode: false,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    hoverlabel: { bgcolor: token("--panel"), bordercolor: token("--hairline"), font: { color: token("--ink"), size: 12 } },
    ...more,
  };
}

/** An axis that only places things. */
export const BARE_AXIS = { visible: false, showgrid: false, zeroline: false, fixedrange: true };

/**
 * A picture that fills [x0, x1] by [y0, y1] of its axes.
 * @param {string} source
 * @param {[number, number]} x
 * @param {[number, number]} y
 * @param {string} suffix  of the axes: "" or "2" ...
 */
export function picture(source, x, y, suffix = "") {
  return {
    source, xref: `x${suffix}`, yref: `y${suffix}`, x: x[0], y: y[1], sizex: x[1] - x[0], sizey: y[1] - y[0],
    sizing: "stretch", layer: "below", xanchor: "left", yanchor: "top",
  };
}

/**
 * Calls `resized` when the element's size has changed.
 * @param {Element} element
 * @param {() => void} resized
 */
export function onResize(element, resized) {
  let width = 0;
  let height = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1 && Math.abs(contentRect.height - height) < 1) return;
    ({ width, height } = contentRect);
    resized();
  }).observe(element);
}
