// @ts-check
// A hidden space in motion: painted on a canvas, which takes a tenth of the time that a chart does.

import { CLASS_SYMBOLS, classColour } from "../colour.js";
import { look } from "./figure.js";

/** Each symbol of CLASS_SYMBOLS but the circle, as a polygon within the unit circle. */
/** @type {Record<string, [number, number][]>} */
const SHAPES = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  "triangle-up": [[0, -1.15], [1.05, 0.6], [-1.05, 0.6]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  cross: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
  star: Array.from({ length: 10 }, (_, i) => {
    const [angle, reach] = [(i * Math.PI) / 5, i % 2 ? 0.6 : 1.4];
    return [Math.sin(angle) * reach, -Math.cos(angle) * reach];
  }),
};
const RADIUS = 2.5;

/**
 * @typedef {object} Drawing
 * @property {import("../types.js").Buffer} points  (2, k)
 * @property {number[]} labels  of the points
 * @property {import("../types.js").Buffer} grid  (2, lines, along)
 * @property {[number, number][] | null} line
 * @property {[number, number][]} ranges  of both axes
 */

/**
 * Paints onto all of `canvas`, `width` by `height` pixels of the page.
 * @param {HTMLCanvasElement} canvas
 * @param {Drawing} drawing
 * @param {{width: number, height: number}} size
 * @param {import("../colour.js").Theme} theme
 */
export function paintSpace(canvas, { points, labels, grid, line, ranges }, { width, height }, theme) {
  const sharp = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { ink, muted, panel } = look(theme);
  const [[left, right], [bottom, top]] = ranges;
  const x = (/** @type {number} */ value) => ((value - left) / (right - left)) * width;
  const y = (/** @type {number} */ value) => ((top - value) / (top - bottom)) * height;
  context.scale(sharp, sharp);

  const [, lines, along] = grid.shape;
  context.beginPath();
  for (let i = 0; i < lines * along; i++) {
    const [px, py] = [x(grid.values[i]), y(grid.values[lines * along + i])];
    if (i % along) context.lineTo(px, py);
    else context.moveTo(px, py);
  }
  stroke(context, muted, 0.5, 0.75);

  const [, k] = points.shape;
  for (const label of new Set(labels)) {
    const shape = SHAPES[CLASS_SYMBOLS[label]];
    context.beginPath();
    for (let i = 0; i < k; i++) {
      if (labels[i] !== label) continue;
      const [px, py] = [x(points.values[i]), y(points.values[k + i])];
      if (shape) shape.forEach(([dx, dy], corner) => context[corner ? "lineTo" : "moveTo"](px + dx * RADIUS, py + dy * RADIUS));
      else context.moveTo(px + RADIUS, py);
      if (!shape) context.arc(px, py, RADIUS, 0, 2 * Math.PI);
      context.closePath();
    }
    context.fillStyle = classColour(label, theme);
    context.fill();
    stroke(context, panel, 0.6, 1);
  }
  if (!line) return;
  context.beginPath();
  for (const [px, py] of line) context.lineTo(x(px), y(py));
  stroke(context, ink, 2, 1);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 * @param {number} width
 * @param {number} opacity
 */
function stroke(context, colour, width, opacity) {
  context.globalAlpha = opacity;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.globalAlpha = 1;
}
