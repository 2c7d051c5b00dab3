// @ts-check
// Keys for the controls; they leave typing alone.

/**
 * @param {import("./store.js").Store} store
 * @param {import("./actions.js").Actions} actions
 * @param {Document} page
 */
export function listenToKeys(store, actions, page = document) {
  page.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input, select, textarea, dialog")) return;
    if (event.repeat && !event.key.startsWith("Arrow")) return;
    if (event.key.startsWith("Arrow") && target.closest("[tabindex='0']")) return; // it scrolls there
    if (event.key === " " && target.closest("button, summary, a")) return; // space presses what has the focus
    const many = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": actions.toggle,
      ArrowRight: () => actions.forward(many),
      ArrowLeft: () => actions.back(many),
      ".": () => actions.forward(100),
      ",": () => actions.back(100),
      Home: actions.home,
      End: actions.end,
      d: () => page.getElementById("own-points")?.click(),
      b: () => page.getElementById("branch")?.click(),
      h: () => page.getElementById("past")?.click(),
      r: actions.reset,
      w: () => page.getElementById("new-weights")?.click(),
      p: () => page.getElementById("new-points")?.click(),
      l: () => page.getElementById("lessons")?.click(),
      c: () => page.getElementById("compare")?.focus(),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
