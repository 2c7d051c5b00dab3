// @ts-check
// The passes in slow motion: one phase after the other, each with a sentence about this very example.

import { h, say } from "../dom.js";
import { plain, short } from "../format.js";
import { t } from "../words.js";
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
    ...up.map((l) => ({ part: "Z", layer: l, title: t("slow.forward", { l }), text: (/** @type {Hand} */ hand) => forwardText(hand, l) })),
    { part: "loss", layer: L, title: t("word.cost"), text: costText },
    ...down.flatMap((l) => [
      { part: "dZ", layer: l, title: `dZ[${l}]`, text: (/** @type {Hand} */ hand) => (l === L ? outputErrorText(hand) : hiddenErrorText(hand, l)) },
      { part: "dW", layer: l, title: `dW[${l}]`, text: (/** @type {Hand} */ hand) => weightText(hand, l) },
      { part: "db", layer: l, title: `db[${l}]`, text: (/** @type {Hand} */ hand) => biasText(hand, l) },
    ]),
    { part: "update", layer: 1, title: t("hand.update"), text: updateText },
  ];
}

/** @param {Hand} hand @param {number} l */
function forwardText(hand, l) {
  const { Z, A, shape } = hand.layers[l - 1];
  const who = l === hand.layers.length ? t("slow.the_output") : shape[0] === 1 ? t("slow.the_unit") : t("slow.each_unit");
  const from = l === 1 ? t("slow.inputs") : t("slow.answers", { l: l - 1 });
  const turn = functionName(hand, l) === "linear" ? t("slow.passes") : t("slow.turns", { g: functionName(hand, l) });
  return t("slow.forward_text", { who, inputs: from, turn, z: short(Z[0]), a: short(A[0]) });
}

/** @param {Hand} hand */
function costText(hand) {
  return t(hand.l2 ? "slow.cost_l2" : "slow.cost", {
    label: hand.label, chance: short(chance(hand)), loss: short(hand.loss), points: batchName(hand), cost: short(hand.batch.cost),
  });
}

/** @param {Hand} hand */
function outputErrorText(hand) {
  const { A, dZ } = hand.layers[hand.layers.length - 1];
  const difference = t(hand.output === "softmax" ? "slow.said_class" : "slow.said", { said: short(A[0]), truth: hand.Y[0] });
  return hand.loss_name === "squared_error"
    ? t("slow.error_squared", { difference, dz: short(dZ[0]) })
    : t("slow.error", { difference, dz: short(dZ[0]) });
}

/** @param {Hand} hand @param {number} l */
function hiddenErrorText(hand, l) {
  const { dZ, slope } = hand.layers[l - 1];
  return t("slow.hidden_error", { l: l + 1, slope: short(slope?.[0] ?? 0), dz: short(dZ[0]) });
}

/** @param {Hand} hand @param {number} l */
function weightText(hand, l) {
  const { dZ, dW, mean_dW: mean } = hand.layers[l - 1];
  const input = l === 1 ? hand.X[0] : hand.layers[l - 2].A[0];
  return t(hand.l2 ? "slow.weight_l2" : "slow.weight", {
    dz: short(dZ[0]), input: short(input), share: short(dW[0][0]), points: batchName(hand), mean: short(mean[0][0]),
  });
}

/** @param {Hand} hand @param {number} l */
function biasText(hand, l) {
  const { db, mean_db: mean } = hand.layers[l - 1];
  return t("slow.bias", { share: short(db[0]), points: batchName(hand), mean: short(mean[0]) });
}

/** @param {Hand} hand */
function updateText(hand) {
  const { W, next_W: next } = hand.layers[0];
  if (!next) return t("hand.over");
  const how = hand.optimizer === "gd" ? t("slow.step", { rate: plain(hand.rate) }) : t("slow.step_optimizer");
  return t("slow.update", { how, before: short(W[0][0]), after: short(next[0][0]) });
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
  const start = h("button", { id: "slow-motion", className: "small", title: t("slow.title") }, t("slow.do"));
  const title = h("b", { className: "phase" });
  const text = h("span", { id: "phase-text" });
  const back = h("button", { className: "small", title: t("slow.previous_title"), onclick: () => go(at - 1) }, t("slow.previous"));
  const on = h("button", { className: "small", title: t("slow.next_title"), onclick: () => go(at + 1) }, t("slow.next"));
  const auto = h("button", { className: "small", "aria-pressed": "false", title: t("slow.auto_title"), onclick: () => (timer ? rest() : run()) }, t("slow.auto"));
  const end = h("button", { className: "quiet", title: t("slow.end_title"), "aria-label": t("slow.end"), onclick: () => stop(true) }, "×");
  const strip = h("div", { className: "walk", role: "group", "aria-label": t("slow.do"), hidden: true },
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
    say(title, t("slow.at", { n: at + 1, all: list.length, title: list[at].title }));
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
