// @ts-check
// The runs this browser has shown, newest first, kept in its local storage.

import { activationName, laneNames, shapeName } from "./names.js";
import { toHash } from "./url.js";
import { t, term } from "./words.js";

const KEY = "planar-playground-past";
const MOST = 40;

/** @typedef {{hash: string, name: string, step: number, accuracy: number[], cost: number[], when: number}} Entry */

/** @returns {Entry[]} */
export function readPast() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((entry) => typeof entry?.hash === "string" && Array.isArray(entry.accuracy)) : [];
  } catch {
    return []; // a browser that keeps nothing, or something else under this name
  }
}

/** @param {Entry[]} entries */
export function writePast(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries.slice(0, MOST)));
  } catch {
    // it is not remembered; nothing else depends on it
  }
}

/**
 * The state as an entry; its hash says everything that it takes to be there again.
 * @param {import("./types.js").State} state
 * @returns {Entry | null}
 */
export function entryOf({ lanes, step, frame, catalog }) {
  if (!frame || frame.lanes.length !== lanes.length) return null;
  const [first] = lanes;
  const name = `${laneNames(lanes, catalog).join(" | ")}, ${first.data.points ? t("past.own") : term(first.data.name)}, ${shapeName(first)} ${activationName(first, catalog)}`;
  return {
    hash: toHash(lanes, step, catalog), name, step,
    accuracy: frame.lanes.map((lane) => lane.accuracy), cost: frame.lanes.map((lane) => lane.cost), when: Date.now(),
  };
}

/**
 * `entries` with `entry` in front, in the place of the same runs at another step.
 * @param {Entry[]} entries
 * @param {Entry} entry
 */
export function withEntry(entries, entry) {
  const runs = (/** @type {Entry} */ { hash }) => hash.split("@")[0];
  return [entry, ...entries.filter((other) => runs(other) !== runs(entry))];
}
