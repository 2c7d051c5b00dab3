// @ts-check
// One frozen state, replaced whole. Views are drawn once per animation frame; the slow ones take turns.

/** @typedef {import("./types.js").State} State */
/** @typedef {(state: State) => void} View */

const TURNS = 8;
const OVERDUE_MS = 120;

/**
 * @param {State} initial
 * @param {(draw: () => void) => void} nextFrame
 */
export function createStore(initial, nextFrame = (draw) => requestAnimationFrame(draw)) {
  let state = Object.freeze(initial);
  let drawing = false;
  let turn = 0;
  let overdue = 0;
  /** @type {{view: View, turns: number[] | null}[]} */
  const views = [];
  /** @type {(() => void)[]} */
  let drawn = [];

  function draw(everything = false) {
    drawing = false;
    turn += 1;
    clearTimeout(overdue);
    const now = state;
    let skipped = false;
    try {
      for (const { view, turns } of views) {
        // Slow views take turns while the run plays; at rest, or when frames are rare, all are up to date.
        if (everything || !turns || !now.playing || turns.includes(turn % TURNS)) view(now);
        else skipped = true;
      }
    } finally {
      if (skipped) overdue = setTimeout(() => draw(true), OVERDUE_MS);
      const done = drawn;
      drawn = [];
      for (const tell of done) tell();
    }
  }

  return {
    get: () => state,
    /** @param {Partial<State>} changes */
    set(changes) {
      state = Object.freeze({ ...state, ...changes });
      if (!drawing) {
        drawing = true;
        nextFrame(() => draw());
      }
    },
    /**
     * Draw `view` on every change, or while playing only in these of the eight turns.
     * @param {View} view
     * @param {number[] | null} turns
     */
    subscribe(view, turns = null) {
      views.push({ view, turns });
    },
    /** @param {() => void} tell  Called when what was set has been drawn. */
    afterDrawing(tell) {
      drawn.push(tell);
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */
