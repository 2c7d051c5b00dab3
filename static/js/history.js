// @ts-check
// The curves of one lane, a row per step: see COLUMNS; NaN where there is nothing to say.

/** @typedef {import("./types.js").Buffer} Buffer */
/** @typedef {{rows: readonly number[][]}} History */

const MOST = 3000;

/** What a row holds; the spread of hidden layer l is at SPREADS + l - 1. */
export const COLUMNS = {
  step: 0, cost: 1, accuracy: 2, batch: 3, validationCost: 4, validationAccuracy: 5, testCost: 6, testAccuracy: 7,
};
export const SPREADS = 8;

/**
 * Where the norms of layer 1 begin, behind the spreads: of dW, then of A, for a network of L layers.
 * @param {number} L
 */
export function normColumns(L) {
  const gradient = SPREADS + L - 1;
  return { gradient, activation: gradient + L };
}

/** @type {History} */
export const EMPTY = Object.freeze({ rows: [] });

/**
 * `history` with the rows of a frame; rows from step `kept` on are of another run and go.
 * @param {History} history
 * @param {Buffer} buffer
 * @param {Buffer} norms  beside it: base-10 logarithms
 * @param {number} kept
 * @returns {History}
 */
export function extended(history, buffer, norms, kept) {
  const [count, width] = /** @type {[number, number]} */ (buffer.shape);
  const known = history.rows.filter((row) => row[0] < kept);
  if (count === 0 && known.length === history.rows.length) return history;
  const beside = norms.shape[1];
  const added = [];
  for (let i = 0; i < count; i++) {
    const row = Array.from(buffer.values.subarray(i * width, (i + 1) * width));
    for (let j = 0; j < beside; j++) row.push(10 ** norms.values[i * beside + j]);
    added.push(row);
  }
  return Object.freeze({ rows: thinned(merged(known, added)) });
}

/**
 * Both lists in order of step, each step once.
 * @param {readonly number[][]} known
 * @param {number[][]} added
 */
function merged(known, added) {
  if (!added.length || !known.length || known[known.length - 1][0] < added[0][0]) {
    return [...known, ...added];
  }
  const byStep = new Map(known.map((row) => [row[0], row]));
  for (const row of added) byStep.set(row[0], row);
  return [...byStep.values()].sort((a, b) => a[0] - b[0]);
}

/**
 * When there are too many to draw, rows evenly over the steps; the values that stay are untouched.
 * @param {number[][]} rows
 */
function thinned(rows) {
  if (rows.length <= MOST) return rows;
  const apart = (rows[rows.length - 1][0] - rows[0][0]) / (MOST / 2);
  let next = -Infinity;
  return rows.filter(([step], i) => {
    if (i < rows.length - 1 && step < next) return false;
    next = step + apart;
    return true;
  });
}

/**
 * One column, and the present value at its end where the rows do not reach it yet.
 * @param {History} history
 * @param {number} index
 * @param {number} step  the present one
 * @param {number} value  of the present step
 */
export function column({ rows }, index, step, value) {
  const values = rows.map((row) => row[index]);
  if (!rows.length || rows[rows.length - 1][0] < step) values.push(value);
  return values;
}
