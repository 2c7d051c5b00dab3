// @ts-check
// How each lane's nudges grow, as the server predicts it: asked for once per experiment, given up when it changes.

import { post } from "./post.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Escape} Escape */

const SETTLED_MS = 150;

/**
 * Why there is no prediction, in words; null where there is one; undefined without a nudge.
 * @param {Experiment} experiment
 * @param {import("./types.js").Catalog} catalog
 */
export function unpredictable({ interventions, network, training }, catalog) {
  if (!network.hidden.length || !interventions.some((change) => change.nudge)) return undefined;
  const optimizer = catalog.optimizers.find((row) => row.name === training.optimizer);
  return optimizer?.linear ? null : t("escape.optimizer", { optimizer: optimizer?.title ?? training.optimizer });
}

/** @param {import("./store.js").Store} store */
export function escapesView(store) {
  /** @type {{experiment: Experiment | null, key: string, stop: AbortController | null}[]} */
  const asked = [0, 1].map(() => ({ experiment: null, key: "", stop: null }));

  /**
   * @param {number} index
   * @param {Escape | null} escape
   */
  function keep(index, escape) {
    const escapes = [...store.get().escapes];
    escapes[index] = escape;
    store.set({ escapes });
  }

  /**
   * @param {number} index
   * @param {Experiment} experiment
   * @param {AbortController} stop
   */
  async function ask(index, experiment, stop) {
    await new Promise((done) => setTimeout(done, SETTLED_MS)); // the server completes what was chosen
    if (stop.signal.aborted) return;
    try {
      keep(index, { ...await post("api/escapes", { experiment }, stop.signal), problem: "" });
    } catch (error) {
      if (stop.signal.aborted) return;
      const problem = t("escape.problem", { why: /** @type {Error} */ (error).message });
      keep(index, { step: [], predicted: {}, doubling_steps: [], stored: [], valid_until: null, problem });
    }
  }

  return (/** @type {import("./types.js").State} */ { lanes, catalog, escapes }) => {
    asked.forEach((before, index) => {
      const experiment = lanes[index] ?? null;
      if (experiment === before.experiment) return;
      before.experiment = experiment;
      const why = experiment ? unpredictable(experiment, catalog) : undefined;
      const key = experiment && why === null ? JSON.stringify(experiment) : why ?? "";
      if (key === before.key) return;
      before.key = key;
      before.stop?.abort();
      before.stop = null;
      if (experiment && why === null) {
        before.stop = new AbortController();
        ask(index, experiment, before.stop);
      }
      if (escapes[index]) keep(index, null);
    });
  };
}
