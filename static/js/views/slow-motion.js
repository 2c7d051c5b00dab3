// @ts-check
// The passes in slow motion: one phase after the other, each with a sentence about this very example.

import { h, say } from "../dom.js";
import { plain, short } from "../format.js";
import { batchName, chance, functionName } from "./hand.js";

/** @typedef {import("./hand.js").Hand} Hand */
/** @typedef {{part: string, layer: number, title: string, text: (hand: Hand) => string}} Phase */

const AUTO_MS = 3500;

/**
 * Forward layer by layer, the cost, backward layer by layer, the update.
 * @param {number} L
 * @returns {Phase[]}
 */
export function phases(L) {
  const up = Array.from({ length: L }, (_, i) => i + 1);
  const down = [...up].reverse();
  return [
    ...up.map((l) => ({ part: "Z", layer: l, title: `forward, layer ${l}`, text: (/** @type {Hand} */ hand) => forwardText(hand, l) })),
    { part: "loss", layer: L, title: "cost", text: costText },
    ...down.flatMap((l) => [
      { part: "dZ", layer: l, title: `dZ[${l}]`, text: (/** @type {Hand} */ hand) => (l === L ? outputErrorText(hand) : hiddenErrorText(hand, l)) },
      { part: "dW", layer: l, title: `dW[${l}]`, text: (/** @type {Hand} */ hand) => weightText(hand, l) },
      { part: "db", layer: l, title: `db[${l}]`, text: (/** @type {Hand} */ hand) => biasText(hand, l) },
    ]),
    { part: "update", layer: 1, title: "update", text: updateText },
  ];
}

/** @param {Hand} hand @param {number} l */
function forwardText(hand, l) {
  const { Z, A, shape } = hand.layers[l - 1];
  const who = l === hand.layers.length ? "The output" : shape[0] === 1 ? "The unit" : "Each unit";
  const from = l === 1 ? "inputs" : `answers of layer ${l - 1}`;
  const turn = functionName(hand, l) === "linear" ? "passes the sum on" : `turns the sum into an answer with ${functionName(hand, l)}`;
  return `${who} multiplies the ${from} with its weights, adds its bias, and ${turn}: for the first, z = ${short(Z[0])} gives a = ${short(A[0])}.`;
}

/** @param {Hand} hand */
function costText(hand) {
  return `The network gives the true class ${hand.label} a probability of ${short(chance(hand))}: a loss of ${short(hand.loss)}. The cost is the mean over ${batchName(hand)}${hand.l2 ? ", plus the penalty on large weights" : ""}: ${short(hand.batch.cost)}.`;
}

/** @param {Hand} hand */
function outputErrorText(hand) {
  const { A, dZ } = hand.layers[hand.layers.length - 1];
  const difference = `${short(A[0])} was said${hand.output === "softmax" ? " for class 0" : ""}, ${hand.Y[0]} is true`;
  return hand.loss_name === "squared_error"
    ? `The error of the output: ${difference}, and the slope of σ shrinks the difference: dz = ${short(dZ[0])}.`
    : `The error of the output is what was said less what is true: ${difference}, so dz = ${short(dZ[0])}.`;
}

/** @param {Hand} hand @param {number} l */
function hiddenErrorText(hand, l) {
  const { dZ, slope } = hand.layers[l - 1];
  return `The error travels back through the same weights W[${l + 1}], and shrinks where g is flat: the first unit’s slope is ${short(slope?.[0] ?? 0)}, its error dz = ${short(dZ[0])}.`;
}

/** @param {Hand} hand @param {number} l */
function weightText(hand, l) {
  const { dZ, dW, mean_dW: mean } = hand.layers[l - 1];
  const input = l === 1 ? hand.X[0] : hand.layers[l - 2].A[0];
  return `A weight’s share is its unit’s error times what came in through it: ${short(dZ[0])} · ${short(input)} = ${short(dW[0][0])}. The mean over ${batchName(hand)}${hand.l2 ? ", with the pull of L2," : ""} is ${short(mean[0][0])}.`;
}

