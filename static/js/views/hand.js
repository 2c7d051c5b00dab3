// @ts-check
// What By hand shows, as it comes from the server, and as equations: forward, backward, update.

import { plain, short } from "../format.js";
import { t } from "../words.js";
import { before, column, sup, transposed, turned } from "./equations.js";

/**
 * A layer. Matrices and columns are the first rows and columns of what `shape` says.
 * @typedef {object} HandLayer
 * @property {number[]} shape  of W
 * @property {number[][]} W
 * @property {number[]} b
 * @property {number[]} Z
 * @property {number[]} A
 * @property {number[] | null} slope  g′(Z) of a hidden layer
 * @property {number[]} dZ
 * @property {number[][]} dW
 * @property {number[]} db
 * @property {number[][]} mean_dW
 * @property {number[]} mean_db
 * @property {number[][] | null} next_W
 * @property {number[] | null} next_b
 * @property {number[][]} [change_W]
 * @property {number[]} [change_b]
 */

/**
 * @typedef {object} Hand
 * @property {number | null} example  a training point, null of a typed one
 * @property {number} m
 * @property {number[]} x
 * @property {number} label
 * @property {number[]} made  x with its features
 * @property {number[] | null} mean
 * @property {number[] | null} deviation
 * @property {number[]} X
 * @property {number[]} Y
 * @property {string} output
 * @property {string} loss_name
 * @property {string[]} activations
 * @property {number[]} rest  1 − A of the output
 * @property {number} loss
 * @property {{m: number, whole: boolean, holds: boolean | null, loss: number, penalty: number, cost: number}} batch
 * @property {number} l2
 * @property {number} rate
 * @property {string} optimizer
 * @property {number} parameters
 * @property {number} most_parameters
 * @property {string | null} script
 * @property {HandLayer[]} layers
 */

/**
 * What is pointed at: an equation of a layer, or one of its units; `weight` is the one number of it, by its name.
 * @typedef {{lane: number, part: string, layer: number, unit: number | null, weight?: string}} Spot
 */

/** @typedef {import("./equations.js").Equation} Equation */
/** @typedef {import("./equations.js").Term} Term */

const FUNCTIONS = { sigmoid: "σ", softmax: "softmax", tanh: "tanh", relu: "ReLU", leaky_relu: "leaky ReLU", linear: "linear" };

/** @param {Hand} hand @param {number} l  The name of layer l's g. */
export function functionName(hand, l) {
  const name = l < hand.layers.length ? hand.activations[l - 1] : hand.output;
  return FUNCTIONS[/** @type {keyof typeof FUNCTIONS} */ (name)] ?? name;
}

/** @param {Hand} hand  "the 400 training points", "this step's batch of 32". */
export function batchName({ batch, m }) {
  return batch.whole ? t("hand.all", { m }) : t("hand.batch", { m: batch.m });
}

/** @param {Hand} hand  Of the point's own class. */
export function chance({ layers, output, label, rest }) {
  const { A } = layers[layers.length - 1];
  if (output === "softmax") return A[label];
  return label === 1 ? A[0] : rest[0];
}

/** @param {number} l @param {number} n @param {(layer: import("./hand.js").HandLayer) => number[]} values @param {string} [caption] @returns {Term} */
function units(l, n, values, caption) {
  return { shape: [n, 1], values: ({ layers }) => column(values(layers[l - 1])), rows: l, columns: null, caption };
}

/** @type {typeof units} Of the biases of layer l. */
const biases = (...given) => ({ ...units(...given), biases: true });

/** @param {number} l @param {number[]} shape @param {(layer: import("./hand.js").HandLayer) => number[][]} values @param {string} [caption] @returns {Term} */
function weights(l, shape, values, caption) {
  return { shape, values: ({ layers }) => values(layers[l - 1]), rows: l, columns: l - 1, caption };
}

/** @param {Hand} hand @param {number} l  A[l-1], X for the first layer. @returns {Term} */
function input(hand, l) {
  const n = hand.layers[l - 1].shape[1];
  return { shape: [n, 1], values: ({ X, layers }) => column(l === 1 ? X : layers[l - 2].A), rows: l - 1, columns: null };
}

