// @ts-check
// By hand: one example forward and backward, every equation with its numbers and shapes; the same as NumPy to copy.

import { h } from "../dom.js";
import { short } from "../format.js";

/** @typedef {{shape: number[], W: number[][], b: number[], Z: number[], A: number[], dZ: number[], dW: number[][], mean_dW: number[][], mean_db: number[]}} HandLayer */
/** @typedef {{example: number, m: number, x: number[], y: number[], point: number[], loss: string, activations: string[], layers: HandLayer[]}} Hand */

const MOST = 6;

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function byHandView(root, catalog, actions) {
  /** @type {unknown} */
  let drawn = null;
  return (/** @type {import("../types.js").State} */ { frame, panel }) => {
    if (panel !== "by_hand" || !frame || frame === drawn) return;
    const hand = /** @type {Hand | undefined} */ (frame.lanes[0].panel?.name === "by_hand" ? frame.lanes[0].panel : undefined);
    if (!hand) return;
    drawn = frame;
    const L = hand.layers.length;
    const go = (/** @type {number} */ by) => () => actions.chooseExample((hand.example + by + hand.m) % hand.m);
    root.replaceChildren(
      h("div", { className: "card" },
        h("p", {}, h("b", {}, `example (${hand.example + 1}) of ${hand.m}`)),
        h("p", {}, `x = ${column(hand.x)}`, shape(hand.x.length, 1)),
        h("p", {}, `y = ${hand.y.length > 1 ? column(hand.y) : hand.y[0]}`),
        h("p", {}, h("button", { className: "small", onclick: go(-1) }, "◂"), " ", h("button", { className: "small", onclick: go(1) }, "▸"), " ",
          h("button", { className: "small", onclick: (/** @type {Event} */ event) => copy(event, hand) }, "copy as NumPy"))),
      ...hand.layers.map((layer, i) => forward(layer, i + 1, i === L - 1)),
      ...hand.layers.map((layer, i) => backward(layer, i + 1, L, hand)).reverse(),
    );
  };
}

/**
 * @param {HandLayer} layer
 * @param {number} l
 * @param {boolean} last
 */
function forward(layer, l, last) {
  return h("div", { className: "card" },
    h("p", { className: "equation" }, sup("Z", l), " = ", sup("W", l), sup(l === 1 ? "X" : "A", l - 1), " + ", sup("b", l)),
    h("p", {}, column(layer.Z), shape(layer.Z.length, 1)),
    h("p", { className: "equation" }, sup("A", l), " = ", last ? "σ" : "g", "(", sup("Z", l), ")"),
    h("p", {}, column(layer.A)));
}

/**
 * @param {HandLayer} layer
 * @param {number} l
 * @param {number} L
 * @param {Hand} hand
 */
function backward(layer, l, L, hand) {
  const rule = l === L
    ? hand.loss === "cross_entropy" ? [sup("A", l), " − y"] : ["2(", sup("A", l), " − y)", sup("A", l), "(1 − ", sup("A", l), ")"]
    : [sup("W", l + 1), h("sup", {}, "T"), sup("dZ", l + 1), " ∗ g′(", sup("Z", l), ")"];
  return h("div", { className: "card" },
    h("p", { className: "equation" }, sup("dZ", l), " = ", ...rule),
    h("p", {}, column(layer.dZ), shape(layer.dZ.length, 1)),
    h("p", { className: "equation" }, sup("dW", l), " = ", sup("dZ", l), sup(l === 1 ? "X" : "A", l - 1), h("sup", {}, "T")),
    h("p", {}, `its first row: ${column(layer.dW[0])}`, shape(layer.shape[0], layer.shape[1])),
    h("p", { className: "note" }, `the mean of all ${hand.m}: ${column(layer.mean_dW[0])}; db ${column(layer.mean_db)}`));
}

/** @param {string} name @param {number} l */
function sup(name, l) {
  return name === "X" ? h("i", {}, "X") : h("i", {}, name, h("sup", {}, `[${l}]`));
}

/** @param {number[]} values */
function column(values) {
  return `(${values.slice(0, MOST).map(short).join(", ")}${values.length > MOST ? ", …" : ""})`;
}

/** @param {number} rows @param {number} columns */
function shape(rows, columns) {
  return h("small", { className: "note" }, ` (${rows}, ${columns})`);
}

const G = {
  sigmoid: ["(1 + np.tanh(Z / 2)) / 2", "A * (1 - A)"],
  tanh: ["np.tanh(Z)", "1 - A ** 2"],
  relu: ["np.maximum(Z, 0)", "(Z >= 0) * 1.0"],
  leaky_relu: ["np.maximum(0.01 * Z, Z)", "np.where(Z >= 0, 1.0, 0.01)"],
  linear: ["Z", "np.ones_like(Z)"],
};

/**
 * A script that prints the same numbers.
 * @param {Hand} hand
 */
export function asNumpy(hand) {
  const L = hand.layers.length;
  const lines = ["import numpy as np", "", `X = np.array(${JSON.stringify(hand.x.map((v) => [v]))})`, `Y = np.array(${JSON.stringify(hand.y.map((v) => [v]))})`];
  hand.layers.forEach((layer, i) => {
    lines.push(`W${i + 1} = np.array(${JSON.stringify(layer.W)})`, `b${i + 1} = np.array(${JSON.stringify(layer.b.map((v) => [v]))})`);
  });
  lines.push("", "A0 = X");
  for (let l = 1; l <= L; l++) {
    const g = l < L ? G[/** @type {keyof typeof G} */ (hand.activations[l - 1])][0]
      : hand.y.length > 1 ? "np.exp(Z - Z.max()) / np.exp(Z - Z.max()).sum()" : G.sigmoid[0];
    lines.push(`Z${l} = W${l} @ A${l - 1} + b${l}`, `A${l} = ${g.replaceAll("Z", `Z${l}`)}`, `print("Z${l}", Z${l}.ravel(), "A${l}", A${l}.ravel())`);
  }
  const out = hand.loss === "cross_entropy" ? `A${L} - Y` : `2 * (A${L} - Y) * A${L} * (1 - A${L})`;
  for (let l = L; l >= 1; l--) {
    const slope = l < L ? G[/** @type {keyof typeof G} */ (hand.activations[l - 1])][1].replaceAll("Z", `Z${l}`).replaceAll("A", `A${l}`) : "";
    lines.push(`dZ${l} = ${l === L ? out : `W${l + 1}.T @ dZ${l + 1} * (${slope})`}`, `print("dZ${l}", dZ${l}.ravel(), "dW${l}", (dZ${l} @ A${l - 1}.T).tolist())`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * @param {Event} event
 * @param {Hand} hand
 */
async function copy(event, hand) {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  try {
    await navigator.clipboard.writeText(asNumpy(hand));
    button.textContent = "copied";
  } catch {
    button.textContent = "the browser does not let me copy";
  }
}
