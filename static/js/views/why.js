// @ts-check
// Why is nothing moving? The gradient's equations with this step's sizes, zeros marked where they enter and propagate.

import { h, say } from "../dom.js";
import { short } from "../format.js";
import { laneNames } from "../names.js";
import { phrase } from "../phrases.js";
import { t } from "../words.js";

/** @typedef {{name: string, layer: number, size: number, mark: string}} Factor */
/** @typedef {import("../types.js").Phrase} Phrase */
/** @typedef {{result: string, layer: number, size: number, mark: string, factors: Factor[]}} Equation */
/**
 * @typedef {{equations: Equation[], steps: (number | null)[], output: string, loss: string, l2: number, m: number,
 *   verdict: string, values: Phrase["values"], notes: Phrase[]}} Why
 */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 */
export function whyView(root, catalog) {
  /** @type {unknown} */
  let drawn = null;
  let built = "";
  /** @type {((why: Why) => void)[]} */
  let shows = [];
  return (/** @type {import("../types.js").State} */ { frame, lanes, panel }) => {
    if (panel !== "why" || !frame || frame === drawn) return;
    const found = frame.lanes.map((lane) => (lane.panel?.name === "why" ? /** @type {Why} */ (lane.panel) : null));
    if (found.includes(null)) return;
    drawn = frame;
    const names = lanes.length === frame.lanes.length && lanes.length > 1 ? laneNames(lanes, catalog) : [];
    const key = JSON.stringify([names, found.map((why) => why && [why.loss, why.output, why.l2 > 0, why.equations.map(({ result, layer }) => [result, layer])])]);
    if (key !== built) {
      built = key;
      const parts = found.map((why, i) => laneCards(/** @type {Why} */ (why), i, names[i] ?? ""));
      shows = parts.map(({ show }) => show);
      root.replaceChildren(...parts.map((part) => part.root));
    }
    found.forEach((why, i) => why && shows[i](why));
  };
}

/**
 * @param {Why} why
 * @param {number} index
 * @param {string} name
 */
function laneCards(why, index, name) {
  const L = Math.max(...why.equations.map(({ layer }) => layer));
  const words = h("p", { className: "words" });
  const notes = h("p", { className: "note" });
  const verdict = h("div", { className: "verdict" },
    ...(name ? [h("p", { className: "lane-name" }, h("span", { className: `marker lane${index + 1}` }), name)] : []), words, notes);
  const cards = why.equations.map((equation) => card(equation, L, why));
  return {
    root: h("div", { className: "lane-cards" }, verdict, h("div", { className: "equations" }, ...cards.map((one) => one.root))),
    /** @param {Why} now */
    show(now) {
      verdict.dataset.verdict = now.verdict;
      say(words, phrase("verdicts", { key: now.verdict, values: now.values }));
      say(notes, now.notes.map((note) => phrase("clauses", note)).join(" "));
      now.equations.forEach((equation, i) => cards[i].show(equation, now));
    },
  };
}

/**
 * @param {Equation} equation
 * @param {number} L  the output layer
 * @param {Why} why
 */
function card(equation, L, why) {
  const { result, layer, factors } = equation;
  const numbers = factors.map(() => h("span", {}));
  const value = h("span", {});
  const words = h("p", { className: "note" });
  const root = h("div", { className: "card" },
    h("p", { className: "equation" }, symbol(result, layer), " = ", ...rightSide(equation, L, why)),
    h("p", {}, ...factors.flatMap((factor, i) => [...(i ? ["  "] : []), h("small", {}, symbol(factor.name, factor.layer)), " ", numbers[i]])),
    h("p", {}, h("b", {}, symbol(result, layer)), " ", value),
    words);
  return {
    root,
    /** @param {Equation} now @param {Why} all */
    show(now, all) {
      now.factors.forEach(({ size, mark }, i) => number(numbers[i], size, mark));
      number(value, now.size, now.mark);
      say(words, note(now, L, all.steps[layer - 1]));
    },
  };
}

/**
 * @param {Equation} equation
 * @param {number} L
 * @param {Why} why
 * @returns {(Node | string)[]}
 */
function rightSide({ result, layer }, L, { output, loss, l2 }) {
  if (result === "A") {
    const g = layer < L ? "g" : output === "softmax" ? "softmax" : "σ";
    return [`${g}(`, symbol("W", layer), symbol("A", layer - 1), " + ", symbol("b", layer), ")"];
  }
  if (result === "dZ") {
    if (layer < L) return [symbol("W", layer + 1), h("sup", {}, "T"), symbol("dZ", layer + 1), " ∗ ", symbol("g'", layer)];
    return loss === "squared_error"
      ? ["2 (", symbol("A", L), " − Y) ∗ ", symbol("A", L), " ∗ (1 − ", symbol("A", L), ")"]
      : [symbol("A", L), " − Y"];
  }
  if (result === "db") return ["1/m Σ ", symbol("dZ", layer)];
  return ["1/m ", symbol("dZ", layer), symbol("A", layer - 1), h("sup", {}, "T"), ...(l2 > 0 ? [" + λ/m ", symbol("W", layer)] : [])];
}

/**
 * W[2] as the course writes it; A[0] is X.
 * @param {string} name
 * @param {number} layer
 */
function symbol(name, layer) {
  if (name === "A" && layer === 0) return h("i", {}, "X");
  return h("i", {}, name === "g'" ? "g′" : name, ...(name.includes(" ") && !name.startsWith("λ") ? [] : [h("sup", {}, `[${layer}]`)]));
}

/**
 * @param {HTMLElement} element
 * @param {number} size
 * @param {string} mark
 */
function number(element, size, mark) {
  say(element, short(size) + (mark === "flat" ? ` ${t("why.mostly_flat")}` : ""));
  if (element.className === mark) return;
  element.className = mark;
  element.title = mark && t(`why.${mark}`);
}

/**
 * What the zeros do here, in words.
 * @param {Equation} equation
 * @param {number} L
 * @param {number | null} step  of W beside W
 */
function note({ result, layer, size, factors }, L, step) {
  if (size !== 0) {
    if (result === "dZ" && layer === L) return t("why.error");
    return result === "dW" && step !== null ? t("why.step", { share: short(step) }) : "";
  }
  const zero = factors.find((factor) => factor.size === 0);
  if (result === "A") return t("why.answers_zero");
  if (result === "db" && !zero) return t("why.classes_cancel");
  if (!zero) return t("why.cancels");
  return t("why.nothing", { what: zero.name === "A" && zero.layer === 0 ? "X" : `${zero.name}[${zero.layer}]` });
}
