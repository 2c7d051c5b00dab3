// @ts-check
// Loops and vectors: the same step by the course's for-loops and by matrices, with both times.

import { h, say } from "../dom.js";
import { cost, count, plain, short } from "../format.js";
import { post } from "../post.js";
import { tell } from "../refusals.js";
import { t } from "../words.js";

/** @typedef {{m: number, loop_seconds: number, vector_seconds: number, ratio: number, loop_cost: number, vector_cost: number, largest_difference: number}} Row */
/** @typedef {{step: number, l2: number, rows: Row[], left_out: number[], source: string}} Race */

/** What each loss adds of one example, its dz, and both for all of them. */
const LOSSES = {
  cross_entropy: {
    one: "J += − y ln a − (1 − y) ln(1 − a)", dz: "dz = a − y",
    J: "J = mean of − Y ln A[L] − (1 − Y) ln(1 − A[L])", dZ: "dZ[L] = A[L] − Y",
  },
  softmax: { one: "J += − ln a[y]", dz: "dz = a − y", J: "J = mean of − ln A[L] at y", dZ: "dZ[L] = A[L] − Y" },
  squared_error: {
    one: "J += (a − y)²", dz: "dz = 2 (a − y) a (1 − a)",
    J: "J = mean of (A[L] − Y)²", dZ: "dZ[L] = 2 (A[L] − Y) ∗ A[L] ∗ (1 − A[L])",
  },
};

/** @typedef {(typeof LOSSES)["softmax"]} LossLines */

/** @type {(loss: LossLines, penalized: boolean) => string[]} */
const loopLines = (loss, penalized) => [
  "for i = 1 … m:",
  "  for l = 1 … L:  for each unit u:",
  "    z = b",
  "    for each input k:  z += w[k] a[k]",
  "    a = g(z)",
  `  ${loss.one}`,
  `  ${loss.dz}`,
  "  for l = L … 1:  for each unit u, each input k:",
  "    dW[u, k] += dz[u] a[k]",
  "  …",
  "J, dW, db divided by m",
  ...(penalized ? ["for each weight w:  J += λ/(2m) w²,  dw += λ/m w"] : []),
];
/** @type {(loss: LossLines, penalized: boolean) => string[]} */
const vectorLines = (loss, penalized) => [
  "for l = 1 … L:",
  "  Z[l] = W[l] A[l−1] + b[l]",
  "  A[l] = g(Z[l])",
  loss.J,
  ...(penalized ? ["J += λ/(2m) Σ W²"] : []),
  loss.dZ,
  "for l = L … 1:",
  `  dW[l] = 1/m dZ[l] A[l−1]ᵀ${penalized ? " + λ/m W[l]" : ""}`,
  "  db[l] = 1/m Σ dZ[l]",
  "  dZ[l−1] = W[l]ᵀ dZ[l] ∗ g′(Z[l−1])",
];

