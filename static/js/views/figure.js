// @ts-check
// What all charts have in common: no mode bar, no upload button, the page's fonts and colours.

import { token } from "../colour.js";
import { words } from "../words.js";

export const CONFIG = {
  displayModeBar: false, showSendToCloud: false, displaylogo: false, doubleClick: false, showAxisDragHandles: false, showTips: false,
};

/** @type {Map<string, ReturnType<typeof readLook>>} */
const looks = new Map();

/**
 * Colours and fonts of a theme; read from the page once, since reading makes the browser lay it out.
 * @param {import("../colour.js").Theme} theme
 */
export function look(theme) {
  const known = looks.get(theme) ?? readLook();
  looks.set(theme, known);
  return known;
}

function readLook() {
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
 * @param {import("../colour.js").Theme} theme
 * @param {object} more
 */
export function layout(root, theme, more) {
  const { font, panel, hairline, ink } = look(theme);
  const { width, height } = sizeOf(root);
  return {
    width: Math.max(width, 40),
    height: Math.max(height, 40),
    separators: `.${words().thousands}`,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font,
    showlegend: false,
    dragmode: false,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    hoverlabel: { bgcolor: panel, bordercolor: hairline, font: { color: ink, size: 12 } },
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

/** Whether a chart can be drawn in `root`: Plotly has come (the page does not wait for it) and there is room. */
export function canDraw(/** @type {Element} */ root) {
  return "Plotly" in globalThis && sizeOf(root).width > 0 && sizeOf(root).height > 0;
}

/** @type {WeakMap<Element, {width: number, height: number}>} */
const sizes = new WeakMap();

/**
 * The element's size when it last changed; asking the element itself would lay out the page each time.
 * @param {Element} element
 */
export function sizeOf(element) {
  return sizes.get(element) ?? { width: 0, height: 0 };
}

/**
 * Calls `resized` when the element's size has changed.
 * @param {Element} element
 * @param {() => void} resized
 */
export function onResize(element, resized) {
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    const before = sizeOf(element);
    if (Math.abs(width - before.width) < 1 && Math.abs(height - before.height) < 1) return;
    sizes.set(element, { width, height });
    resized();
  }).observe(element);
}

const MOST_POINTS = 300;

/**
 * A curve with few enough points to draw quickly: of every stretch of steps its lowest and its highest value.
 * @param {number[]} x  steps, in their order
 * @param {number[]} y
 * @param {[number, number]} [seen]  only of these, and of one more at either side
 * @returns {{x: number[], y: number[]}}
 */
export function drawn(x, y, seen) {
  if (seen) {
    const from = Math.max(x.findIndex((step) => step >= seen[0]) - 1, 0);
    const behind = x.findIndex((step) => step > seen[1]);
    const to = behind < 0 ? x.length : behind + 1;
    return drawn(x.slice(from, to), y.slice(from, to));
  }
  if (x.length <= MOST_POINTS) return { x, y };
  const stretch = Math.ceil((2 * x.length) / MOST_POINTS);
  /** @type {number[]} */
  const kept = [0];
  for (let from = 1; from < x.length - 1; from += stretch) {
    let low = from;
    let high = from;
    for (let i = from; i < Math.min(from + stretch, x.length - 1); i++) {
      if (y[i] < y[low]) low = i;
      if (y[i] > y[high]) high = i;
    }
    kept.push(Math.min(low, high), ...(low === high ? [] : [Math.max(low, high)]));
  }
  kept.push(x.length - 1);
  return { x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) };
}
