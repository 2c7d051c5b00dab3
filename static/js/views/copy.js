// @ts-check
// "Copy as NumPy": the server writes the script when it is asked for; where a browser does not let a page
// copy, the script is shown, to be copied by hand.

import { h, say } from "../dom.js";
import { t } from "../words.js";

const BACK_MS = 2500;

/** @param {import("../actions.js").Actions} actions */
export function copyScript(actions) {
  const button = h("button", { id: "copy-numpy", className: "small", title: t("copy.title") }, t("copy.do"));
  const text = h("textarea", { readOnly: true, "aria-label": t("copy.script"), spellcheck: false });
  const why = h("p", { className: "note" });
  const dialog = h("dialog", { className: "script", "aria-label": t("copy.label") }, why, text,
    h("button", { onclick: () => dialog.close() }, t("word.close")));
  const root = h("span", {}, button, dialog);
  let waiting = false;
  let back = 0;
  button.onclick = () => {
    waiting = true;
    actions.askScript(true);
  };

  /** @param {string} told */
  function tell(told) {
    say(button, told);
    clearTimeout(back);
    back = setTimeout(() => say(button, t("copy.do")), BACK_MS);
  }

  /** @param {import("./hand.js").Hand} hand */
  async function hand({ script, parameters, most_parameters: most }) {
    if (!waiting) return;
    const tooLarge = script === null && parameters > most;
    if (script === null && !tooLarge) return; // a frame from before it was asked for
    waiting = false;
    actions.askScript(false);
    if (script === null) {
      tell(t("copy.large", { parameters, most }));
      return;
    }
    try {
      await navigator.clipboard.writeText(script);
      tell(t("copy.copied"));
    } catch {
      say(why, t("copy.refused"));
      text.value = script;
      dialog.showModal();
      text.select();
    }
  }
  return { root, fill: hand };
}
