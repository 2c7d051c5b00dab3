// @ts-check
// Loops and vectors: the same step by the course's for-loops and by matrices, with both times.

import { h, say } from "../dom.js";
import { cost, count, short } from "../format.js";
import { post } from "../post.js";
import { tell } from "../refusals.js";
import { t } from "../words.js";

/** @typedef {{m: number, loop_seconds: number, vector_seconds: number, ratio: number, loop_cost: number, vector_cost: number, largest_difference: number}} Row */
/** @typedef {{step: number, rows: Row[], left_out: number[], source: string}} Race */

const LOOPS = [
  "for i = 1 … m:",
  "  for l = 1 … L:  for each unit u:",
  "    z = b",
  "    for each input k:  z += w[k] a[k]",
  "    a = g(z)",
  "  J += ℒ(a, y)",
  "  for l = L … 1:  for each unit u, each input k:",
  "    dW[u, k] += dz[u] a[k]",
  "  …",
  "J, dW, db divided by m",
];
const VECTORS = [
  "for l = 1 … L:",
  "  Z[l] = W[l] A[l−1] + b[l]",
  "  A[l] = g(Z[l])",
  "J = mean of ℒ(A[L], Y)",
  "dZ[L] = A[L] − Y",
  "for l = L … 1:",
  "  dW[l] = 1/m dZ[l] A[l−1]ᵀ",
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
  const listing = h("ol", {}, ...LOOPS.map(line));
  root.append(
    h("div", { className: "way" }, h("h3", {}, t("loops.way_loops")), listing, source, h("p", {}, show)),
    h("div", { className: "way" }, h("h3", {}, t("loops.way_vectors")), h("ol", {}, ...VECTORS.map(line))),
    h("div", { className: "found" }, h("div", { className: "row" }, run, told), table));

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

  /** @param {Race} race */
  function fill({ step, rows: found, left_out, source: text }) {
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
    say(told, t("loops.with", { step: count(step) }) + missing);
  }

  return (/** @type {import("../types.js").State} */ state) => {
    last = state;
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
