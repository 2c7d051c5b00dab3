// @ts-check
// What the last action has come to, until it is closed or something else is chosen.

import { h, say } from "../dom.js";
import { t } from "../words.js";

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
export function noteView(root, store) {
  const text = h("span", {});
  root.append(text, h("button", { className: "quiet", "aria-label": t("note.close"), onclick: () => store.set({ note: null }) }, "×"));
  return (/** @type {import("../types.js").State} */ { note }) => {
    if (root.hidden !== (note === null)) root.hidden = note === null;
    say(text, note ?? "");
  };
}
