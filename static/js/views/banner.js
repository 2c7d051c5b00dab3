// @ts-check
// What went wrong, in words: no connection, a refused value; and in a line of its own how far a long seek has come.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";
import { t } from "../words.js";

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
export function bannerView(root, store) {
  let shown = "";
  const progress = byId("progress");
  return (/** @type {import("../types.js").State} */ state) => {
    const { progress: on } = state;
    progress.hidden = on === null;
    if (on) say(progress, t("banner.computing", { step: count(on.step), goal: count(on.goal) }));
    const text = message(state);
    if (text === shown) return;
    shown = text;
    root.hidden = text === "";
    root.replaceChildren(text);
    if (state.error && state.connection !== "lost") {
      root.append(h("button", { className: "quiet", "aria-label": t("word.close"), onclick: () => store.set({ error: null }) }, "×"));
    }
  };
}

/** @param {import("../types.js").State} state */
function message({ connection, error, lostReason, step }) {
  if (connection === "lost") {
    return t(lostReason ? "banner.lost_why" : "banner.lost", { why: lostReason, step: count(step) });
  }
  return error ?? "";
}
