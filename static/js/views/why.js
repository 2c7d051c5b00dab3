// @ts-check
// Why is nothing moving? The gradient's equations with this step's sizes, zeros marked where they enter and propagate.

import { h } from "../dom.js";
import { short } from "../format.js";
import { laneNames } from "../names.js";

/** @typedef {{name: string, layer: number, size: number}} Factor */
/** @typedef {{result: string, layer: number, size: number, factors: Factor[]}} Equation */

/** @type {Record<string, string>} */
const VERDICTS = {
  moving: "It moves: the gradients are not zero.",
  all_zero: "All weights are 0, so each layer waits for the other: A is 0, hence no gradient for the weights that follow it; the weights are 0, hence nothing flows back.",
  dead: "A whole layer of ReLU units is dead: their slope g′ is 0 at every point, and nothing passes it on the way back.",
  vanished: "The signal has vanished on the way forward: a layer gives every point the same answer.",
  saturated: "Most units are saturated: their slope g′ is flat. The gradient may be large all the same; what is small is the step beside the weight.",
  at_rest: "It has come to rest: the errors that are left cancel in every gradient.",
};

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 */
export function whyView(root, catalog) {
  /** @type {unknown} */
  let drawn = null;
  return (/** @type {import("../types.js").State} */ { frame, lanes, panel }) => {
    if (panel !== "why" || !frame || frame === drawn) return;
    drawn = frame;
    const names = lanes.length === frame.lanes.length && lanes.length > 1 ? laneNames(lanes, catalog) : [];
    root.replaceChildren(...frame.lanes.flatMap((lane, i) => (
      lane.panel?.name === "why" ? [laneCards(lane.panel, i, names[i] ?? "")] : []
    )));
  };
}

/**
 * @param {{equations: Equation[], verdict: string}} why
 * @param {number} index
 * @param {string} name
 */
function laneCards({ equations, verdict }, index, name) {
  const L = Math.max(...equations.map(({ layer }) => layer));
  return h("div", { className: "lane-cards" },
    h("div", { className: "verdict" },
      ...(name ? [h("p", { className: "lane-name" }, h("span", { className: `marker lane${index + 1}` }), name)] : []),
      h("p", {}, VERDICTS[verdict] ?? "")),
    ...equations.map((equation) => card(equation, L)));
}

/**
 * @param {Equation} equation
 * @param {number} L  the output layer
 */
function card(equation, L) {
  const { result, layer, factors } = equation;
  return h("div", { className: "card" },
    h("p", { className: "equation" }, symbol(result, layer), " = ", ...rightSide(equation, L)),
    h("p", {}, ...factors.flatMap((factor, i) => [
      ...(i ? ["  "] : []), h("small", {}, symbol(factor.name, factor.layer)), " ", number(factor.size),
    ])),
    h("p", {}, h("b", {}, symbol(result, layer)), " ", number(equation.size)),
    h("p", { className: "note" }, note(equation, L)));
}

/**
 * @param {Equation} equation
 * @param {number} L
 * @returns {(Node | string)[]}
 */
function rightSide({ result, layer }, L) {
  if (result === "A") {
    const g = layer === L ? "output" : "g";
    return [`${g}(`, symbol("W", layer), symbol("A", layer - 1), " + ", symbol("b", layer), ")"];
  }
  if (result === "dZ") {
    return layer === L
      ? [symbol("A", L), " − Y"]
      : [symbol("W", layer + 1), h("sup", {}, "T"), symbol("dZ", layer + 1), " ∗ ", symbol("g′", layer)];
  }
  return result === "dW"
    ? ["1/m ", symbol("dZ", layer), symbol("A", layer - 1), h("sup", {}, "T")]
    : ["1/m Σ ", symbol("dZ", layer)];
}

/**
 * W[2] as the course writes it; A[0] is X.
 * @param {string} name
 * @param {number} layer
 */
function symbol(name, layer) {
  if (name === "A" && layer === 0) return h("i", {}, "X");
  return h("i", {}, name === "g'" ? "g′" : name, h("sup", {}, `[${layer}]`));
}

/** @param {number} size */
function number(size) {
  return h("span", { className: size === 0 ? "zero" : "" }, short(size));
}

/**
 * What the zeros do here, in words.
 * @param {Equation} equation
 * @param {number} L
 */
function note({ result, layer, size, factors }, L) {
  if (size !== 0) return result === "dZ" && layer === L ? "the error is there" : "";
  const zero = factors.find((factor) => factor.size === 0);
  if (result === "A") return "every unit answers 0 to every point";
  if (result === "db" && !zero) return "the errors of the classes cancel";
  if (!zero) return "it cancels over the points";
  return `nothing here: ${zero.name === "A" && zero.layer === 0 ? "X" : `${zero.name}[${zero.layer}]`} is 0`;
}
