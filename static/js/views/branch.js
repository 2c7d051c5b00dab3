// @ts-check
// Branch: from this step on one thing is changed, and the run as it was stays as the second lane.

import { byId, h } from "../dom.js";
import { count } from "../format.js";
import { t } from "../words.js";
import { typed } from "./field.js";

const NOTHING = "nothing";
/** @type {Record<string, string>} */
const SYMBOLS = { l2: "L2 λ", beta: "β", beta1: "β₁", beta2: "β₂", epsilon: "ε" };

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function branchView(catalog, actions) {
  const what = h("select", { id: "branch-what", onchange: show });
  const to = h("input", { id: "branch-to", type: "text", inputMode: "decimal" });
  const title = h("h2", {});
  const value = h("label", {}, t("branch.becomes"), to);
  const hint = h("p", { className: "hint" });
  const dialog = h("dialog", { className: "nudge branch", "aria-label": t("branch.label") },
    h("form", { method: "dialog" },
      title,
      h("label", {}, t("word.change"), what), value, hint,
      h("div", { className: "buttons" },
        h("button", { type: "button", className: "small", onclick: () => dialog.close("cancel") }, t("word.cancel")),
        h("button", { value: "branch", className: "primary" }, t("branch.do")))));
  document.body.append(dialog);
  /** @type {import("../types.js").State | null} */
  let last = null;
  dialog.onclose = () => {
    if (dialog.returnValue !== "branch") return;
    actions.branch(what.value === NOTHING ? null : { [what.value]: typed(to) });
  };
  const button = byId("branch");
  button.onclick = () => {
    const lane = last?.frame?.lanes[0];
    if (!last || !lane) return;
    const { optimizer } = last.lanes[0].training;
    const settings = ["learning_rate", "l2", ...(catalog.optimizers.find((row) => row.name === optimizer)?.settings ?? [])];
    what.replaceChildren(
      ...settings.map((name) => h("option", { value: name }, name === "learning_rate" ? `${t("training.rate")} α` : SYMBOLS[name] ?? name)),
      h("option", { value: NOTHING }, t("branch.nothing")));
    title.textContent = t("branch.title", { step: count(last.step) });
    show();
    dialog.returnValue = "";
    dialog.showModal();
  };

  function show() {
    const now = last?.frame?.lanes[0].settings[/** @type {keyof import("../types.js").Settings} */ (what.value)];
    value.hidden = what.value === NOTHING;
    if (now !== undefined) to.value = String(now);
    hint.textContent = what.value === NOTHING
      ? t("branch.hint_nothing")
      : t("branch.hint");
  }

  return (/** @type {import("../types.js").State} */ state) => {
    last = state;
    const { lanes, step, frame } = state;
    const disabled = lanes.length > 1 || step === 0 || !frame;
    if (/** @type {HTMLButtonElement} */ (button).disabled !== disabled) /** @type {HTMLButtonElement} */ (button).disabled = disabled;
  };
}
