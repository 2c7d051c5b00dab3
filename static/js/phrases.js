// @ts-check
// What the server says as keys and values, made into words: the live sentence, and a verdict.

import { count } from "./format.js";
import { filled, term, words } from "./words.js";

/** @typedef {import("./types.js").Phrase} Phrase */

/**
 * A phrase as `say` of app/experiments/texts makes it in English: a value may be a clause with words of its own.
 * @param {"sentences" | "verdicts" | "clauses"} section
 * @param {Phrase} phrase
 * @returns {string}
 */
export function phrase(section, { key, values }) {
  return filled(words()[section][key], Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(value)])));
}

/** @param {Phrase["values"][string]} value */
function shown(value) {
  if (typeof value === "number") return count(value);
  return typeof value === "string" ? term(value) : phrase("clauses", value);
}

/**
 * "Step 1,240: all 4 units equal; the boundary is a line; accuracy 65.5 %", as `sentence` of app/experiments/sentence.py.
 * @param {number} step
 * @param {Phrase[]} said
 */
export function sentence(step, said) {
  const texts = said.map((one) => phrase("sentences", one));
  const whole = texts.filter((text) => text.endsWith("."));
  const parts = texts.filter((text) => !text.endsWith(".")).join("; ");
  const rest = whole.length ? parts.slice(0, 1).toUpperCase() + parts.slice(1) : parts;
  return [phrase("sentences", { key: "step", values: { step } }), ...whole, rest].join(" ").trim();
}
