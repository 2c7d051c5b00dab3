// @ts-check
// Numbers as people read them. A true minus sign, and never a rounded 0 for what is not 0.

import { words } from "./words.js";

const MINUS = "\u2212";

/** @param {number} value  12345 becomes 12,345. */
export function count(value) {
  return value.toLocaleString("en-US").replaceAll(",", words().thousands);
}

/** @param {number} fraction  0.655 becomes 65.5 %, halves rounded up; only 1 is 100.0 %. */
export function percent(fraction) {
  const tenths = Math.floor(fraction * 1000 + 0.5 + 1e-9);
  return `${((fraction === 1 ? tenths : Math.min(tenths, 999)) / 10).toFixed(1)} %`;
}

/** @param {number} value  Four decimals, or a power of ten where that would hide it. */
export function cost(value) {
  return value !== 0 && (value >= 1000 || value < 0.0001) ? value.toExponential(2) : value.toFixed(4);
}

/**
 * About three digits, as short as possible; exactly 0 is "0".
 * @param {number} value
 */
export function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1000 || size < 0.001
    ? size.toExponential(1).replace("e+", "e")
    : size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
  return (value < 0 ? MINUS : "") + text;
}

/** @param {number} value  With its sign, for biases. */
export function signed(value) {
  return (value > 0 ? "+" : "") + short(value);
}

/** @param {number} value  As it was chosen: 0.5, 50, 0.01. */
export function plain(value) {
  return String(value).replace("-", MINUS);
}
