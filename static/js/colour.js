// @ts-check
// From bytes on one absolute scale (0 to 254, 127 in the middle) to pictures.

/** @typedef {"light" | "dark"} Theme */

/** @type {Record<Theme, {negative: number[], middle: number[], positive: number[]}>} */
const ENDS = {
  light: { negative: [47, 111, 179], middle: [247, 247, 244], positive: [224, 123, 26] },
  dark: { negative: [66, 133, 204], middle: [24, 26, 30], positive: [234, 139, 45] },
};

export const KINDS = ["#009e73", "#c96aa5", "#b99400", "#8b6b4e"];
export const OTHER_KIND = "#7b818c";

/**
 * Its letter: a, b, c ...
 * @param {number} kind
 * @returns {string}
 */
export function letter(kind) {
  return kind < 26 ? String.fromCharCode(97 + kind) : `${letter(Math.floor(kind / 26) - 1)}${letter(kind % 26)}`;
}

/** @param {number} kind */
export function kindColour(kind) {
  return KINDS[kind] ?? OTHER_KIND;
}

/**
 * 255 colours from class 0 to class 1; `strength` 1 ends in the full colour, less leaves the points readable.
 * @param {Theme} theme
 * @param {number} strength
 * @returns {Uint32Array} RGBA as the canvas stores it
 */
function makePalette(theme, strength) {
  const { negative, middle, positive } = ENDS[theme];
  const colours = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const t = Math.min(i, 254) / 127 - 1;
    const end = t < 0 ? negative : positive;
    const [r, g, b] = middle.map((m, k) => Math.round(m + (end[k] - m) * Math.abs(t) * strength));
    colours[i] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return colours;
}

const palettes = {
  light: { map: makePalette("light", 1), field: makePalette("light", 0.62) },
  dark: { map: makePalette("dark", 1), field: makePalette("dark", 0.6) },
};

/**
 * A colour scale for Plotly, the same as the pictures'.
 * @param {Theme} theme
 */
export function scale(theme) {
  const { negative, middle, positive } = ENDS[theme];
  return [[0, rgb(negative)], [0.5, rgb(middle)], [1, rgb(positive)]];
}

/** @param {number[]} colour */
function rgb(colour) {
  return `rgb(${colour.join(",")})`;
}

/**
 * Paints `values` (rows from the bottom up, as x2 grows) onto `canvas`.
 * @param {HTMLCanvasElement} canvas
 * @param {import("./types.js").Numbers} values
 * @param {number} width
 * @param {number} height
 * @param {Theme} theme
 * @param {"map" | "field"} kind
 */
export function paint(canvas, values, width, height, theme, kind) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = palettes[theme][kind];
  for (let row = 0; row < height; row++) {
    const from = (height - 1 - row) * width;
    for (let x = 0; x < width; x++) pixels[row * width + x] = colours[values[from + x]];
  }
  context.putImageData(image, 0, 0);
}

/** Classes 2 to 5, where there are more than two; 0 and 1 are those of the scale. */
const MORE_CLASSES = [[58, 148, 92], [176, 74, 152], [140, 112, 30], [96, 104, 122]];
export const CLASS_SYMBOLS = ["circle", "square", "triangle-up", "diamond", "cross", "star"];

/**
 * @param {number} label
 * @param {Theme} theme
 */
function classEnd(label, theme) {
  return label === 0 ? ENDS[theme].negative : label === 1 ? ENDS[theme].positive : MORE_CLASSES[label - 2];
}

/**
 * The colour of a class's points.
 * @param {number} label
 * @param {Theme} theme
 */
export function classColour(label, theme) {
  return rgb(classEnd(label, theme));
}

/**
 * Paints the most probable class of every cell, the paler the less probable it is.
 * @param {HTMLCanvasElement} canvas
 * @param {import("./types.js").Numbers} winners
 * @param {import("./types.js").Numbers} probabilities  0 to 254
 * @param {number} side
 * @param {number} classes
 * @param {Theme} theme
 */
export function paintClasses(canvas, winners, probabilities, side, classes, theme) {
  canvas.width = canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(side, side);
  const ends = Array.from({ length: classes }, (_, label) => classEnd(label, theme));
  const { middle } = ENDS[theme];
  for (let row = 0; row < side; row++) {
    for (let x = 0; x < side; x++) {
      const from = (side - 1 - row) * side + x;
      const sure = (probabilities[from] / 254 - 1 / classes) / (1 - 1 / classes);
      for (let k = 0; k < 3; k++) {
        image.data[4 * (row * side + x) + k] = middle[k] + (ends[winners[from]][k] - middle[k]) * 0.62 * Math.max(sure, 0);
      }
      image.data[4 * (row * side + x) + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/**
 * A custom property of the page, so that charts follow the theme.
 * @param {string} name
 */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