/** @param {HTMLElement} root */
export function loopsView(root) {
  /** @type {import("../types.js").State | null} */
  let last = null;
  /** @type {unknown} the experiment that was timed */
  let timed = null;
  let busy = false;
  const run = h("button", { className: "primary", onclick: () => race() }, t("loops.run"));
  const told = h("p", { className: "hint", role: "status" }, t("loops.hint"));
  const rows = h("tbody", {});
  const heads = ["m", "loops", "vectors", "cost", "difference", "ratio"].map((name) => t(`loops.head_${name}`));
  const table = h("table", { hidden: true },
    h("thead", {}, h("tr", {}, ...heads.map((name) => h("th", { scope: "col" }, name)))), rows);
  const source = h("pre", { hidden: true, tabIndex: 0, "aria-label": t("loops.python") });
  const show = h("button", { className: "small", hidden: true, "aria-expanded": "false", onclick: toggle }, t("loops.python"));
  const batches = h("p", { className: "note", hidden: true });
  const listing = h("ol", {});
  const vectors = h("ol", {});
  let written = "";
  root.append(
    h("div", { className: "way" }, h("h3", {}, t("loops.way_loops")), listing, source, h("p", {}, show)),
    h("div", { className: "way" }, h("h3", {}, t("loops.way_vectors")), vectors),
    h("div", { className: "found" }, h("div", { className: "row" }, run, told), batches, table));

  function toggle() {
    source.hidden = !source.hidden;
    listing.hidden = !source.hidden;
    show.setAttribute("aria-expanded", String(!source.hidden));
    say(show, source.hidden ? t("loops.python") : t("loops.short"));
  }

  async function race() {
    if (!last || busy) return;
    const experiment = last.lanes[0];
    busy = true;
    run.disabled = true;
    say(told, t("loops.running"));
    try {
      const found = await post("api/loops", { experiment, step: last.frame?.lanes[0].step ?? 0 });
      timed = experiment;
      fill(found);
    } catch (error) {
      tell(told, t("loops.failed", { why: /** @type {Error} */ (error).message }));
    } finally {
      busy = false;
      run.disabled = false;
    }
  }

  /** @param {import("../types.js").State} state  The formulas of the loss and the penalty in force, and of which points. */
  function write({ lanes: [{ data, training }], frame }) {
    const penalized = (frame?.lanes[0]?.settings.l2 ?? training.l2) > 0;
    const name = data.classes > 2 ? "softmax" : /** @type {keyof typeof LOSSES} */ (training.loss);
    const key = JSON.stringify([name, penalized, training.batch_size]);
    if (key === written) return;
    written = key;
    listing.replaceChildren(...loopLines(LOSSES[name], penalized).map(line));
    vectors.replaceChildren(...vectorLines(LOSSES[name], penalized).map(line));
    batches.hidden = training.batch_size === null;
    say(batches, batches.hidden ? "" : t("loops.batches", { size: count(Number(training.batch_size)) }));
  }

  /** @param {Race} race */
  function fill({ step, l2, rows: found, left_out, source: text }) {
    const most = Math.max(...found.map(({ ratio }) => ratio));
    rows.replaceChildren(...found.map((row) => {
      const bar = h("span", { className: "gauge" });
      bar.style.width = `${Math.max(2, (70 * row.ratio) / most)}px`;
      return h("tr", {},
        h("th", { scope: "row" }, count(row.m)),
        ...[seconds(row.loop_seconds), seconds(row.vector_seconds), `${cost(row.loop_cost)} = ${cost(row.vector_cost)}`,
          short(row.largest_difference)].map((value) => h("td", {}, value)),
        h("td", { className: "ratio" }, bar, ` ${t("loops.ratio", { ratio: ratio(row.ratio) })}`));
    }));
    table.hidden = source.textContent === "" && !found.length;
    show.hidden = false;
    source.textContent = text;
    const missing = left_out.length ? ` ${t("loops.left_out", { sizes: left_out.map(count).join(", ") })}` : "";
    const penalty = l2 ? ` ${t("loops.penalty", { l2: plain(l2) })}` : "";
    say(told, t("loops.with", { step: count(step) }) + penalty + missing);
  }

  return (/** @type {import("../types.js").State} */ state) => {
    last = state;
    if (state.panel === "loops") write(state);
    if (timed && timed !== state.lanes[0] && !table.hidden) {
      timed = null;
      table.hidden = true;
      say(told, t("loops.changed"));
    }
  };
}

/** @param {string} text */
function line(text) {
  return h("li", {}, text);
}

/** @param {number} value */
function seconds(value) {
  return value >= 0.1 ? `${value.toPrecision(2)} s` : value >= 1e-4 ? `${(value * 1e3).toPrecision(2)} ms` : `${(value * 1e6).toPrecision(2)} µs`;
}

/** @param {number} value */
function ratio(value) {
  return value >= 10 ? count(Math.round(value)) : value.toFixed(1);
}
