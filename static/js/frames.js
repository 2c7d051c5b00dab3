// @ts-check
// Decodes a binary frame: u32 header length, JSON header, then each lane's raw little-endian buffers.

/** @typedef {import("./types.js").Frame} Frame */

const VIEWS = { f8: Float64Array, f4: Float32Array, u1: Uint8Array, i4: Int32Array };

/**
 * The frame in `bytes`; its buffers are views, nothing is copied.
 * @param {ArrayBuffer} bytes
 * @returns {Frame}
 */
export function decode(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const frame = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  for (const lane of frame.lanes) {
    const start = 4 + length + lane.at;
    for (const [name, [offset, type, shape]] of Object.entries(lane.buffers)) {
      const View = VIEWS[/** @type {keyof typeof VIEWS} */ (type)];
      const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
      lane.buffers[name] = { values: new View(bytes, start + offset, count), shape };
    }
  }
  return frame;
}
