// @ts-check
// A closer look at a chart of two parts on one axis of steps: a stretch is dragged open with a mouse and stays while
// the run goes on; a double click or the button shows the whole again. A finger scrolls the page instead.

import { h } from "../dom.js";
import { t } from "../words.js";

/** @typedef {{type: string, range: [number, number]}} Part  what is seen of an axis, in its own numbers */

/**
 * @param {HTMLElement} root  of the chart
 * @param {() => void} redraw
 * @param {MediaQueryList} mouse
 */
export function zoomOf(root, redraw, mouse = matchMedia("(pointer: fine)")) {
  /** @type {Record<string, Part>} by the axis: "x" for the steps, "yaxis", "yaxis2" */
  let parts = {};
  /** @type {Record<string, string>} */
  const types = {};
  let held = false;
  let listening = false;
  const whole = h("button", { className: "whole small", hidden: true, title: t("zoom.whole_title"), onclick: reset }, t("zoom.whole"));
  // A chart that is drawn anew under the mouse would lose what is being dragged.
  root.addEventListener("pointerdown", () => { held = mouse.matches; });
  for (const over of ["pointerup", "pointercancel"]) {
    addEventListener(over, () => {
      if (held) setTimeout(() => { held = false; redraw(); });
    });
  }

  function reset() {
    parts = {};
    if (whole === document.activeElement) root.focus(); // the button goes, what has the focus stays near
    redraw();
  }

  /** @param {Record<string, number>} changed  as Plotly tells: "xaxis.range[0]" ... */
  function seen(changed) {
    for (const axis of ["xaxis", "xaxis2", "yaxis", "yaxis2"]) {
      const range = [changed[`${axis}.range[0]`], changed[`${axis}.range[1]`]];
      if (range.some((end) => end === undefined)) continue;
      const name = axis.startsWith("x") ? "x" : axis;
      parts = { ...parts, [name]: { type: types[name] ?? "linear", range: [Math.min(...range), Math.max(...range)] } };
    }
    redraw();
  }

  return {
    get held() {
      return held;
    },
    get dragmode() {
      return mouse.matches ? "zoom" : false;
    },
    /** The steps that are seen, if not all. */
    get steps() {
      return parts.x?.range;
    },
    range: (/** @type {string} */ name) => parts[name]?.range,
    /**
     * An axis, or the part of it that is seen.
     * @param {string} name
     * @param {Record<string, any>} axis
     */
    axis(name, axis) {
      types[name] = axis.type ?? "linear";
      const free = { ...axis, fixedrange: !mouse.matches };
      const part = parts[name];
      return part && part.type === types[name] ? { ...free, range: part.range, autorange: false } : free;
    },
    /** @param {number} last  What lies behind the last step of all is given up: another run has begun. */
    until(last) {
      if (parts.x && parts.x.range[0] >= last) parts = {};
      whole.hidden = !Object.keys(parts).length;
    },
    /** Once the chart has been drawn. */
    listen() {
      if (listening) return;
      listening = true;
      const chart = /** @type {any} */ (root);
      chart.on("plotly_relayout", seen);
      chart.on("plotly_doubleclick", reset);
      root.tabIndex = -1;
      root.append(whole);
    },
  };
}
