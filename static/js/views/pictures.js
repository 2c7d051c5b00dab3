// @ts-check
// The pictures that can be taken from the page as it stands, and how they are saved.

import { token } from "../colour.js";
import { byId, h } from "../dom.js";
import { laneNames } from "../names.js";
import { t } from "../words.js";
import { drawing } from "./drawing.js";

const SHARPNESS = 2;

/** @typedef {{name: string, root: Element, background: string}} Picture */

/**
 * The boundary and network of every lane, the curves, and the open tab.
 * @param {import("../types.js").State} state
 * @returns {Picture[]}
 */
export function pictures({ lanes, catalog, panel }) {
  const names = laneNames(lanes, catalog);
  const of = (/** @type {string} */ what, /** @type {number} */ i) => (lanes.length > 1 ? `${what}, ${names[i]}` : what);
  const each = (/** @type {string} */ selector, /** @type {string} */ what) => (
    [...document.querySelectorAll(selector)].map((root, i) => ({ name: of(what, i), root, background: token("--page") }))
  );
  const tab = catalog.panels.find(({ name }) => name === panel)?.title ?? panel;
  return [
    ...each(".output", t("pictures.boundary")),
    { name: t("pictures.curves"), root: byId("curves"), background: token("--page") },
    ...each(".picture .inner", t("pictures.network")),
    ...each(".symmetry", t("pictures.symmetry")),
    { name: t("pictures.tab", { tab }), root: byId(panel), background: token("--panel") },
  ].filter(({ root }) => root.checkVisibility());
}

/** @param {Picture} picture  As the text of an SVG file. */
export async function asSvg({ name, root, background }) {
  const made = await drawing(root, `${name}, ${document.title}`, background);
  return new XMLSerializer().serializeToString(made);
}

/** @param {string} text  Of an SVG file, as a PNG of twice its size. */
export async function asPng(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = h("img", { src: address });
    await image.decode();
    const canvas = h("canvas", { width: image.naturalWidth * SHARPNESS, height: image.naturalHeight * SHARPNESS });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    /** @type {Blob | null} */
    const blob = await new Promise((made) => { canvas.toBlob(made, "image/png"); });
    if (!blob) throw new Error("the picture is too large for this browser");
    return blob;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/**
 * @param {Blob} content
 * @param {string} name  of the file
 */
export function save(content, name) {
  const address = URL.createObjectURL(content);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * "planar-playground-boundary-small-random-0.01-step-800".
 * @param {string} name
 * @param {number} step
 */
export function fileName(name, step) {
  const words = `planar-playground ${name} step ${step}`.toLowerCase().replaceAll("\u2212", "-").normalize("NFD").replace(/\p{M}/gu, "");
  return words.replace(/[^a-z0-9.-]+/g, "-");
}
