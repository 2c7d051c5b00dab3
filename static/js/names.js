// @ts-check
// What a run is called: by its start alone, by what differs when there are two.

import { count, plain } from "./format.js";
import { t, term } from "./words.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Catalog} Catalog */

/**
 * "identical 0.5", "small random 0.01", "zero".
 * @param {Experiment} experiment
 * @param {Catalog} catalog
 */
export function startName({ init }, catalog) {
  if (Array.isArray(init.method)) return t("name.by_layer");
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
  if (!hidden.length) return t("name.no_hidden");
  return hidden.length === 1 ? t("name.units", { n: hidden[0] }) : t("name.layers", { sizes: hidden.join(", ") });
}

/**
 * "unchanged", "2 nudges", "changed at step 400", "3 changes".
 * @param {import("./types.js").Intervention[]} interventions
 */
function changes(interventions) {
  if (!interventions.length) return t("name.unchanged");
  const nudges = interventions.filter(({ nudge }) => nudge).length;
  if (!nudges && interventions.length === 1) return t("name.changed", { step: count(interventions[0].step) });
  if (nudges < interventions.length) return t("name.changes", { n: interventions.length });
  return nudges === 1 ? t("name.nudged", { by: plain(interventions[0].nudge?.by ?? 0) }) : t("name.nudges", { n: nudges });
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
    (e) => term(e.data.name),
    (e) => catalog.optimizers.find((row) => row.name === e.training.optimizer)?.title ?? e.training.optimizer,
    (e) => t("word.rate", { value: plain(e.training.learning_rate) }),
    (e) => `L2 ${plain(e.training.l2)}`,
    (e) => (e.training.batch_size === null ? t("name.full_batch") : t("name.batches", { n: e.training.batch_size })),
    (e) => term(e.training.loss.replace("_", " ")),
    (e) => (e.data.standardize ? t("name.normalized") : t("name.raw")),
    (e) => (e.network.features.length ? t("name.with", { features: e.network.features.join(", ") }) : t("name.alone")),
    (e) => t("name.sums", { kind: term(e.arithmetic) }),
    (e) => (e.data.noise === null ? t("name.own_noise") : t("name.noise", { value: plain(e.data.noise) })),
    (e) => t("name.samples", { n: e.data.samples }),
    (e) => t("name.bias", { value: plain(e.init.bias) }),
    (e) => t("name.leak", { value: plain(e.network.leak) }),
    (e) => t("name.weights_seed", { seed: e.init.seed }),
    (e) => t("name.points_seed", { seed: e.data.seed }),
    (e) => changes(e.interventions),
  ];
  if (lanes.length === 1) return [startName(lanes[0], catalog)];
  const differing = aspects.filter((say) => say(lanes[0]) !== say(lanes[1])).slice(0, 2);
  if (!differing.length) differing.push((e) => startName(e, catalog));
  return lanes.map((lane) => differing.map((say) => say(lane)).join(", "));
}
