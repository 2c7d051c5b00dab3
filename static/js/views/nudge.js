// @ts-check
// The dialog that adds a little to one weight.

import { h } from "../dom.js";
import { count } from "../format.js";
import { t } from "../words.js";
import { typed } from "./field.js";
import { placeMenus } from "./place.js";

const AMOUNTS = ["1e-1", "1e-2", "1e-4", "1e-6", "1e-8", "1e-10", "1e-12", "1e-14", "1e-16"];

/**
 * @param {import("../actions.js").Actions} actions
 * @param {import("../types.js").Catalog} catalog
 */
export function nudgeDialog(actions, catalog) {
  const place = placeMenus("nudge", catalog);
  const amounts = h("datalist", { id: "nudge-amounts" }, ...AMOUNTS.map((value) => h("option", { value })));
  const by = h("input", { id: "nudge-by", value: "1e-4", type: "text", inputMode: "decimal" });
  by.setAttribute("list", "nudge-amounts");
  const at = h("input", { id: "nudge-step", type: "text", inputMode: "numeric" });
  const dialog = h("dialog", { className: "nudge", "aria-label": t("nudge.title") },
    h("form", { method: "dialog" },
      h("h2", {}, t("nudge.title")),
      place.rows.layer, place.rows.unit, place.rows.input,
      h("label", {}, t("nudge.add"), by), h("label", {}, t("nudge.at"), at), amounts,
      h("p", { className: "hint" }, t("nudge.hint")),
      h("div", { className: "buttons" },
        h("button", { type: "button", className: "small", onclick: () => dialog.close("cancel") }, t("word.cancel")),
        h("button", { value: "nudge", className: "primary" }, t("nudge.do")))));
  document.body.append(dialog);
  let lane = 0;
  dialog.onclose = () => {
    if (dialog.returnValue !== "nudge") return;
    const step = at.value.replace(/[,\s]/g, "");
    actions.nudge(lane, /^\d+$/.test(step) ? Number(step) : /** @type {any} */ (at.value), {
      ...place.chosen(), by: typed(by),
    });
  };

  return (/** @type {number} */ index, /** @type {import("../types.js").State} */ state) => {
    lane = index;
    at.value = count(state.step);
    place.offer(state.lanes[index]);
    dialog.returnValue = "";
    dialog.showModal();
  };
}
