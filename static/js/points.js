// @ts-check
// Editing a list of points: each function makes a new list, so that undo keeps the old ones.

import { t } from "./words.js";

/** @typedef {[number, number, number]} Point  x1, x2, label */
/** @typedef {{x1: [number, number], x2: [number, number]}} Window */

export const MOST_POINTS = 10_000;

/**
 * One more point, rounded to what the eye can tell apart in `window`.
 * @param {readonly Point[]} points
 * @param {number} x1
 * @param {number} x2
 * @param {number} label
 * @param {Window} window
 * @returns {readonly Point[]}
 */
export function withPoint(points, x1, x2, label, window) {
  if (points.length >= MOST_POINTS) return points;
  const digits = Math.max(0, 3 - Math.floor(Math.log10(window.x1[1] - window.x1[0])));
  return [...points, [Number(x1.toFixed(digits)), Number(x2.toFixed(digits)), label]];
}

/**
 * Without those within `radius` (a share of the window) of a place.
 * @param {readonly Point[]} points
 * @param {number} x1
 * @param {number} x2
 * @param {Window} window
 * @param {number} radius
 */
export function withoutNear(points, x1, x2, window, radius) {
  const width = window.x1[1] - window.x1[0];
  const height = window.x2[1] - window.x2[0];
  const kept = points.filter(([a, b]) => Math.hypot((a - x1) / width, (b - x2) / height) > radius);
  return kept.length === points.length ? points : kept;
}

/**
 * What is still missing before one can train on them, or "".
 * @param {readonly Point[]} points
 */
export function lacking(points) {
  const labels = [...new Set(points.map(([, , label]) => label))].sort();
  if (labels.length < 2) return t("points.two");
  const gap = labels.findIndex((label, i) => label !== i);
  return gap >= 0 ? t("points.gap", { there: labels[gap], gap }) : "";
}

/** @param {readonly Point[]} points */
export function asCsv(points) {
  return ["x1,x2,label", ...points.map((point) => point.join(","))].join("\n");
}