/** @param {Hand} hand @param {number} l @returns {Term} */
function inputTurned(hand, l) {
  const n = hand.layers[l - 1].shape[1];
  return { shape: [1, n], values: ({ X, layers }) => [l === 1 ? X : layers[l - 2].A], rows: null, columns: l - 1 };
}

/** @param {Hand} hand @param {string[]} names  of the inputs @returns {Equation[]} */
export function example(hand, names) {
  const n = hand.layers[0].shape[1];
  /** @type {(values: (hand: Hand) => number[]) => Term} */
  const inputs = (values) => ({ shape: [n, 1], values: (now) => column(values(now)), rows: 0, columns: null });
  const listed = names.join(", ");
  const X = hand.mean
    ? { formula: [sup("A", 0), " = ", before("A", 0), ` = ((${listed}) − μ) / σ`], parts: ["(", inputs(({ made }) => made), "−", inputs(({ mean }) => mean ?? []), ") /", inputs(({ deviation }) => deviation ?? []), "=", inputs(({ X }) => X)] }
    : { formula: [sup("A", 0), " = ", before("A", 0), ` = (${listed})`], parts: [inputs(({ X }) => X)] };
  const k = hand.layers[hand.layers.length - 1].shape[0];
  return [
    { part: "X", layer: 0, ...X },
    { part: "Y", layer: hand.layers.length, formula: ["Y"], parts: [{ shape: [k, 1], values: ({ Y }) => column(Y), rows: hand.layers.length, columns: null }] },
  ];
}

/** @param {Hand} hand @param {number} l @returns {Equation[]} */
export function forward(hand, l) {
  const { shape } = hand.layers[l - 1];
  const g = functionName(hand, l);
  return [
    {
      part: "Z", layer: l, formula: [sup("Z", l), " = ", sup("W", l), " ", before("A", l - 1), " + ", sup("b", l)],
      parts: [weights(l, shape, ({ W }) => W), input(hand, l), "+", biases(l, shape[0], ({ b }) => b), "=", units(l, shape[0], ({ Z }) => Z)],
    },
    {
      part: "A", layer: l, formula: [sup("A", l), ` = ${g}(`, sup("Z", l), ")"],
      parts: [g, units(l, shape[0], ({ Z }) => Z), "=", units(l, shape[0], ({ A }) => A)],
    },
  ];
}

/** @param {Hand} hand @returns {Equation[]} */
export function loss(hand) {
  const L = hand.layers.length;
  const number = (/** @type {number} */ value) => (value < 0 ? `(${short(value)})` : short(value));
  const a = (/** @type {Hand} */ { layers }) => layers[L - 1].A[0];
  // Where a chance rounds to 0 its logarithm has no digits left; the loss itself is computed from z.
  const ln = (/** @type {number} */ value) => (value === 0 ? `ln 0 (${t("hand.from_z")})` : `ln ${short(value)}`);
  const rules = {
    softmax: { formula: ["ℒ = − ln a", subscript("y")], said: (/** @type {Hand} */ now) => `= − ${ln(chance(now))}` },
    squared_error: { formula: ["ℒ = (a − y)²"], said: (/** @type {Hand} */ now) => `= (${short(a(now))} − ${now.label})²` },
    cross_entropy: {
      formula: ["ℒ = − y ln a − (1 − y) ln(1 − a)"],
      said: (/** @type {Hand} */ now) => (now.label === 1 ? `= − 1 · ${ln(a(now))} − 0` : `= − 0 − 1 · ${ln(now.rest[0])}`),
    },
  };
  const rule = hand.output === "softmax" ? rules.softmax : rules[/** @type {"cross_entropy" | "squared_error"} */ (hand.loss_name)];
  return [
    { part: "loss", layer: L, formula: rule.formula, parts: [rule.said, (now) => `= ${number(now.loss)}`] },
    {
      part: "cost", layer: L,
      formula: [`J = ${t("hand.mean_loss")}${hand.l2 ? " + λ/(2m) ∑ W²" : ""}`],
      parts: [(now) => (now.l2 ? `= ${short(now.batch.loss)} + ${short(now.batch.penalty)} = ${short(now.batch.cost)}` : `= ${short(now.batch.cost)}`), (now) => t("hand.over_points", { points: batchName(now) })],
    },
  ];
}

/** @param {string} text */
function subscript(text) {
  const sub = document.createElement("sub");
  sub.textContent = text;
  return sub;
}

