// @ts-check
// A sweep: what can vary, the values as they are typed, the question to the server, and its lines as they come.

import { plain } from "./format.js";
import { ask, reached } from "./post.js";
import { refusal } from "./refusals.js";
import { t } from "./words.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Catalog} Catalog */

/**
 * @typedef {object} Field
 * @property {[string, string]} path
 * @property {string} title  the key of its words
 * @property {string} [few]  values to begin with, beside another axis; left out, all names it chooses from
 * @property {string} [many]  alone
 * @property {(catalog: Catalog) => import("./types.js").Row[]} [rows]  the names it chooses from
 */

/** What is offered to vary. @type {Field[]} */
export const FIELDS = [
  { path: ["init", "seed"], title: "sweep.weights", few: "0:5", many: "0:24" },
  { path: ["data", "seed"], title: "sweep.points", few: "0:5", many: "0:24" },
  { path: ["init", "scale"], title: "sweep.scale", few: "0.01, 0.1, 0.5, 1, 5, 50", many: "0.0001, 0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 50" },
  { path: ["init", "method"], title: "sweep.method", rows: (catalog) => catalog.initializers },
  { path: ["network", "hidden"], title: "sweep.hidden", few: "[1], [2], [3], [4], [5], [10]", many: "[1], [2], [3], [4], [5], [10], [20], [3, 3], [5, 5], [10, 10]" },
  { path: ["network", "activation"], title: "sweep.activation", rows: (catalog) => catalog.activations },
  { path: ["training", "learning_rate"], title: "sweep.rate", few: "0.01, 0.1, 0.5, 1.2, 3, 10", many: "0.001, 0.01, 0.05, 0.1, 0.3, 0.6, 1.2, 2, 3, 5, 7, 10" },
  { path: ["training", "optimizer"], title: "sweep.optimizer", rows: (catalog) => catalog.optimizers },
  { path: ["training", "batch_size"], title: "sweep.batch", few: "1, 8, 32, 128, null" },
  { path: ["training", "l2"], title: "sweep.l2", few: "0, 0.01, 0.1, 0.3, 1, 3" },
  { path: ["data", "noise"], title: "sweep.noise", few: "0, 0.1, 0.2, 0.3, 0.5, 1" },
  { path: ["data", "samples"], title: "sweep.samples", few: "20, 50, 100, 200, 400, 800" },
];

/**
 * The values to begin with.
 * @param {Field} field
 * @param {boolean} alone  without another axis
 * @param {Catalog} catalog
 */
export function suggestion({ few, many, rows }, alone, catalog) {
  return (alone ? many : null) ?? few ?? rows?.(catalog).map(({ name }) => name).join(", ") ?? "";
}

const MOST_COUNTED = 10_000;

/**
 * Values as people type them: "0:24" counts, "0.1, 1, 10" and "zeros, normal" are lists, "[3, 3]" is one value.
 * What is neither goes to the server as it is, which says what the rule is.
 * @param {string} text
 * @returns {unknown[]}
 */
export function valuesOf(text) {
  const counted = /^\s*(-?\d{1,10})\s*:\s*(-?\d{1,10})\s*$/.exec(text);
  if (counted) {
    const [from, to] = [Number(counted[1]), Number(counted[2])];
    return Array.from({ length: Math.min(Math.max(to - from + 1, 0), MOST_COUNTED + 1) }, (_, i) => from + i);
  }
  // Commas outside of brackets.
  return text.split(/,(?![^[]*\])/).map((part) => part.trim()).filter((part) => part !== "").map(valueOf);
}

/** @param {string} text */
function valueOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A value as it stands beside a row or under a picture.
 * @param {Field} field
 * @param {unknown} value
 * @param {Catalog} catalog
 */
export function valueName(field, value, catalog) {
  const row = field.rows?.(catalog).find(({ name }) => name === value);
  if (row) return row.title;
  if (value === null) return t("sweep.whole");
  if (Array.isArray(value)) return value.length ? value.join("–") : "0";
  return typeof value === "number" ? plain(value) : String(value);
}

/**
 * @param {Experiment} experiment
 * @param {Field[]} fields
 * @param {unknown[]} values
 * @returns {Experiment} with these values
 */
export function withValues(experiment, fields, values) {
  /** @type {any} */
  const changed = { ...experiment };
  fields.forEach(({ path: [part, name] }, i) => {
    changed[part] = { ...changed[part], [name]: values[i] };
  });
  return changed;
}

/**
 * @typedef {object} Run  a line of the answer
 * @property {"run"} type
 * @property {number} run
 * @property {number[]} at  which value of each axis
 * @property {"completed" | "converged" | "diverged" | "refused"} status
 * @property {number} steps
 * @property {number} cost
 * @property {number} accuracy
 * @property {number[]} distinct
 * @property {{step: number}} [diverged]
 * @property {{bdata: string}} [boundary]
 * @property {{field: string, rule: string, value: unknown}[]} [errors]
 */

/** @typedef {{type: "progress", runs: number, of: number, run_steps: number}} Progress */

/**
 * Asks for a sweep and tells of every line.
 * @param {{experiment: Experiment, axes: {field: string, values: unknown[]}[], steps: number}} question
 * @param {AbortSignal} signal
 * @param {(line: Run | Progress) => void} tell
 */
export async function sweep(question, signal, tell) {
  const { body } = await ask("api/sweeps", { ...question, include: ["boundary"] }, signal);
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reached(reader.read());
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const told = JSON.parse(line);
      if (told.problem) throw new Error(refusal(told.problem));
      if (told.type === "run" || told.type === "progress") tell(told);
    }
  }
}
