// @ts-check
// Branch: from this step on one thing is changed, and the run as it was stays as the second lane.

import { byId, h } from "../dom.js";
import { activationsOf } from "../edits.js";
import { count } from "../format.js";
import { t } from "../words.js";
import { typed } from "./field.js";
import { options, placeMenus } from "./place.js";

const NOTHING = "nothing";
/** What is asked for each change beside the settings, of the fields below. */
const ASKED = {
  nudge: ["layer", "unit", "input", "by"], edit: ["layer", "unit", "input", "to"],
  permute: ["layer", "unit", "other"], flip: ["layer", "unit"], [NOTHING]: [],
};
/** @type {Record<string, string>} */
const SYMBOLS = { l2: "L2 λ", beta: "β", beta1: "β₁", beta2: "β₂", epsilon: "ε" };

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function branchView(catalog, actions) {
  const what = h("select", { id: "branch-what", onchange: show });
  const to = h("input", { id: "branch-to", type: "text", inputMode: "decimal" });
  const by = h("input", { id: "branch-by", type: "text", inputMode: "decimal", value: "1e-4" });
  const other = h("select", { id: "branch-other" });
  const place = placeMenus("branch", catalog);
  /** @type {Record<string, HTMLElement>} */
  const rows = {
    ...place.rows, other: h("label", {}, t("branch.other"), other), by: h("label", {}, t("nudge.add"), by), to: h("label", {}, t("branch.becomes"), to),
  };
  const title = h("h2", {});
  const hint = h("p", { className: "hint" });
  const dialog = h("dialog", { className: "nudge branch", "aria-label": t("branch.label") },
    h("form", { method: "dialog" },
      title,
      h("label", {}, t("word.change"), what), ...Object.values(rows), hint,
      h("p", { className: "hint" }, t("branch.start")),
      h("div", { className: "buttons" },
        h("button", { type: "button", className: "small", onclick: () => dialog.close("cancel") }, t("word.cancel")),
        h("button", { value: "branch", className: "primary" }, t("branch.do")))));
  document.body.append(dialog);
  /** @type {import("../types.js").State | null} */
  let last = null;
  dialog.onclose = () => {
    if (dialog.returnValue === "branch") actions.branch(change());
  };
  const button = byId("branch");
  button.onclick = () => {
    const lane = last?.frame?.lanes[0];
    if (!last || !lane) return;
    const { optimizer } = last.lanes[0].training;
    const settings = ["learning_rate", "l2", ...(catalog.optimizers.find((row) => row.name === optimizer)?.settings ?? [])];
    const group = (/** @type {string} */ label, /** @type {HTMLElement[]} */ ...choices) => h("optgroup", { label }, ...choices);
    const turn = (/** @type {"permute" | "flip"} */ kind) => h("option", { value: kind, disabled: !layersFor(kind).length }, t(`branch.${kind}`));
    what.replaceChildren(
      group(t("branch.group_settings"), ...settings.map((name) => h("option", { value: name }, name === "learning_rate" ? `${t("training.rate")} α` : SYMBOLS[name] ?? name))),
      group(t("branch.group_weights"), h("option", { value: "nudge" }, t("branch.nudge")), h("option", { value: "edit" }, t("branch.edit"))),
      group(t("branch.group_units"), turn("permute"), turn("flip")),
      h("option", { value: NOTHING }, t("branch.nothing")));
    title.textContent = t("branch.title", { step: count(last.step) });
    show();
    dialog.returnValue = "";
    dialog.showModal();
  };

  /** @param {string} kind  In which layers it can be done; all of them where there is nothing to say. */
  function layersFor(kind) {
    const experiment = /** @type {import("../types.js").State} */ (last).lanes[0];
    const layers = experiment.network.hidden.map((_, i) => i + 1);
    if (kind === "permute") return layers.filter((l) => experiment.network.hidden[l - 1] > 1);
    const odd = (/** @type {string} */ name) => catalog.activations.find((row) => row.name === name)?.odd;
    return layers.filter((l) => odd(activationsOf(experiment)[l - 1]));
  }

  function show() {
    const state = /** @type {import("../types.js").State} */ (last);
    const kind = what.value;
    const asked = /** @type {Record<string, string[]>} */ (ASKED)[kind] ?? ["to"];
    for (const [name, row] of Object.entries(rows)) row.hidden = !asked.includes(name);
    if (asked.includes("layer")) {
      place.offer(state.lanes[0], kind === "permute" || kind === "flip" ? layersFor(kind) : undefined, offerOthers);
    }
    const now = state.frame?.lanes[0].settings[/** @type {keyof import("../types.js").Settings} */ (kind)];
    to.value = now === undefined ? "0" : String(now);
    hint.textContent = t(kind === NOTHING ? "branch.hint_nothing" : "branch.hint");
  }

  function offerOthers() {
    other.replaceChildren(...options(place.units(), (i) => `${i + 1}`));
    other.value = String(Math.min(1, place.units() - 1));
  }

  /** @returns {Omit<import("../types.js").Intervention, "step"> | null} */
  function change() {
    const { layer, unit, input } = place.chosen();
    switch (what.value) {
      case NOTHING: return null;
      case "nudge": return { nudge: { layer, unit, input, by: typed(by) } };
      case "edit": return { edit: { layer, unit, input, to: typed(to) } };
      case "permute": {
        const order = Array.from({ length: place.units() }, (_, i) => i);
        [order[unit], order[Number(other.value)]] = [Number(other.value), unit];
        return { permute: { layer, order } };
      }
      case "flip": return { flip: { layer, unit } };
      default: return { set: { [what.value]: typed(to) } };
    }
  }

  return (/** @type {import("../types.js").State} */ state) => {
    last = state;
    const { lanes, step, frame } = state;
    const disabled = lanes.length > 1 || step === 0 || !frame;
    if (/** @type {HTMLButtonElement} */ (button).disabled !== disabled) /** @type {HTMLButtonElement} */ (button).disabled = disabled;
  };
}
