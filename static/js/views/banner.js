// @ts-check
// What went wrong, in words: no connection, a refused value; and in a line of its own, quietly, how far a long seek
// has come, or that a run plays and nothing comes.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";
import { tell } from "../refusals.js";
import { t } from "../words.js";

const SILENCE_MS = 3000;
const LOOK_MS = 1000;

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
export function bannerView(root, store) {
  let shown = "";
  const progress = byId("progress");
  /** @type {import("../types.js").Frame | null} */
  let newest = null;
  let played = false;
  let since = 0;
  // A connection may be half open: neither lost nor saying anything. One look a second costs nothing.
  setInterval(() => {
    if (document.hidden) since = performance.now(); // what is not seen is not drawn either
    else quietly(store.get());
  }, LOOK_MS);

  /** @param {import("../types.js").State} state */
  function quietly({ progress: on, playing, connection }) {
    const silent = playing && connection === "open" && performance.now() - since > SILENCE_MS;
    if (on) say(progress, t("banner.computing", { step: count(on.step), goal: count(on.goal) }));
    else if (silent) say(progress, t("banner.waiting"));
    if (progress.hidden !== (!on && !silent)) progress.hidden = !progress.hidden;
  }

  return (/** @type {import("../types.js").State} */ state) => {
    if (state.frame !== newest || state.playing !== played) {
      [newest, played] = [state.frame, state.playing];
      since = performance.now();
    }
    quietly(state);
    const text = message(state);
    if (text === shown) return;
    shown = text;
    root.hidden = text === "";
    tell(root, text);
    if (state.error && state.connection !== "lost") {
      root.append(h("button", { className: "quiet", "aria-label": t("word.close"), onclick: () => store.set({ error: null }) }, "×"));
    }
  };
}

/** @param {import("../types.js").State} state */
function message({ connection, error, lostReason, step }) {
  if (connection === "lost") {
    return t(lostReason ? `banner.lost_${lostReason}` : "banner.lost", { step: count(step) });
  }
  return error ?? "";
}
