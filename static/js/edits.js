// @ts-check
// What the controls do to an experiment: each a pure function from one experiment to the next.

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Catalog} Catalog */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {(experiment: Experiment) => Experiment} Edit */
/** @typedef {Pick<import("./types.js").Intervention, "permute" | "flip">} Turn  what leaves the function as it is */

export const MAX_LAYERS = 12;
export const MAX_UNITS = 64;

/** @type {(changes: Partial<Experiment["data"]>) => Edit} */
export const withData = (changes) => (e) => ({ ...e, data: { ...e.data, ...changes } });

/** @type {(changes: Partial<Experiment["network"]>) => Edit} */
export const withNetwork = (changes) => (e) => ({ ...e, network: { ...e.network, ...changes } });

/** @type {(changes: Partial<Experiment["init"]>) => Edit} */
export const withInit = (changes) => (e) => ({ ...e, init: { ...e.init, ...changes } });

/** @type {(changes: Partial<Experiment["training"]>) => Edit} */
export const withTraining = (changes) => (e) => ({ ...e, training: { ...e.training, ...changes } });

/** @type {(rate: number) => Edit} */
export const withRate = (rate) => withTraining({ learning_rate: rate });

/** @type {(name: string) => Edit} How sums are rounded. */
export const withArithmetic = (arithmetic) => (e) => ({ ...e, arithmetic });

/** @type {(start: Row) => Edit} A start brings its own scale. */
export const withStart = (start) => withInit({ method: start.method, scale: start.scale, parameters: null });

/** @type {(row: Row) => Edit} A data set comes with its own noise. */
export const withDataSet = (row) => (e) => withData({
  name: row.name, noise: null, points: null, classes: row.many_classes ? e.data.classes : 2,
})(e);

/** @param {Experiment} experiment  The activation of each hidden layer. */
export function activationsOf({ network: { activation, hidden } }) {
  return Array.isArray(activation) ? activation : hidden.map(() => activation);
}

/** @param {Experiment} experiment  The start of each layer, the output included; random where it was given by hand. */
export function methodsOf({ init: { method }, network: { hidden } }) {
  const all = Array.isArray(method) ? method : Array.from({ length: hidden.length + 1 }, () => method);
  return all.map((name) => (name === "explicit" ? "normal" : name));
}

/** @type {(layer?: number, name?: string) => Edit} An activation per layer; that of `layer` (from 1) becomes `name`. */
export const withActivationOf = (layer = 0, name = "") => (e) => withNetwork({
  activation: activationsOf(e).map((before, i) => (i + 1 === layer ? name : before)),
})(e);

/** @type {(layer?: number, name?: string) => Edit} A start per layer; one that needs a scale finds one. */
export const withMethodOf = (layer = 0, name = "") => (e) => withInit({
  method: methodsOf(e).map((before, i) => (i + 1 === layer ? name : before)),
  scale: e.init.scale ?? 0.5,
  parameters: null,
})(e);

/** @type {(points: number[][]) => Edit} Own points bring their classes; what does not fit them goes back to its default. */
export const withPoints = (points) => (e) => {
  const classes = 1 + Math.max(...points.map((point) => point[2]));
  const { loss, batch_size } = e.training;
  return withTraining({
    loss: classes > 2 ? "cross_entropy" : loss, batch_size: batch_size !== null && batch_size > points.length / 2 ? null : batch_size,
  })(withData({ points, classes, noise: null })(e));
};

/** @type {(hidden: number[]) => Edit} An activation per layer keeps as many as there are layers. */
export const withHidden = (hidden) => (e) => {
  const { activation } = e.network;
  const { method } = e.init;
  const fitted = Array.isArray(activation) ? resized(activation, hidden.length, "tanh") : activation;
  const methods = Array.isArray(method) ? resized(method, hidden.length + 1, "normal") : method;
  return withInit({ method: methods, parameters: null })(withNetwork({ hidden, activation: fitted })(e));
};

/**
 * @param {string[]} list
 * @param {number} length
 * @param {string} filler
 */
function resized(list, length, filler) {
  return Array.from({ length }, (_, i) => list[i] ?? list[list.length - 1] ?? filler);
}

/** @type {Edit} One more hidden layer, like the last one. */
export const withLayer = (e) => {
  const { hidden } = e.network;
  return hidden.length < MAX_LAYERS ? withHidden([...hidden, hidden[hidden.length - 1] ?? 4])(e) : e;
};

/** @type {Edit} Without the last hidden layer. */
export const withoutLayer = (e) => withHidden(e.network.hidden.slice(0, -1))(e);

/** @type {(layer: number, change: number) => Edit} Units more (or fewer) in hidden layer `layer`, from 1. */
export const withUnits = (layer, change) => (e) => withHidden(
  e.network.hidden.map((n, i) => (i + 1 === layer ? Math.min(Math.max(n + change, 1), MAX_UNITS) : n)),
)(e);

/** @type {(intervention: import("./types.js").Intervention) => Edit} */
export const withIntervention = (intervention) => (e) => ({
  ...e, interventions: [...e.interventions, intervention],
});

/** @type {(index: number) => Edit} */
export const withoutIntervention = (index) => (e) => ({
  ...e, interventions: e.interventions.filter((_, i) => i !== index),
});

/**
 * The interventions in the order in which they act.
 * @param {Experiment} experiment
 */
export function inTime({ interventions }) {
  return [...interventions].sort((a, b) => a.step - b.step);
}

/**
 * The settings set in mid-run that are in force at `step`, the last ones of each.
 * @param {Experiment} experiment
 * @param {number} step
 * @returns {Partial<import("./types.js").Settings>}
 */
export function setUntil(experiment, step) {
  return Object.assign({}, ...inTime(experiment).filter((change) => change.step <= step).map((change) => change.set ?? {}));
}

/** @type {(step: number) => Edit} A clean start: no interventions, and the settings in force at `step`. */
export const settled = (step) => (e) => ({ ...withTraining(setUntil(e, step))(e), interventions: [] });
