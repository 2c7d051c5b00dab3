// @ts-check
// The address is the run: #<experiment>[~<experiment>][@<step>], each experiment what differs from the defaults,
// as JSON in base64url.

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Catalog} Catalog */

/**
 * @param {Experiment[]} lanes
 * @param {number} step
 * @param {Catalog} catalog
 */
export function toHash(lanes, step, catalog) {
  const runs = lanes.map((lane) => encode(whatDiffers(lane, catalog)));
  return `#${runs.join("~")}${step ? `@${step}` : ""}`;
}

/**
 * What of an experiment differs from the defaults.
 * @param {Experiment} lane
 * @param {Catalog} catalog
 * @returns {Record<string, any>}
 */
export function whatDiffers(lane, catalog) {
  return difference(shortened(lane, catalog), catalog.defaults) ?? {};
}

/**
 * The runs an address holds, or null for an address without any. Throws where it cannot be read.
 * @param {string} hash
 * @param {Catalog} catalog
 * @returns {{lanes: Experiment[], step: number} | null}
 */
export function fromHash(hash, catalog) {
  const [runs, at] = hash.replace(/^#/, "").split("@");
  if (!runs) return null;
  const step = Number(at ?? 0);
  const lanes = runs.split("~").slice(0, 2).map((run) => /** @type {Experiment} */ (
    completed(decode(run), catalog.defaults)
  ));
  return { lanes, step: Number.isSafeInteger(step) && step > 0 ? step : 0 };
}

/**
 * Without what follows from the rest: the data set's own noise, a scale that nothing uses.
 * @param {Experiment} lane
 * @param {Catalog} catalog
 */
function shortened(lane, catalog) {
  const own = catalog.datasets.find((row) => row.name === lane.data.name)?.noise;
  return {
    ...lane,
    data: { ...lane.data, noise: lane.data.noise === own ? null : lane.data.noise },
    init: { ...lane.init, scale: lane.init.scale ?? catalog.defaults.init.scale },
  };
}

/**
 * @param {any} value
 * @param {any} usual
 * @returns {any} undefined where they are equal
 */
function difference(value, usual) {
  if (!isObject(value) || !isObject(usual)) {
    return JSON.stringify(value) === JSON.stringify(usual) ? undefined : value;
  }
  const changed = Object.entries(value)
    .map(([name, given]) => [name, difference(given, usual[name])])
    .filter(([, given]) => given !== undefined);
  return changed.length ? Object.fromEntries(changed) : undefined;
}

/**
 * @param {any} value
 * @param {any} defaults
 * @returns {any}
 */
function completed(value, defaults) {
  if (!isObject(value)) throw new Error("it holds no experiment");
  const filled = { ...defaults, ...value };
  for (const [name, usual] of Object.entries(defaults)) {
    if (isObject(usual) && name in value) filled[name] = completed(value[name], usual);
  }
  return filled;
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {object} value */
function encode(value) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text */
function decode(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}
