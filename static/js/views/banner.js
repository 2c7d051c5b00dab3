// @ts-check
// What went wrong, in words: no connection, a refused value, a long way to go.

import { h } from "../dom.js";
import { count } from "../format.js";

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
export function bannerView(root, store) {
  let shown = "";
  return (/** @type {import("../types.js").State} */ state) => {
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
function message({ connection, error, progress, step }) {
  if (connection === "lost") {
    const why = error ? ` (${error})` : "";
    return `The connection is lost${why}. Trying again; the run will go on from step ${count(step)}.`;
  }
  if (error) return error;
  if (progress) return `Computing step ${count(progress.step)} of ${count(progress.goal)}. Pause to stop here.`;
  return "";
}
