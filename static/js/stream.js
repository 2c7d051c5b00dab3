// @ts-check
// The connection: frames in, controls out, and again from the same step when it breaks.

import { decode } from "./frames.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 3000;
const TRY_AGAIN_LATER = 1013;

/** @typedef {{type: string, problem?: import("./refusals.js").Problem, step?: number, goal?: number}} Told */

/**
 * @param {object} handlers
 * @param {() => object} handlers.hello  What to say first on every connection: the whole wish.
 * @param {(frame: import("./types.js").Frame, drawn: () => void) => void} handlers.frame
 * @param {(message: Told) => void} handlers.message
 * @param {(connection: "open" | "lost", reason: string) => void} handlers.status
 * @param {string} url
 * @param {typeof globalThis.WebSocket} WebSocket
 */
export function createStream(handlers, url = liveAddress(), WebSocket = globalThis.WebSocket) {
  /** @type {WebSocket | null} */
  let socket = null;
  let wait = FIRST_WAIT;

  function connect() {
    const mine = new WebSocket(url);
    mine.binaryType = "arraybuffer";
    socket = mine;
    mine.onopen = () => {
      send(handlers.hello());
      handlers.status("open", "");
    };
    mine.onmessage = ({ data }) => {
      wait = FIRST_WAIT;
      if (typeof data === "string") {
        handlers.message(JSON.parse(data));
      } else {
        const frame = decode(data);
        handlers.frame(frame, () => mine === socket && send({ type: "ack", frame: frame.frame }));
      }
    };
    mine.onclose = ({ code, reason }) => {
      if (mine !== socket) return;
      socket = null;
      handlers.status("lost", code === TRY_AGAIN_LATER ? reason : "");
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  }

  /** @param {object} message  Lost while there is no connection: the next hello says it all. */
  function send(message) {
    if (socket && socket.readyState === 1) socket.send(JSON.stringify(message));
  }

  connect();
  return { send };
}

function liveAddress() {
  const address = new URL("api/live", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.hash = "";
  return address.href;
}
