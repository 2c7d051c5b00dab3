// @ts-check
// One run of the sweep wall: its boundary, cost and accuracy; pressed, it opens the run.

import { paint, paintClasses } from "../colour.js";
import { h, say } from "../dom.js";
import { cost, count, percent } from "../format.js";
import { refusal } from "../refusals.js";
import { t } from "../words.js";

const SIDE = 40;

/** @typedef {import("../sweep.js").Run} Run */

/**
 * @param {string} name  the run's values, as people read them
 * @param {string} caption  what stands above it; empty where its row and column say it
 * @param {() => void} open
 */
export function tile(name, caption, open) {
  const canvas = h("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
  const numbers = h("span", { className: "numbers" });
  const root = h("button", { className: "tile", disabled: true, onclick: open, "aria-label": t("sweep.waiting", { name }) },
    ...(caption ? [h("span", { className: "caption" }, caption)] : []), canvas, numbers);
  /** @type {Uint8Array | null} */
  let values = null;
  return {
    root,
    /** @param {Run} run @param {number} classes @param {import("../colour.js").Theme} theme */
    fill(run, classes, theme) {
      root.dataset.status = run.status;
      if (run.status === "refused") {
        const why = refusal({ detail: run.errors?.map(({ field, rule }) => `${field}: ${rule}`).join("; ") ?? "", errors: run.errors });
        root.title = why;
        root.setAttribute("aria-label", `${name}: ${why}`);
        say(numbers, t("sweep.refused"));
        return;
      }
      values = run.boundary ? Uint8Array.from(atob(run.boundary.bdata), (sign) => sign.charCodeAt(0)) : null;
      this.paint(classes, theme);
      root.disabled = false;
      const diverged = run.diverged ? t("sweep.diverged", { step: count(run.diverged.step) }) : "";
      const measured = { cost: cost(run.cost), accuracy: percent(run.accuracy) };
      root.title = `${name}: ${diverged || t("sweep.measures", measured)}`;
      root.setAttribute("aria-label", `${root.title}. ${t("sweep.open")}`);
      numbers.replaceChildren(...(diverged ? [diverged] : [h("b", {}, measured.accuracy), h("span", {}, measured.cost)]));
    },
    /** @param {number} classes @param {import("../colour.js").Theme} theme */
    paint(classes, theme) {
      if (!values) return;
      if (classes === 2) paint(canvas, values, SIDE, SIDE, theme, "field");
      else paintClasses(canvas, values, new Uint8Array(values.length).fill(254), SIDE, classes, theme);
    },
  };
}
