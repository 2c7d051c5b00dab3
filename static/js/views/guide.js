// @ts-check
// The guided start: on the first visit, beside the invitation, at most four steps of one sentence each. It lies over
// nothing, holds nobody up, and does not come again once it has been dismissed.

import { h, say } from "../dom.js";

const KEY = "planar-playground-guided";

/** @type {{at: string, says: string, before?: string}[]} */
const STEPS = [
  { at: ".picture .unit", says: "Each small picture is one unit of the network: what it answers at every place of the plane." },
  { at: ".plane", says: "Each dot is an example: blue is class 0, orange is class 1. The network learns to tell them apart." },
  { at: "#lessons", says: "Lessons are here: each asks you to predict first, then shows what happens." },
  { at: "#accept, #compare", says: "Now press Compare: two networks learn side by side, and only one of them can tell the petals apart.", before: "Compare with … sets a second network beside this one, with one thing changed." },
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
    unmark();
    if (step >= STEPS.length) return end();
    at = step;
    const { at: place, says, before } = STEPS[at];
    root.hidden = false;
    say(where, `${at + 1} of ${STEPS.length}`);
    say(text, store.get().inviting ? says : before ?? says);
    say(next, at === STEPS.length - 1 ? "Done" : "Next");
    const found = [...document.querySelectorAll(place)].filter((one) => one.checkVisibility());
    for (const one of found.slice(0, place.includes(".unit") ? found.length : 1)) one.classList.add("pointed");
    if (by) found[0]?.scrollIntoView({ block: "center" }); // at first nothing moves by itself
  }

  function unmark() {
    for (const one of document.querySelectorAll(".pointed")) one.classList.remove("pointed");
  }

  function end() {
    unmark();
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
