// @ts-check
// The guided start: on the first visit, beside the invitation, at most four steps of one sentence each. It lies over
// nothing, holds nobody up, and does not come again once it has been dismissed.

import { h, say } from "../dom.js";
import { t } from "../words.js";

const KEY = "planar-playground-guided";

/** What a step is called, for css/guide.css, which rings what it speaks of; where that is; and what is said of it. */
const STEPS = [
  { name: "units", at: ".picture", says: "guide.units" },
  { name: "dots", at: ".plane", says: "guide.dots" },
  { name: "lessons", at: "#lessons", says: "guide.lessons" },
  { name: "compare", at: "#accept, #compare", says: "guide.compare", later: "guide.later" },
];

/**
 * @param {HTMLElement} root
 * @param {import("../store.js").Store} store
 */
export function guideView(root, store) {
  let at = -1; // no step
  let invited = false;
  let over = dismissed();
  const text = h("p", { "aria-live": "polite" });
  const where = h("span", { className: "hint" });
  const next = h("button", { id: "guide-next", className: "small", onclick: () => go(at + 1) });
  root.append(where, text, next, h("button", { id: "guide-skip", className: "quiet", "aria-label": t("guide.skip"), title: t("guide.skip_title"), onclick: end }, "×"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && at >= 0 && !(/** @type {HTMLElement} */ (event.target).closest("dialog, input"))) end();
  });

  /** @param {number} step @param {boolean} [by]  whether somebody asked for it */
  function go(step, by = true) {
    if (step >= STEPS.length) return end();
    at = step;
    const { name, at: place, says, later } = STEPS[at];
    document.body.dataset.guide = name;
    root.hidden = false;
    say(where, t("guide.at", { step: at + 1, all: STEPS.length }));
    say(text, t(store.get().inviting ? says : later ?? says));
    say(next, at === STEPS.length - 1 ? t("guide.done") : t("guide.next"));
    if (!by) return; // at first nothing moves by itself
    [...document.querySelectorAll(place)].find((one) => one.checkVisibility())?.scrollIntoView({ block: "center" });
  }

  function end() {
    delete document.body.dataset.guide;
    at = -1;
    invited = false;
    over = true;
    root.hidden = true;
    try {
      localStorage.setItem(KEY, "1");
    } catch {
      // a browser that keeps nothing shows it again
    }
  }

  return {
    begin: () => go(0),
    /** @param {import("../types.js").State} state */
    draw({ inviting, frame }) {
      if (invited && !inviting) end(); // they have found what to press
      if (!inviting || !frame || at >= 0 || over) return;
      invited = true;
      go(0, false);
    },
  };
}

function dismissed() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}
