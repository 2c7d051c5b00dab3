// @ts-check
// What a run is called: by its start alone, by what differs when there are two.

import { plain } from "./format.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Catalog} Catalog */

/**
 * "identical 0.5", "small random 0.01", "zero".
 * @param {Experiment} experiment
 * @param {Catalog} catalog
 */
export function startName({ init }, catalog) {
  if (Array.isArray(init.method)) return "start by layer";
  const start = catalog.starts.find((row) => row.method === init.method
    && (row.scale === init.scale || row.method === "constant"));
  const title = start?.title ?? catalog.initializers.find((row) => row.name === init.method)?.title ?? init.method;
  return init.scale === null ? title : `${title} ${plain(init.scale)}`;
}

/**
 * @param {Experiment} experiment
 * @param {Catalog} catalog
 */
export function activationName({ network }, catalog) {
  if (Array.isArray(network.activation)) return network.activation.join(", ");
  return catalog.activations.find((row) => row.name === network.activation)?.title ?? network.activation;
}

/**
 * How many numbers or units every layer has, from the inputs to the output.
 * @param {Experiment} experiment
 */
export function sizesOf({ data, network }) {
  return [2 + network.features.length, ...network.hidden, data.classes === 2 ? 1 : data.classes];
}

/** @param {Experiment} experiment */
export function shapeName({ network }) {
  const { hidden } = network;
  if (!hidden.length) return "no hidden layer";
  return hidden.length === 1 ? `${hidden[0]} unit${hidden[0] === 1 ? "" : "s"}` : `layers ${hidden.join(", ")}`;
}

/**
 * "unchanged", "2 nudges", "3 changes".
 * @param {import("./types.js").Intervention[]} interventions
 */
function changes(interventions) {
  if (!interventions.length) return "unchanged";
  const nudges = interventions.filter(({ nudge }) => nudge).length;
  if (nudges < interventions.length) return `${interventions.length} change${interventions.length === 1 ? "" : "s"}`;
  return nudges === 1 ? `nudged by ${plain(interventions[0].nudge?.by ?? 0)}` : `${nudges} nudges`;
}

/**
 * One name per lane: the first two things in which they differ, or the start of a single run.
 * @param {Experiment[]} lanes
 * @param {Catalog} catalog
 */
export function laneNames(lanes, catalog) {
  /** @type {((e: Experiment) => string)[]} */
  const aspects = [
    (e) => startName(e, catalog),
    (e) => activationName(e, catalog),
    shapeName,
    (e) => e.data.name,
    (e) => catalog.optimizers.find((row) => row.name === e.training.optimizer)?.title ?? e.training.optimizer,
    (e) => `rate ${plain(e.training.learning_rate)}`,
    (e) => `L2 ${plain(e.training.l2)}`,
    (e) => (e.training.batch_size === null ? "full batch" : `batches of ${e.training.batch_size}`),
    (e) => e.training.loss.replace("_", " "),
    (e) => (e.data.standardize ? "normalized" : "raw inputs"),
    (e) => (e.network.features.length ? `with ${e.network.features.join(", ")}` : "x1, x2 alone"),
    (e) => `${e.arithmetic} sums`,
    (e) => (e.data.noise === null ? "own noise" : `noise ${plain(e.data.noise)}`),
    (e) => `${e.data.samples} samples`,
    (e) => `bias ${plain(e.init.bias)}`,
    (e) => `leak ${plain(e.network.leak)}`,
    (e) => `weights seed ${e.init.seed}`,
    (e) => `points seed ${e.data.seed}`,
    (e) => changes(e.interventions),
  ];
  if (lanes.length === 1) return [startName(lanes[0], catalog)];
  const differing = aspects.filter((say) => say(lanes[0]) !== say(lanes[1])).slice(0, 2);
  if (!differing.length) differing.push((e) => startName(e, catalog));
  return lanes.map((lane) => differing.map((say) => say(lane)).join(", "));
}