/** @param {Hand} hand @param {number} l */
function biasText(hand, l) {
  const { db, mean_db: mean } = hand.layers[l - 1];
  return `A bias is added as it is, so its share is the error itself: ${short(db[0])}; the mean over ${batchName(hand)} is ${short(mean[0])}.`;
}

/** @param {Hand} hand */
function updateText(hand) {
  const { W, next_W: next } = hand.layers[0];
  if (!next) return "The run is over: there is no next step.";
  const how = hand.optimizer === "gd" ? `a step of ${plain(hand.rate)} times its mean gradient` : "a step that the optimizer makes of the mean gradients";
  return `Every weight and bias takes ${how}, downhill: the first weight goes from ${short(W[0][0])} to ${short(next[0][0])}.`;
}

/**
 * The controls: begin, back, on, by itself, end.
 * @param {{
 *   begun: () => void,
 *   shown: (phase: Phase | null) => void,
 * }} told  what to do when it begins, and at each phase; null when it ends
 */
export function slowMotion(told) {
  /** @type {Phase[]} */
  let list = [];
  let at = -1;
  let timer = 0;
  /** @type {Hand | null} */
  let hand = null;
  const start = h("button", { id: "slow-motion", className: "small", title: "Walk through the passes, one equation at a time" }, "slow motion");
  const title = h("b", { className: "phase" });
  const text = h("span", { id: "phase-text" });
  const back = h("button", { className: "small", title: "Previous phase (left arrow)", onclick: () => go(at - 1) }, "previous");
  const on = h("button", { className: "small", title: "Next phase (right arrow)", onclick: () => go(at + 1) }, "next");
  const auto = h("button", { className: "small", "aria-pressed": "false", title: "Go on by itself", onclick: () => (timer ? rest() : run()) }, "auto");
  const end = h("button", { className: "quiet", title: "End the slow motion (Escape)", "aria-label": "End the slow motion", onclick: () => stop(true) }, "×");
  const strip = h("div", { className: "walk", role: "group", "aria-label": "slow motion", hidden: true },
    back, on, auto, h("p", { "aria-live": "polite" }, title, text), end);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  start.onclick = () => {
    if (at >= 0) return stop(true);
    told.begun();
    go(0);
    on.focus();
  };
  strip.onkeydown = (event) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation(); // the arrows would move the run
    if (step) go(at + step);
    else stop(true);
  };

  function run() {
    if (at === list.length - 1) go(0);
    timer = setInterval(() => (at < list.length - 1 ? go(at + 1, true) : rest()), AUTO_MS);
    auto.setAttribute("aria-pressed", "true");
  }

  function rest() {
    clearInterval(timer);
    timer = 0;
    auto.setAttribute("aria-pressed", "false");
  }

  /** @param {number} to @param {boolean} [byItself] */
  function go(to, byItself = false) {
    if (!byItself) rest();
    if (to < 0 || to >= list.length) return;
    at = to;
    strip.hidden = false;
    auto.hidden = still.matches; // who asked for less motion goes step by step
    start.setAttribute("aria-pressed", "true");
    tell();
    told.shown(list[at]);
  }

  /** @param {boolean} [focus]  Back to the button that began it. */
  function stop(focus = false) {
    if (at < 0) return;
    rest();
    at = -1;
    strip.hidden = true;
    start.setAttribute("aria-pressed", "false");
    told.shown(null);
    if (focus) start.focus();
  }

  function tell() {
    if (at < 0 || !hand) return;
    say(title, `${at + 1} of ${list.length} · ${list[at].title}`);
    say(text, list[at].text(hand));
    // Not disabled, which would lose the focus.
    back.setAttribute("aria-disabled", String(at === 0));
    on.setAttribute("aria-disabled", String(at === list.length - 1));
  }

  return {
    start,
    strip,
    stop,
    /** @param {Hand} now */
    fill(now) {
      if (list.length !== phases(now.layers.length).length) {
        stop();
        list = phases(now.layers.length);
      }
      hand = now;
      tell();
    },
    get phase() {
      return at < 0 ? null : list[at];
    },
  };
}