/** @param {Hand} hand @param {number} l @returns {Equation[]} */
export function backward(hand, l) {
  const { shape } = hand.layers[l - 1];
  const n = shape[0];
  const dZ = units(l, n, (layer) => layer.dZ);
  const mean = hand.batch.whole ? t("hand.mean", { m: hand.m }) : t("hand.batch_of", { m: hand.batch.m });
  const pull = hand.l2 ? " + λ/m W" : "";
  return [
    { part: "dZ", layer: l, ...(l === hand.layers.length ? outputError(hand, l, n) : hiddenError(hand, l, n)) },
    {
      part: "dW", layer: l, formula: [sup("dW", l), " = ", sup("dZ", l), " ", transposed("A", l - 1)],
      parts: [dZ, inputTurned(hand, l), "=", weights(l, shape, ({ dW }) => dW, t("hand.this")), weights(l, shape, ({ mean_dW }) => mean_dW, mean + pull)],
    },
    {
      part: "db", layer: l, formula: [sup("db", l), " = ", sup("dZ", l)],
      parts: [biases(l, n, ({ db }) => db, t("hand.this")), biases(l, n, ({ mean_db }) => mean_db, mean)],
    },
  ];
}

/** @param {Hand} hand @param {number} l @param {number} n */
function outputError(hand, l, n) {
  /** @type {Term} */
  const Y = { shape: [n, 1], values: (now) => column(now.Y), rows: l, columns: null };
  /** @type {Term} */
  const rest = { shape: [n, 1], values: (now) => column(now.rest), rows: l, columns: null };
  const A = units(l, n, (layer) => layer.A);
  const dZ = units(l, n, (layer) => layer.dZ);
  if (hand.loss_name !== "squared_error") return { formula: [sup("dZ", l), " = ", sup("A", l), " − Y"], parts: [A, "−", Y, "=", dZ] };
  return {
    formula: [sup("dZ", l), " = 2 (", sup("A", l), " − Y) ∗ ", sup("A", l), " ∗ (1 − ", sup("A", l), ")"],
    parts: ["2 (", A, "−", Y, ") ∗", units(l, n, (layer) => layer.A), "∗", rest, "=", dZ],
  };
}

/** @param {Hand} hand @param {number} l @param {number} n */
function hiddenError(hand, l, n) {
  const next = hand.layers[l].shape[0];
  /** @type {Term} */
  const W = { shape: [n, next], values: ({ layers }) => turned(layers[l].W), rows: l, columns: l + 1 };
  return {
    formula: [sup("dZ", l), " = ", transposed("W", l + 1), " ", sup("dZ", l + 1), " ∗ g′(", sup("Z", l), ")"],
    parts: [W, units(l + 1, next, (layer) => layer.dZ), "∗", units(l, n, ({ slope }) => slope ?? []), "=", units(l, n, (layer) => layer.dZ)],
  };
}

/** @param {Hand} hand @param {number} l @param {string} optimizer  its title @returns {Equation[]} */
export function update(hand, l, optimizer) {
  const { shape, next_W } = hand.layers[l - 1];
  const n = shape[0];
  if (!next_W) return [];
  const plainStep = hand.optimizer === "gd";
  const times = (/** @type {Hand} */ { rate }) => `− ${plain(rate)}`;
  const rule = (/** @type {string} */ name) => (plainStep
    ? [sup(name, l), " := ", sup(name, l), " − α ", sup(`d${name}`, l)]
    : [sup(name, l), " := ", sup(name, l), " + Δ", sup(name, l), ` (${optimizer})`]);
  return [
    {
      part: "update", layer: l, formula: rule("W"),
      parts: [
        weights(l, shape, ({ W }) => W), plainStep ? times : "+",
        weights(l, shape, (layer) => (plainStep ? layer.mean_dW : layer.change_W ?? [])), "=",
        weights(l, shape, (layer) => layer.next_W ?? []),
      ],
    },
    {
      part: "bias", layer: l, formula: rule("b"),
      parts: [
        biases(l, n, ({ b }) => b), plainStep ? times : "+",
        biases(l, n, (layer) => (plainStep ? layer.mean_db : layer.change_b ?? [])), "=",
        biases(l, n, (layer) => layer.next_b ?? []),
      ],
    },
  ];
}
