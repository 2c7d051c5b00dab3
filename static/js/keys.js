// @ts-check
// Every key and what it does: the page's handlers act by these tables, and the help sheet is written from them.

/**
 * @typedef {object} Key
 * @property {string[]} keys  as events name them, letters small
 * @property {string} shown
 * @property {string} does
 * @property {(actions: import("./actions.js").Actions, steps: number, press: (id: string) => void) => void} act
 */

/** @type {Key[]} */
export const KEYS = [
  { keys: [" "], shown: "Space", does: "play or pause", act: ({ toggle }) => toggle() },
  { keys: ["ArrowRight"], shown: "→", does: "one step on; with Shift ten", act: ({ forward }, steps) => forward(steps) },
  { keys: ["ArrowLeft"], shown: "←", does: "one step back; with Shift ten", act: ({ back }, steps) => back(steps) },
  { keys: ["."], shown: ".", does: "a hundred steps on", act: ({ forward }) => forward(100) },
  { keys: [","], shown: ",", does: "a hundred steps back", act: ({ back }) => back(100) },
  { keys: ["Home"], shown: "Home", does: "to step 0", act: ({ home }) => home() },
  { keys: ["End"], shown: "End", does: "to the furthest step seen", act: ({ end }) => end() },
  { keys: ["r"], shown: "R", does: "again from step 0, from the very same weights", act: ({ reset }) => reset() },
  { keys: ["w"], shown: "W", does: "other starting weights", act: (_, __, press) => press("new-weights") },
  { keys: ["p"], shown: "P", does: "other points", act: (_, __, press) => press("new-points") },
  { keys: ["c"], shown: "C", does: "compare with …: goes to the menu", act: (_, __, press) => press("compare") },
  { keys: ["b"], shown: "B", does: "branch: change one thing from here on", act: (_, __, press) => press("branch") },
  { keys: ["d"], shown: "D", does: "draw your own points", act: (_, __, press) => press("own-points") },
  { keys: ["l"], shown: "L", does: "lessons", act: (_, __, press) => press("lessons") },
  { keys: ["h"], shown: "H", does: "history: your runs", act: (_, __, press) => press("past") },
  { keys: ["s"], shown: "S", does: "share: link, code, pictures, report", act: (_, __, press) => press("share") },
  { keys: ["?"], shown: "?", does: "this sheet", act: (_, __, press) => press("help") },
];

/** Keys that belong to what has the focus or is open; those who have it read them themselves. */
export const LOCAL_KEYS = [
  { shown: "Tab", does: "to the next control; Enter or Space presses it" },
  { shown: "← →", does: "among the tabs: the next tab" },
  { shown: "Esc", does: "close what is open" },
];

/**
 * The presenter's, which remotes send too.
 * @typedef {{go: (by: number) => void, black: () => void, code: () => void, close: () => void}} Show
 */

/** @type {{keys: string[], shown: string, does: string, act: (show: Show) => void}[]} */
export const PRESENTER_KEYS = [
  { keys: ["PageDown"], shown: "PageDown", does: "goes on", act: ({ go }) => go(1) },
  { keys: ["PageUp"], shown: "PageUp", does: "back", act: ({ go }) => go(-1) },
  { keys: ["b", "."], shown: "B", does: "turns black", act: ({ black }) => black() }, // some remotes send a full stop for black
  { keys: ["q"], shown: "Q", does: "shows the link", act: ({ code }) => code() },
  { keys: ["Escape"], shown: "Esc", does: "closes either", act: ({ close }) => close() },
];

/**
 * The row of a table that an event asks for.
 * @template {{keys: string[]}} Row
 * @param {Row[]} table
 * @param {KeyboardEvent} event
 */
export function keyOf(table, { key }) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return table.find(({ keys }) => keys.includes(name));
}

/**
 * @param {import("./store.js").Store} store
 * @param {import("./actions.js").Actions} actions
 * @param {Document} page
 */
export function listenToKeys(store, actions, page = document) {
  /** @param {string} id  A button is pressed, a menu is gone to. */
  function press(id) {
    const control = page.getElementById(id);
    if (control instanceof HTMLSelectElement) control.focus();
    else control?.click();
  }
  page.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest("input, select, textarea, dialog")) return; // typing is left alone
    if (event.repeat && !event.key.startsWith("Arrow")) return;
    if (event.key.startsWith("Arrow") && target.closest("[tabindex='0']")) return; // it scrolls there
    if (event.key === " " && target.closest("button, summary, a")) return; // space presses what has the focus
    const row = keyOf(KEYS, event);
    if (!row) return;
    event.preventDefault();
    row.act(actions, event.shiftKey ? 10 : 1, press);
  });
}
