// @ts-check
// The dialog that adds a little to one weight.

import { h } from "../dom.js";
import { count } from "../format.js";
import { sizesOf } from "../names.js";
import { t } from "../words.js";
import { typed } from "./field.js";

const AMOUNTS = ["1e-1", "1e-2", "1e-4", "1e-6", "1e-8", "1e-10", "1e-12", "1e-14", "1e-16"];

/**
 * @param {import("../actions.js").Actions} actions
 * @param {import("../types.js").Catalog} catalog
 */
export function nudgeDialog(actions, catalog) {
  const layer = h("select", { id: "nudge-layer" });
  const unit = h("select", { id: "nudge-unit" });
  const input = h("select", { id: "nudge-input" });
  const amounts = h("datalist", { id: "nudge-amounts" }, ...AMOUNTS.map((value) => h("option", { value })));
  const by = h("input", { id: "nudge-by", value: "1e-4", type: "text", inputMode: "decimal" });
  by.setAttribute("list", "nudge-amounts");
  const at = h("input", { id: "nudge-step", type: "text", inputMode: "numeric" });
  const dialog = h("dialog", { className: "nudge", "aria-label": t("nudge.title") },
    h("form", { method: "dialog" },
      h("h2", {}, t("nudge.title")),
      h("label", {}, t("word.layer"), layer), h("label", {}, t("word.unit"), unit), h("label", {}, t("nudge.from"), input),
      h("label", {}, t("nudge.add"), by), h("label", {}, t("nudge.at"), at), amounts,
      h("p", { className: "hint" }, t("nudge.hint")),
      h("div", { className: "buttons" },
        h("button", { type: "button", className: "small", onclick: () => dialog.close("cancel") }, t("word.cancel")),
        h("button", { value: "nudge", className: "primary" }, t("nudge.do")))));
  document.body.append(dialog);
  let lane = 0;
  /** @type {number[]} */
  let sizes = [];
  /** @type {string[]} */
  let inputs = [];
  layer.onchange = list;
  dialog.onclose = () => {
    if (dialog.returnValue !== "nudge") return;
    const step = at.value.replace(/[,\s]/g, "");
    actions.nudge(lane, /^\d+$/.test(step) ? Number(step) : /** @type {any} */ (at.value), {
      layer: Number(layer.value), unit: Number(unit.value), input: input.value === "b" ? null : Number(input.value),
      by: typed(by),
    });
  };

  function list() {
    const l = Number(layer.value);
    const names = l === 1 ? inputs : Array.from({ length: sizes[l - 1] }, (_, i) => t("word.unit_n", { u: i + 1 }));
    unit.replaceChildren(...options(sizes[l], (i) => `${i + 1}`));
    input.replaceChildren(...names.map((name, i) => h("option", { value: String(i) }, name)), h("option", { value: "b" }, t("nudge.bias")));
  }

  return (/** @type {number} */ index, /** @type {import("../types.js").State} */ state) => {
    lane = index;
    const experiment = state.lanes[index];
    sizes = sizesOf(experiment);
    inputs = ["x1", "x2", ...experiment.network.features.map((name) => catalog.features.find((row) => row.name === name)?.title ?? name)];
    at.value = count(state.step);
    layer.replaceChildren(...options(sizes.length - 1, (i) => (i === sizes.length - 1 ? t("nudge.output", { l: i }) : `${i}`), 1));
    list();
    dialog.returnValue = "";
    dialog.showModal();
  };
}

/**
 * Choices numbered from `first` on.
 * @param {number} length
 * @param {(i: number) => string} name
 * @param {number} first
 */
export function options(length, name, first = 0) {
  return Array.from({ length }, (_, i) => h("option", { value: String(i + first) }, name(i + first)));
}
