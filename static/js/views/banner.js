// @ts-check
// What went wrong, in words: no connection, a refused value; and in a line of its own how far a long seek has come.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";

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
    if (on) say(progress, `Computing step ${count(on.step)} of ${count(on.goal)}. Pause stops here.`);
    const text = message(state);
    if (text === shown) return;
    shown = text;
    root.hidden = text === "";
    root.replaceChildren(text);
    if (state.error && state.connection !== "lost") {
      root.append(h("button", { className: "quiet", "aria-label": "Close", onclick: () => store.set({ error: null }) }, "×"));
    }
  };
}

/** @param {import("../types.js").State} state */
function message({ connection, error, lostReason, step }) {
  if (connection === "lost") {
    const why = lostReason ? ` (${lostReason})` : "";
    return `The connection is lost${why}. Trying again; the run will go on from step ${count(step)}.`;
  }
  return error ?? "";
}
