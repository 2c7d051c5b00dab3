// @ts-check
// "Copy as NumPy": the server writes the script when it is asked for; where a browser does not let a page
// copy, the script is shown, to be copied by hand.

import { h, say } from "../dom.js";

const COPY = "copy as NumPy";
const BACK_MS = 2500;

/** @param {import("../actions.js").Actions} actions */
export function copyScript(actions) {
  const button = h("button", { id: "copy-numpy", className: "small", title: "A script of its own that prints these numbers" }, COPY);
  const text = h("textarea", { readOnly: true, "aria-label": "the script", spellcheck: false });
  const why = h("p", { className: "note" });
  const dialog = h("dialog", { className: "script", "aria-label": "this example as NumPy" }, why, text,
    h("button", { onclick: () => dialog.close() }, "Close"));
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
    back = setTimeout(() => say(button, COPY), BACK_MS);
  }

  /** @param {import("./hand.js").Hand} hand */
  async function hand({ script, parameters, most_parameters: most }) {
    if (!waiting) return;
    const tooLarge = script === null && parameters > most;
    if (script === null && !tooLarge) return; // a frame from before it was asked for
    waiting = false;
    actions.askScript(false);
    if (script === null) {
      tell(`too large: ${parameters} parameters, at most ${most}`);
      return;
    }
    try {
      await navigator.clipboard.writeText(script);
      tell("copied");
    } catch {
      say(why, "This browser does not let the page copy; here it is.");
      text.value = script;
      dialog.showModal();
      text.select();
    }
  }
  return { root, fill: hand };
}
