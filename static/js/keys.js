// @ts-check
// Every key and what it does: the page's handlers act by these tables, and the help sheet is written from them.

/**
 * @typedef {object} Key
 * @property {string[]} keys  as events name them, letters small
 * @property {string} shown
 * @property {string} does  the key of its words
 * @property {(actions: import("./actions.js").Actions, steps: number, press: (id: string) => void) => void} act
 */

/** @type {Key[]} */
export const KEYS = [
  { keys: [" "], shown: "Space", does: "keys.play", act: ({ toggle }) => toggle() },
  { keys: ["ArrowRight"], shown: "→", does: "keys.forward", act: ({ forward }, steps) => forward(steps) },
  { keys: ["ArrowLeft"], shown: "←", does: "keys.back", act: ({ back }, steps) => back(steps) },
  { keys: ["."], shown: ".", does: "keys.far_on", act: ({ forward }) => forward(100) },
  { keys: [","], shown: ",", does: "keys.far_back", act: ({ back }) => back(100) },
  { keys: ["Home"], shown: "Home", does: "keys.home", act: ({ home }) => home() },
  { keys: ["End"], shown: "End", does: "keys.end", act: ({ end }) => end() },
  { keys: ["r"], shown: "R", does: "keys.reset", act: ({ reset }) => reset() },
  { keys: ["w"], shown: "W", does: "keys.weights", act: (_, __, press) => press("new-weights") },
  { keys: ["p"], shown: "P", does: "keys.points", act: (_, __, press) => press("new-points") },
  { keys: ["c"], shown: "C", does: "keys.compare", act: (_, __, press) => press("compare") },
  { keys: ["b"], shown: "B", does: "keys.branch", act: (_, __, press) => press("branch") },
  { keys: ["d"], shown: "D", does: "keys.draw", act: (_, __, press) => press("own-points") },
  { keys: ["l"], shown: "L", does: "keys.lessons", act: (_, __, press) => press("lessons") },
  { keys: ["h"], shown: "H", does: "keys.past", act: (_, __, press) => press("past") },
  { keys: ["s"], shown: "S", does: "keys.share", act: (_, __, press) => press("share") },
  { keys: ["o"], shown: "O", does: "keys.room", act: (_, __, press) => press("class") },
  { keys: ["v"], shown: "V", does: "keys.sweep", act: (_, __, press) => press("sweep") },
  { keys: ["?"], shown: "?", does: "keys.help", act: (_, __, press) => press("help") },
];

/** Keys that belong to what has the focus or is open; those who have it read them themselves. */
export const LOCAL_KEYS = [
  { shown: "Tab", does: "keys.tab" },
  { shown: "← →", does: "keys.tabs" },
  { shown: "Esc", does: "keys.escape" },
];

/**
 * The presenter's, which remotes send too.
 * @typedef {{go: (by: number) => void, black: () => void, code: () => void, room: () => void, close: () => void}} Show
 */

/** @type {{keys: string[], shown: string, does: string, act: (show: Show) => void}[]} */
export const PRESENTER_KEYS = [
  { keys: ["PageDown"], shown: "PageDown", does: "keys.present_on", act: ({ go }) => go(1) },
  { keys: ["PageUp"], shown: "PageUp", does: "keys.present_back", act: ({ go }) => go(-1) },
  { keys: ["b", "."], shown: "B", does: "keys.present_black", act: ({ black }) => black() }, // some remotes send a full stop for black
  { keys: ["q"], shown: "Q", does: "keys.present_code", act: ({ code }) => code() },
  { keys: ["o"], shown: "O", does: "keys.present_room", act: ({ room }) => room() },
  { keys: ["Escape"], shown: "Esc", does: "keys.present_close", act: ({ close }) => close() },
];

/** Where letters are typed: not a slider or a box to tick, which keep the focus once they were used. */
export const TYPED = "input:not([type='range'], [type='checkbox']), textarea";

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
 * A slider that was dragged keeps the focus, and only the keys that move it. The timeline leaves both ends to the page,
 * since its own end may be a step that nobody has seen.
 * @param {HTMLElement} target
 * @param {string} key
 */
function movesSlider(target, key) {
  if (!target.matches("input[type='range']")) return false;
  return /^(Arrow|Page)/.test(key) || (/^(Home|End)$/.test(key) && target.id !== "timeline");
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
    // Typing is left alone. (For a moment the focus is still inside a dialog that has just been closed.)
    if (target.closest(`${TYPED}, select, dialog`) && !target.closest("dialog:not([open])")) return;
    if (movesSlider(target, event.key)) return;
    if (event.repeat && !event.key.startsWith("Arrow")) return;
    if (event.key.startsWith("Arrow") && target.closest("[tabindex='0']")) return; // it scrolls there
    if (event.key === " " && target.closest("button, summary, a, [type='checkbox']")) return; // space presses what has the focus
    const row = keyOf(KEYS, event);
    if (!row) return;
    event.preventDefault();
    row.act(actions, event.shiftKey ? 10 : 1, press);
  });
}
