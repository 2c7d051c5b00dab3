// @ts-check
// What a person can do. Each changes the wish (experiments, step, playing) and tells the server.

import { settled, withIntervention, withTraining, withoutIntervention } from "./edits.js";
import { count, short } from "./format.js";
import { EMPTY } from "./history.js";
import { post } from "./post.js";
import { refusal } from "./refusals.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./edits.js").Edit} Edit */

const VIEW = { boundary: 100, maps: 36, units: 8 };

/**
 * What the page shows with this tab open, and so what travels.
 * @param {import("./types.js").State} state
 */
function viewOf({ panel, example, corner, space, hand, lanes, lines }) {
  const { point, script } = hand;
  // A typed point of a class that there is no longer is not asked for.
  const known = point && lanes.every((lane) => point[2] < classesOf(lane));
  return { ...VIEW, activations: panel === "activations", panel, example, corner, lines, ...space, point: known ? point : null, script };
}

/** @param {Experiment} experiment  How many classes its points have; own points say it themselves. */
function classesOf({ data }) {
  return data.points ? 1 + Math.max(...data.points.map(([, , label]) => label)) : data.classes;
}

/**
 * @param {import("./store.js").Store} store
 * @param {() => {send: (message: object) => void}} stream
 */
export function createActions(store, stream) {
  let request = 0;
  /** @type {Experiment[] | null} the experiments the server last accepted, to go back to after a refusal */
  let accepted = null;

  /** What to say on a new connection, and on every change of the experiments. */
  function wish() {
    const { lanes, step, playing, speed, until } = store.get();
    return { type: "open", lanes, step, playing, speed, until, view: viewOf(store.get()), request };
  }

  /**
   * Show these experiments at `step`.
   * @param {Experiment[]} lanes
   * @param {number} step
   * @param {Partial<import("./types.js").State>} [also]
   * @param {number[]} [curves]  where each lane's curve was before, if it is not its own
   */
  function open(lanes, step, also = {}, curves = []) {
    request += 1;
    const histories = lanes.map((_, i) => store.get().histories[i] ?? EMPTY);
    store.set({ lanes, step, furthest: step, histories, error: null, note: null, inviting: false, ...also });
    stream().send(curves.length ? { ...wish(), curves } : wish());
  }

  /**
   * Look at something else.
   * @param {Partial<import("./types.js").State>} changes
   */
  function look(changes) {
    store.set(changes);
    stream().send({ type: "look", view: viewOf(store.get()) });
  }

  /**
   * Change the experiments and begin again, at step 0; a run that plays keeps playing.
   * @param {Edit} edit
   * @param {number} [only]  this lane alone
   */
  function restart(edit, only) {
    const { step } = store.get();
    const lanes = store.get().lanes.map((lane, i) => {
      const clean = settled(step)(lane);
      return only === undefined || only === i ? edit(clean) : clean;
    });
    open(lanes, 0, { until: null });
  }

  /**
   * Change a setting from this step on, as one intervention; at step 0 from the start.
   * @param {keyof import("./types.js").Settings} name
   * @param {number} value
   */
  function changeSetting(name, value) {
    const { lanes, step } = store.get();
    if (step === 0) return open(lanes.map(withTraining({ [name]: value })), 0);
    open(lanes.map((lane) => {
      // A second change at the same step joins the first: what was never used need not be kept.
      const now = lane.interventions.find((i) => i.set && i.step === step);
      const others = lane.interventions.filter((i) => i !== now);
      return withIntervention({ step, set: { ...now?.set, [name]: value } })({ ...lane, interventions: others });
    }), step);
  }

  const actions = {
    wish,
    open,
    restart,
    changeSetting,
    isCurrent: (/** @type {number} */ given) => given === request,
    accept(/** @type {Experiment[]} */ lanes) {
      accepted = lanes;
    },
    /**
     * The server refused: show again what it accepted last, or the usual experiment.
     * @param {import("./refusals.js").Problem} problem  why
     */
    goBack(problem) {
      const { catalog, frame, hand } = store.get();
      store.set({ hand: { ...hand, point: problem.detail.startsWith("view.point") ? null : hand.point, script: false } });
      open(accepted ?? [catalog.defaults], accepted ? frame?.step ?? 0 : 0, { error: refusal(problem) });
    },
    /**
     * Another link: its runs are shown once the server has accepted them, since nobody has checked them yet.
     * @param {Experiment[]} lanes
     * @param {number} step
     */
    follow(lanes, step) {
      if (store.get().connection !== "open") return open(lanes, step, { playing: false, histories: [] });
      request += 1;
      store.set({ furthest: step, error: null, note: null, inviting: false });
      let view = viewOf(store.get());
      try {
        view = viewOf({ ...store.get(), lanes });
      } catch {
        view = { ...view, point: null }; // what these are the server will say
      }
      stream().send({ ...wish(), lanes, step, playing: false, until: null, view });
    },
    /** "From the start instead": the settings in force, without interventions. */
    fromStart: () => restart((e) => e),
    toggle() {
      const { playing, progress } = store.get();
      const stop = playing || progress !== null;
      store.set({ playing: !stop, until: null, inviting: false });
      stream().send({ type: stop ? "pause" : "play" });
    },
    forward(/** @type {number} */ steps) {
      store.set({ playing: false, inviting: false });
      stream().send({ type: "step", steps });
    },
    seek(/** @type {number} */ step) {
      store.set({ inviting: false });
      stream().send({ type: "seek", step });
    },
    /** The start, or the furthest step that has been seen. */
    home: () => actions.seek(0),
    end: () => actions.seek(store.get().furthest),
    back(/** @type {number} */ steps) {
      const step = Math.max(store.get().step - steps, 0);
      store.set({ playing: false, inviting: false });
      stream().send({ type: "pause" });
      stream().send({ type: "seek", step });
    },
    reset() {
      open(store.get().lanes.map(settled(store.get().step)), 0, { until: null });
    },
    setSpeed(/** @type {number | null} */ speed) {
      store.set({ speed });
      stream().send({ type: "speed", steps_per_second: speed });
    },
    /** @param {Edit} edit @param {number} [lane]  Beside this lane one that differs by the edit, both from step 0. */
    compare(edit, lane = 0) {
      const first = settled(store.get().step)(store.get().lanes[lane]);
      open([first, edit(first)], 0, { until: null, histories: [EMPTY, EMPTY] });
    },
    /**
     * From this step on the first lane goes another way, and the second is the run as it was.
     * @param {Omit<import("./types.js").Intervention, "step"> | null} change
     */
    branch(change) {
      const { lanes: [lane], step, histories: [history] } = store.get();
      const other = change ? withIntervention({ step, ...change })(lane) : lane;
      open([other, lane], step, { playing: false, until: null, histories: [history, history] }, [0, 0]);
    },
    /** @param {number} lane  End the comparison, keep the other lane where it is. */
    close(lane) {
      const { lanes, histories, step } = store.get();
      if (lanes.length < 2) return; // the second click of a double click, while both are still drawn
      const other = 1 - lane;
      open([lanes[other]], step, { histories: [histories[other]] }, [other]);
    },
    /** The first visit's invitation: the same network from equal units, both to step 3,000. */
    acceptInvitation(/** @type {Edit} */ edit) {
      const first = store.get().lanes[0];
      open([first, edit(first)], 0, { playing: true, speed: 200, until: 3000 });
    },
    decline: () => store.set({ inviting: false }),
    nudge(/** @type {number} */ lane, /** @type {number} */ step, /** @type {import("./types.js").Nudge} */ nudge) {
      const { lanes, step: now } = store.get();
      open(lanes.map((e, i) => (i === lane ? withIntervention({ step, nudge })(e) : e)), now);
    },
    withdraw(/** @type {number} */ lane, /** @type {number} */ index) {
      const { lanes, step } = store.get();
      open(lanes.map((e, i) => (i === lane ? withoutIntervention(index)(e) : e)), step);
    },
    choosePanel(/** @type {string} */ panel) {
      look({ panel });
    },
    /** @param {number} example  A training point to follow through the network. @param {number} [lane] */
    chooseExample(example, lane = store.get().hand.lane) {
      look({ panel: "by_hand", example, hand: { ...store.get().hand, lane, point: null } });
    },
    /** @param {[number, number, number]} point  x1, x2 and class to follow. @param {number} [lane] */
    choosePoint(point, lane = store.get().hand.lane) {
      look({ panel: "by_hand", error: null, hand: { ...store.get().hand, lane, point } });
    },
    /** Every parameter's gradient against central differences, once. */
    checkGradient() {
      stream().send({ type: "look", view: { ...viewOf(store.get()), check: true } });
    },
    /** @param {[number, number]} corner  The first unit and input that the tables of weights show. */
    chooseCorner: (corner) => look({ corner }),
    /** @param {number} layer @param {[number, number]} pair  What Hidden space shows. */
    chooseSpace: (layer, pair) => look({ space: { layer, pair } }),
    chooseHandLane: (/** @type {number} */ lane) => store.set({ hand: { ...store.get().hand, lane } }),
    askScript: (/** @type {boolean} */ script) => look({ hand: { ...store.get().hand, script } }),
    light: (/** @type {import("./views/hand.js").Spot | null} */ spot) => store.get().spot !== spot && store.set({ spot }),
    /** Pause, if the run plays. */
    rest() {
      if (!store.get().playing || store.get().room?.on) return; // a class's run is not one's own to stop
      store.set({ playing: false, until: null });
      stream().send({ type: "pause" });
    },
    /** @param {number} lane @param {{layer: number, unit: number, input: number | null, to: number}} edit */
    edit(lane, edit) {
      const { lanes, step } = store.get();
      open(lanes.map((e, i) => (i === lane ? withIntervention({ step, edit })(e) : e)), step);
    },
    /** @param {number} lane @param {import("./edits.js").Turn} turn  From this step on the units stand otherwise. */
    turn(lane, turn) {
      const { lanes, step } = store.get();
      open(lanes.map((e, i) => (i === lane ? withIntervention({ step, ...turn })(e) : e)), step);
    },
    /** @param {number} lane @param {number} layer  This network beside the one whose equal units are one. */
    async merge(lane, layer) {
      const { lanes, step } = store.get();
      try {
        const { before, experiment, units: [many, few], largest_change: change } = await post("api/merges", { experiment: lanes[lane], step, layer });
        if (store.get().lanes !== lanes) return; // something else was chosen meanwhile
        const { optimizer, batch_size: batch } = lanes[lane].training;
        const told = t(change === 0 ? "merge.note_exact" : "merge.note", { step: count(step), many, layer, few, change: short(change) });
        const note = optimizer === "gd" && batch === null ? told : `${told} ${t("merge.anew")}`;
        open([before, experiment], 0, { playing: false, until: null, histories: [EMPTY, EMPTY], note });
      } catch (error) {
        store.set({ error: /** @type {Error} */ (error).message });
      }
    },
    showLines(/** @type {boolean} */ lines) {
      store.set({ lines });
      stream().send({ type: "look", view: viewOf(store.get()) });
    },
    chooseLayer: (/** @type {number} */ layer) => store.set({ layer }),
  };
  return actions;
}

/** @typedef {ReturnType<typeof createActions>} Actions */
