// @ts-check
// The connection: frames in, controls out, and again from the same step when it breaks.

import { decode } from "./frames.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 3000;
/** @type {{[code: number]: import("./types.js").LostReason}} */
const WHY = { 1012: "restart", 1013: "full" };

/** @typedef {{type: string, problem?: import("./refusals.js").Problem, step?: number, goal?: number}} Told */

/**
 * @param {object} handlers
 * @param {() => object} handlers.hello  What to say first on every connection: the whole wish.
 * @param {(frame: import("./types.js").Frame, drawn: () => void) => void} handlers.frame
 * @param {(message: Told) => void} handlers.message
 * @param {(connection: "open" | "lost", reason: import("./types.js").LostReason) => void} handlers.status
 * @param {string} url
 * @param {typeof globalThis.WebSocket} WebSocket
 */
export function createStream(handlers, url = liveAddress(), WebSocket = globalThis.WebSocket) {
  /** @type {WebSocket | null} */
  let socket = null;
  let wait = FIRST_WAIT;
  /** @type {import("./types.js").LostReason} */
  let why = "";

  function connect() {
    let open = false;
    const mine = new WebSocket(url);
    mine.binaryType = "arraybuffer";
    socket = mine;
    mine.onopen = () => send(handlers.hello());
    mine.onmessage = ({ data }) => {
      // Connected is who has been answered: a server that is full takes a call only to say so.
      if (!open) handlers.status("open", "");
      open = true;
      wait = FIRST_WAIT;
      if (typeof data === "string") {
        handlers.message(JSON.parse(data));
      } else {
        const frame = decode(data);
        handlers.frame(frame, () => mine === socket && send({ type: "ack", frame: frame.frame }));
      }
    };
    mine.onclose = ({ code }) => {
      if (mine !== socket) return;
      socket = null;
      why = WHY[code] ?? (open ? "" : why); // a server that is being restarted does not answer at first
      handlers.status("lost", why);
      // Three hundred pages lose their server in the same moment; they need not all come back in one.
      setTimeout(connect, wait * (0.5 + Math.random()));
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
