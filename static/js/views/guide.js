// @ts-check
// The guided start: on the first visit, beside the invitation, at most four steps of one sentence each. It lies over
// nothing, holds nobody up, and does not come again once it has been dismissed.

import { h, say } from "../dom.js";

const KEY = "planar-playground-guided";

/** What a step is called, for css/guide.css, which rings what it speaks of; where that is; and what is said of it. */
const STEPS = [
  { name: "units", at: ".picture", says: "Each small picture is one unit of the network: what it answers at every place of the plane." },
  { name: "dots", at: ".plane", says: "Each dot is an example: blue is class 0, orange is class 1. The network learns to tell them apart." },
  { name: "lessons", at: "#lessons", says: "Lessons are here: each asks you to predict first, then shows what happens." },
  { name: "compare", at: "#accept, #compare", says: "Now press Compare: two networks learn side by side, and only one of them can tell the petals apart.", later: "Compare with … sets a second network beside this one, with one thing changed." },
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
  root.append(where, text, next, h("button", { id: "guide-skip", className: "quiet", "aria-label": "Skip the guided start", title: "Skip (Esc)", onclick: end }, "×"));
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
    say(where, `${at + 1} of ${STEPS.length}`);
    say(text, store.get().inviting ? says : later ?? says);
    say(next, at === STEPS.length - 1 ? "Done" : "Next");
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
