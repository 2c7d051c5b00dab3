// @ts-check
// Match my notebook: pasted costs beside those of the run, the first row that differs, and what may have made it so.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";
import { laneNames } from "../names.js";
import { post } from "../post.js";
import { tell } from "../refusals.js";
import { t } from "../words.js";

/** @typedef {{cause: string, values: Record<string, string>}} Cause */
/** @typedef {{step: number, text: string, yours: number | null, ours: number | null, same: boolean}} Row */
/** @typedef {{verdict: "same" | "rounding" | "different", first: number | null, cause: Cause | null, also: Cause[], rows: Row[], left_out: number}} Found */

const SHOWN = 200; // rows at once, about the first that differs
const BEFORE = 20;

export function matchView() {
  /** @type {import("../types.js").State | null} */
  let last = null;
  /** @type {AbortController | null} */
  let asking = null;

  const text = h("textarea", { rows: 7, spellcheck: false, placeholder: t("match.lines"), "aria-label": t("match.text") });
  const lane = h("select", {});
  const ofLane = h("label", { hidden: true }, t("match.lane"), " ", lane);
  const every = h("input", { type: "number", min: "1", max: "1000000", step: "1", value: "1" });
  const go = h("button", { type: "submit", className: "primary" }, t("match.go"));
  const told = h("p", { className: "verdict", role: "status" });
  const also = h("p", { className: "hint" });
  const rows = h("tbody", {});
  const table = h("table", { hidden: true, "aria-label": t("match.table") },
    h("thead", {}, h("tr", {}, ...["step", "yours", "ours", "same"].map((name) => h("th", { scope: "col" }, t(`match.head_${name}`))))),
    rows);
  const scroller = h("div", { className: "scroller", tabIndex: 0, role: "group", "aria-label": t("match.table"), hidden: true }, table);
  const dialog = h("dialog", { className: "wide match", "aria-labelledby": "match-title", onclose: () => asking?.abort() },
    h("header", {}, h("h2", { id: "match-title" }, t("match.title")),
      h("button", { type: "button", className: "quiet", "aria-label": t("word.close"), onclick: () => dialog.close() }, "×")),
    h("p", { className: "hint" }, t("match.hint")),
    h("form", { onsubmit: compare }, text,
      h("div", { className: "row" }, ofLane, h("label", {}, t("match.every"), " ", every), go)),
    told, also, scroller);
  document.body.append(dialog);
  byId("match").onclick = () => {
    const names = last ? laneNames(last.lanes, last.catalog) : [];
    lane.replaceChildren(...names.map((name, i) => h("option", { value: String(i) }, name)));
    ofLane.hidden = names.length < 2;
    clear("");
    dialog.showModal();
    text.focus();
  };

  /** @param {string} what */
  function clear(what) {
    say(told, what);
    say(also, "");
    scroller.hidden = table.hidden = true;
  }

  /** @param {Event} event */
  async function compare(event) {
    event.preventDefault();
    if (!last) return;
    if (!text.value.trim()) {
      clear(t("match.empty"));
      text.focus();
      return;
    }
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    clear(t("match.going"));
    go.setAttribute("aria-busy", "true");
    const question = { experiment: last.lanes[Number(lane.value)] ?? last.lanes[0], text: text.value, record_every: Number(every.value) };
    try {
      fill(await post("api/checks/costs", question, mine.signal));
    } catch (error) {
      if (!mine.signal.aborted) {
        clear("");
        tell(told, /** @type {Error} */ (error).message);
      }
    } finally {
      if (asking === mine) go.removeAttribute("aria-busy");
    }
  }

  /** @param {Found} found */
  function fill({ verdict, first, cause, also: others, rows: all, left_out: left }) {
    const at = first === null ? "" : count(all[first].step);
    const why = verdict === "different" ? [cause ? because(cause) : t("match.unknown")] : [];
    say(told, [t(`match.${verdict}`, { n: count(all.length), step: at }), ...why].join(" "));
    say(also, [
      ...(others.length ? [t("match.also", { also: others.map(because).join(" ") })] : []),
      ...(left ? [t("match.left_out", { n: count(left) })] : []),
      ...(all.length > SHOWN ? [windowOf(all.length, begin(all.length, first))] : []),
    ].join(" "));
    const from = begin(all.length, first);
    rows.replaceChildren(...all.slice(from, from + SHOWN).map((row, i) => drawn(row, from + i === first)));
    scroller.hidden = table.hidden = false;
    scroller.scrollTop = 0;
    const marked = /** @type {HTMLElement | null} */ (rows.querySelector(".first"));
    if (marked) scroller.scrollTop = Math.max(0, marked.offsetTop - scroller.clientHeight / 3);
  }

  return (/** @type {import("../types.js").State} */ state) => {
    last = state;
  };
}

/** @param {Cause} cause */
function because({ cause, values }) {
  return t(`match.cause_${cause}`, values);
}

/**
 * @param {number} n
 * @param {number | null} first
 */
function begin(n, first) {
  return Math.max(0, Math.min((first ?? 0) - BEFORE, n - SHOWN));
}

/**
 * @param {number} n
 * @param {number} from
 */
function windowOf(n, from) {
  return t("match.window", { from: count(from + 1), to: count(Math.min(from + SHOWN, n)), n: count(n) });
}

/**
 * @param {Row} row
 * @param {boolean} first
 */
function drawn({ step, text, ours, same }, first) {
  const told = same ? t("match.yes") : first ? t("match.first") : t("match.no");
  return h("tr", { className: first ? "first" : same ? "" : "differs" },
    h("th", { scope: "row" }, count(step)), h("td", {}, text), h("td", {}, ours === null ? t("match.missing") : toDigitsOf(text, ours)),
    h("td", {}, told));
}

/**
 * The run's number with two digits more than were printed.
 * @param {string} text
 * @param {number} value
 */
function toDigitsOf(text, value) {
  const [mantissa, exponent] = text.toLowerCase().split("e");
  const digits = Math.min(17, (mantissa.split(".")[1] ?? "").length + 2);
  return exponent === undefined && Math.abs(value) < 1e15 ? value.toFixed(digits) : value.toExponential(digits);
}
