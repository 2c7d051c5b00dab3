// @ts-check
// A number that can be dragged or typed: a slider and a number box that act on release.

import { h } from "../dom.js";
import { ruleText } from "../refusals.js";
import { t } from "../words.js";

/**
 * @typedef {object} FieldOptions
 * @property {string} id
 * @property {string} label
 * @property {number} min  of the slider
 * @property {number} max  of the slider; what is typed may go further
 * @property {number} step  of the slider
 * @property {import("../types.js").Range} range  what the server takes
 * @property {boolean} [logarithmic]
 * @property {(value: number) => void} change
 */

/** @param {FieldOptions} options */
export function numberField({ id, label, min, max, step, range, logarithmic = false, change }) {
  const to = logarithmic ? Math.log10 : (/** @type {number} */ x) => x;
  const from = logarithmic ? (/** @type {number} */ x) => Number((10 ** x).toPrecision(2)) : (/** @type {number} */ x) => x;
  const hint = `${label}: ${ruleText(range.rule)}`;
  const box = h("input", { id, type: "text", inputMode: "decimal", title: hint, className: "typed" });
  const slider = h("input", {
    type: "range", min: String(to(min)), max: String(to(max)), step: logarithmic ? "0.01" : String(step),
    title: hint, "aria-label": t("field.slider", { label }),
  });
  let current = NaN;
  let actual = NaN;
  slider.oninput = () => {
    box.value = String(from(Number(slider.value)));
    fill();
  };
  slider.onchange = () => change(from(Number(slider.value)));
  box.onchange = () => change(typed(box));
  box.onblur = () => show(actual);
  function fill() {
    const share = (Number(slider.value) - Number(slider.min)) / (Number(slider.max) - Number(slider.min));
    slider.style.setProperty("--done", `${share * 100}%`);
  }
  const root = h("div", { className: "field" }, h("label", { for: id }, label), box, slider);
  /** @param {number} value */
  function show(value) {
    actual = value;
    if (value === current && box.value === String(value)) return;
    if (slider.matches(":active") || document.activeElement === box) return;
    current = value;
    box.value = String(value);
    slider.value = String(to(value));
    fill();
  }
  return {
    root,
    show,
    /** Show the value again after a refusal. */
    forget() {
      current = NaN;
    },
  };
}

/**
 * The number in a box. What is none goes to the server as it is, which says what the rule is.
 * @param {HTMLInputElement} box
 */
export function typed(box) {
  const value = Number(box.value.replace(",", "."));
  return box.value.trim() === "" || !Number.isFinite(value) ? /** @type {any} */ (box.value) : value;
}
