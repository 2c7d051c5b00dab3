// @ts-check
// The connection: frames in, controls out, and again from the same step when it breaks.

import { decode } from "./frames.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 3000;
const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;
/** @type {{[beginning: string]: import("./types.js").LostReason}} The server's reasons; any other is that it is full. */
const BUSY = { "too many sessions from your address": "address", "too many messages": "messages" };
/** Close codes from here on are our own: there is no such room, or it was closed. */
const OF_A_ROOM = 4000;
const ROOM_WAIT = 4000;

/**
 * What the server said when it ended the connection: a key of the banner's words.
 * @param {number} code
 * @param {string} reason
 * @returns {import("./types.js").LostReason}
 */
function whyLost(code, reason) {
  if (code === SERVICE_RESTART) return "restart";
  if (code !== TRY_AGAIN_LATER) return "";
  return Object.entries(BUSY).find(([beginning]) => reason.startsWith(beginning))?.[1] ?? "full";
}

/** @typedef {{type: string, problem?: import("./refusals.js").Problem, step?: number, goal?: number}} Told */

/**
 * @param {object} handlers
 * @param {() => object[]} handlers.hello  What to say first on every connection: the whole wish.
 * @param {(frame: import("./types.js").Frame, drawn: () => void) => void} handlers.frame
 * @param {(message: Told) => void} handlers.message
 * @param {(connection: "open" | "lost", why: import("./types.js").LostReason, code: number, reason: string) => void} handlers.status
 * @param {() => string} address  Where to connect to, asked every time.
 * @param {typeof globalThis.WebSocket} WebSocket
 */
export function createStream(handlers, address, WebSocket = globalThis.WebSocket) {
  /** @type {WebSocket | null} */
  let socket = null;
  let wait = FIRST_WAIT;
  let again = 0;
  /** @type {import("./types.js").LostReason} */
  let why = "";

  function connect() {
    let open = false;
    const mine = new WebSocket(address());
    mine.binaryType = "arraybuffer";
    socket = mine;
    mine.onopen = () => {
      for (const message of handlers.hello()) send(message);
    };
    mine.onmessage = ({ data }) => {
      if (mine !== socket) return;
      // Connected is who has been answered: a server that is full takes a call only to say so.
      if (!open) handlers.status("open", "", 0, "");
      open = true;
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
      why = whyLost(code, reason) || (open ? "" : why); // a server that is being restarted does not answer at first
      handlers.status("lost", why, code, reason);
      // Three hundred pages lose their server in the same moment; they need not all come back in one.
      again = setTimeout(connect, (code >= OF_A_ROOM ? ROOM_WAIT : wait) * (0.5 + Math.random()));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  }

  /** @param {object} message  Lost while there is no connection: the next hello says it all. */
  function send(message) {
    if (socket && socket.readyState === 1) socket.send(JSON.stringify(message));
  }

  connect();
  return {
    send,
    /** Connect anew, to wherever it is now. */
    reconnect() {
      clearTimeout(again);
      const old = socket;
      socket = null;
      old?.close();
      wait = FIRST_WAIT;
      connect();
    },
  };
}
