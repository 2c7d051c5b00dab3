// @ts-check
// The experiment that a sweep varies: the one on the page. Only what no run could have steps aside, and is named.

import { plain } from "./format.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Catalog} Catalog */
/** @typedef {{field: import("./sweep.js").Field, values: unknown[]}} Axis */

/** The scale of a start that takes the place of one without. */
const SCALE = 0.5;

/**
 * What is asked of the server, and what is to be said about it. A list with a name per layer and weights given by hand
 * stay, unless an axis has values that they do not fit.
 * @param {Experiment} experiment
 * @param {Axis[]} axes
 * @param {Catalog} catalog
 * @returns {{base: Experiment, notes: string[]}}
 */
export function sweptBase(experiment, axes, catalog) {
  const valuesOf = (/** @type {string} */ part, /** @type {string} */ name) =>
    axes.find(({ field: { path } }) => path[0] === part && path[1] === name)?.values;
  const titled = (/** @type {import("./types.js").Row[]} */ rows, /** @type {string[]} */ names) =>
    names.map((name) => rows.find((row) => row.name === name)?.title ?? t("sweep.explicit")).join(", ");
  const sized = valuesOf("network", "hidden");
  const starts = valuesOf("init", "method");
  /** @type {string[]} */
  const notes = [];
  let { activation } = experiment.network;
  let { method, scale, parameters } = experiment.init;

  if (sized && Array.isArray(activation) && !valuesOf("network", "activation") && !fit(activation.length, sized)) {
    const names = activation;
    activation = names[0] ?? "tanh";
    if (names.some((name) => name !== activation)) {
      notes.push(t("sweep.note_activation", { names: titled(catalog.activations, names), name: titled(catalog.activations, [activation]) }));
    }
  }
  if (starts) { // the axis says where to start
    parameters = null;
    method = "normal";
  } else if (sized) {
    const before = method;
    const same = (/** @type {unknown} */ hidden) => JSON.stringify(hidden) === JSON.stringify(experiment.network.hidden);
    if (parameters && !sized.every(same)) {
      parameters = null;
      method = Array.isArray(method) ? method.map(drawn) : drawn(method);
    }
    if (Array.isArray(method) && !fit(method.length - 1, sized)) method = method[0] ?? "normal";
    const [was, is] = [before, method].map((names) => titled(catalog.initializers, [names].flat()));
    if (was !== is && !(Array.isArray(before) && before.every((name) => name === method))) {
      notes.push(t("sweep.note_method", { names: was, name: is }));
    }
  }
  const used = starts ?? [method].flat();
  const scaled = catalog.initializers.filter(({ name, uses_scale: uses }) => uses && used.includes(name));
  const scales = valuesOf("init", "scale");
  if (scaled.length && scale === null && !scales) {
    scale = SCALE;
    notes.push(t("sweep.note_scale", { scale: plain(scale) }));
  }
  const without = used.filter((name) => !scaled.some((row) => row.name === name));
  if (scales && !scaled.length) notes.push(t("sweep.note_nothing", { title: t("sweep.scale") }));
  else if (scales && starts && without.length) {
    notes.push(t("sweep.note_no_scale", { names: titled(catalog.initializers, without.map(String)) }));
  }
  if (valuesOf("init", "seed") && used.every((name) => name === "explicit")) notes.push(t("sweep.note_nothing", { title: t("sweep.weights") }));
  for (const { field: { path: [part], title } } of axes) {
    if (part === "data" && experiment.data.points) notes.push(t("sweep.note_nothing", { title: t(title) }));
  }
  const { network, init } = experiment;
  return { base: { ...experiment, network: { ...network, activation }, init: { ...init, method, scale, parameters } }, notes };
}

/**
 * @param {number} layers
 * @param {unknown[]} sized  values of the hidden units
 */
function fit(layers, sized) {
  return sized.every((hidden) => Array.isArray(hidden) && hidden.length === layers);
}

/** A start for any network. @param {string} method */
function drawn(method) {
  return method === "explicit" ? "normal" : method;
}
