// @ts-check
// Equations with their numbers filled in: matrices whose texts change while their elements stay.

import { h } from "../dom.js";
import { short } from "../format.js";
import { t } from "../words.js";

/** @typedef {import("./hand.js").Hand} Hand */
/** @typedef {import("./hand.js").Spot} Spot */
/** @typedef {(hand: Hand) => number[][]} Values */
/**
 * A matrix of an equation. `rows` and `columns` say of which layer's units they are, null of none; where both
 * are of some, each entry belongs to a weight, and where `biases` is set each row to a bias.
 * @typedef {{shape: number[], values: Values, rows: number | null, columns: number | null, caption?: string, biases?: boolean}} Term
 */
/** @typedef {{part: string, layer: number, formula: (Node | string)[], parts: (Term | string | ((hand: Hand) => string))[]}} Equation */

const SHOWN = 6;

/**
 * What a weight is called, or its unit's bias without an input.
 * @param {number} layer
 * @param {number} unit
 * @param {number | null} input
 */
export function weightName(layer, unit, input) {
  return `${layer}.${unit}.${input ?? "b"}`;
}

/** @param {string} name  Of one left out, that of what stands for it. */
function standIn(name) {
  return name.split(".").map((part, i) => (i && part !== "b" ? Math.min(Number(part), SHOWN) : part)).join(".");
}

/** @param {string} name @param {number} l  W with its layer: W[1]. */
export function sup(name, l) {
  return h("i", {}, name, h("sup", {}, `[${l}]`));
}

/** @param {string} name @param {number} l  Its transpose. */
export function transposed(name, l) {
  return h("span", {}, before(name, l), h("sup", {}, "T"));
}

/** @param {string} name @param {number} l  A[0] is X. */
export function before(name, l) {
  return name === "A" && l === 0 ? h("i", {}, "X") : sup(name, l);
}

/** @param {number[][]} values */
export function turned(values) {
  return values[0].map((_, i) => values.map((row) => row[i]));
}

/** @param {number[]} values  As a matrix of one column. */
export function column(values) {
  return values.map((value) => [value]);
}

/**
 * What is drawn of some equations, and how it follows the numbers and the light.
 */
export function sheet() {
  /** @type {{values: Values, cells: Text[][], texts: string[][]}[]} */
  let matrices = [];
  /** @type {{text: (hand: Hand) => string, node: Text}[]} */
  let words = [];
  /** @type {Map<string, HTMLElement[]>} the rows and columns of each unit, by "layer.unit" */
  let places = new Map();
  /** @type {HTMLElement[]} */
  let lit = [];

  /** Forget all that was made. */
  function clear() {
    [matrices, words, lit, places] = [[], [], [], new Map()];
  }

  /**
   * @param {number | null} layer
   * @param {number} unit
   * @param {HTMLElement} element
   */
  function placed(layer, unit, element) {
    if (layer === null) return element;
    const key = `${layer}.${unit}`;
    places.set(key, [...places.get(key) ?? [], element]);
    return element;
  }

  /**
   * @template {HTMLElement} E
   * @param {string | null} weight
   * @param {E} element
   */
  function named(weight, element) {
    if (weight !== null) places.set(weight, [...places.get(weight) ?? [], element]);
    return element;
  }

  /** @param {Term} term */
  function matrix({ shape: [n, k], values, rows, columns, caption, biases = false }) {
    // Of W the rows are the units of its layer; turned, its columns are.
    const weight = (/** @type {number} */ row, /** @type {number} */ at) => {
      if (biases && rows !== null) return weightName(rows, row, null);
      if (rows === null || columns === null) return null;
      return rows > columns ? weightName(rows, row, at) : weightName(columns, at, row);
    };
    const [high, wide] = [Math.min(n, SHOWN), Math.min(k, SHOWN)];
    const cells = Array.from({ length: high }, () => Array.from({ length: wide }, () => document.createTextNode("")));
    const lines = cells.map((row, u) => {
      const line = h("tr", {}, ...row.map((text, i) => {
        const cell = h("td", {});
        cell.append(text);
        const name = weight(u, i);
        if (name !== null) cell.dataset.weight = name;
        return named(name, placed(columns, i, cell));
      }), ...(k > wide ? [named(weight(u, SHOWN), placed(columns, SHOWN, h("td", { className: "rest" }, "…")))] : []));
      if (rows !== null) [line.dataset.rows, line.dataset.row] = [String(rows), String(u)];
      return placed(rows, u, line);
    });
    if (n > high) {
      const dots = Array.from({ length: k > wide ? wide + 1 : wide }, (_, i) => named(weight(SHOWN, i), h("td", { className: "rest" }, "⋮")));
      lines.push(placed(rows, SHOWN, h("tr", {}, ...dots)));
    }
    matrices.push({ values, cells, texts: cells.map((row) => row.map(() => "")) });
    return h("span", { className: "term" },
      ...(caption ? [h("small", { className: "caption" }, caption)] : []),
      h("table", { className: "matrix", role: "presentation" }, h("tbody", {}, ...lines)),
      h("small", { className: "shape" }, `(${n}, ${k})`));
  }

  /** @param {Equation} equation */
  function equation({ part, layer, formula, parts }) {
    return h("div", {
      className: "equation", tabIndex: 0, role: "group", "aria-label": layer ? t("hand.part", { part, layer }) : part, "data-part": part, "data-layer": String(layer),
    },
    h("p", { className: "symbols" }, ...formula),
    h("div", { className: "filled" }, ...parts.map((piece) => {
      if (typeof piece === "string") return h("span", { className: "sign" }, piece);
      if (typeof piece !== "function") return matrix(piece);
      const node = document.createTextNode("");
      words.push({ text: piece, node });
      const said = h("span", { className: "said" });
      said.append(node);
      return said;
    })));
  }

  /** @param {Hand} hand */
  function fill(hand) {
    for (const { values, cells, texts } of matrices) {
      const now = values(hand);
      cells.forEach((row, u) => row.forEach((cell, i) => {
        const text = short(now[u][i]);
        if (texts[u][i] === text) return;
        texts[u][i] = text;
        cell.data = text;
      }));
    }
    for (const { text, node } of words) {
      const now = text(hand);
      if (node.data !== now) node.data = now;
    }
  }

  /**
   * Mark what belongs to the unit that is pointed at, and the one number of it; of one left out, what stands for it.
   * @param {Spot | null} spot
   */
  function light(spot) {
    for (const element of lit) element.classList.remove("lit", "own");
    const unit = (spot && spot.unit !== null && places.get(`${spot.layer}.${Math.min(spot.unit, SHOWN)}`)) || [];
    const own = (spot?.weight && places.get(standIn(spot.weight))) || [];
    lit = [...unit, ...own];
    for (const element of lit) element.classList.add("lit");
    for (const element of own) element.classList.add("own");
  }

  return { clear, equation, fill, light };
}
