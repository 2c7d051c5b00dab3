// @ts-check
// One frozen state, replaced whole. Views are drawn once per animation frame, the slow ones every fourth.

/** @typedef {import("./types.js").State} State */
/** @typedef {(state: State) => void} View */

const SLOW = 4;

/**
 * @param {State} initial
 * @param {(draw: () => void) => void} nextFrame
 */
export function createStore(initial, nextFrame = (draw) => requestAnimationFrame(draw)) {
  let state = Object.freeze(initial);
  let drawing = false;
  let turn = 0;
  /** @type {{view: View, offset: number}[]} */
  const views = [];
  /** @type {(() => void)[]} */
  let drawn = [];

  function draw() {
    drawing = false;
    turn += 1;
    const now = state;
    for (const { view, offset } of views) {
      // Slow views take turns while the run plays; at rest everything is up to date.
      if (offset < 0 || !now.playing || (turn + offset) % SLOW === 0) view(now);
    }
    const done = drawn;
    drawn = [];
    for (const tell of done) tell();
  }

  return {
    get: () => state,
    /** @param {Partial<State>} changes */
    set(changes) {
      state = Object.freeze({ ...state, ...changes });
      if (!drawing) {
        drawing = true;
        nextFrame(draw);
      }
    },
    /**
     * Draw `view` on every change, or with `slow` on every fourth while playing.
     * @param {View} view
     * @param {{slow?: number}} [options] slow: which of the four turns
     */
    subscribe(view, { slow } = {}) {
      views.push({ view, offset: slow ?? -1 });
    },
    /** @param {() => void} tell  Called when what was set has been drawn. */
    afterDrawing(tell) {
      drawn.push(tell);
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */
