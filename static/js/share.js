// @ts-check
// A run to take away: its link, a frame for another page, and the calls that compute it again, as texts.

import { h } from "./dom.js";
import { laneNames } from "./names.js";
import { toHash, whatDiffers } from "./url.js";

/** @typedef {Pick<import("./types.js").State, "lanes" | "step" | "catalog">} Shared */

/**
 * The address of these runs at this step; of the page's own options only the lesson stays.
 * @param {Shared} state
 * @param {string} address  of the page
 */
export function linkOf({ lanes, step, catalog }, address) {
  const link = new URL(address);
  const lesson = link.searchParams.get("lesson");
  link.search = lesson === null ? "" : `?lesson=${encodeURIComponent(lesson)}`;
  link.hash = toHash(lanes, step, catalog);
  return link.href;
}

/** @param {string} link  As a frame in another page. */
export function embedCode(link) {
  const framed = new URL(link);
  framed.search = "?embed";
  return h("iframe", { src: framed.href, title: document.title, width: "960", height: "640" }).outerHTML;
}

/**
 * What `POST /api/runs` is asked for a lane: the history's last entry is the step the page shows.
 * @param {Shared} state
 * @param {number} lane
 */
function question({ lanes, step, catalog }, lane) {
  return { experiment: whatDiffers(lanes[lane], catalog), steps: step, record_every: Math.max(step, 1) };
}

/** The files of a run that the server makes, each with the end of its name. */
export const FORMS = { python: "py", notebook: "ipynb", html: "html", csv: "csv", npz: "npz", json: "json" };

/** Entries of the history that a file holds, and that a script prints. */
const MOST_ENTRIES = 2000;
const MOST_LINES = 20;

/**
 * What `POST /api/exports/{form}` is asked for a lane: up to this step, an entry as often as serves who reads it.
 * @param {Shared} state
 * @param {number} lane
 * @param {keyof typeof FORMS} form
 */
export function fileQuestion(state, lane, form) {
  const most = form === "python" || form === "notebook" ? MOST_LINES : MOST_ENTRIES;
  const asked = { ...question(state, lane), record_every: Math.max(Math.ceil(state.step / most), 1) };
  return form === "json" ? { ...asked, include: ["parameters", "symmetry", "predictions"] } : asked;
}

/**
 * A here-document, since a shell takes an argument of only 128 kB and own points may need more.
 * @param {Shared} state
 * @param {string} address  of the page
 */
export function asCurl(state, address) {
  const call = new URL("api/runs", address.split(/[?#]/)[0]).href;
  return state.lanes.map((_, i) => [
    `curl -sS -d @- '${call.replaceAll("'", "%27")}' <<'END'`, JSON.stringify(question(state, i)), "END",
  ].join("\n")).join("\necho\n");
}

/**
 * A script of the standard library alone.
 * @param {Shared} state
 * @param {string} address  of the page
 */
export function asPython(state, address) {
  const names = laneNames(state.lanes, state.catalog).map((name) => name.replaceAll("\u2212", "-"));
  const rows = names.map((name, i) => `    (${literal(name)}, ${literal(question(state, i).experiment)}),`);
  return `import json
from urllib.error import HTTPError
from urllib.request import urlopen

ADDRESS = ${literal(new URL("api/runs", address.split(/[?#]/)[0]).href)}
STEP = ${state.step}
RUNS = [  # name, and what differs from the defaults
${rows.join("\n")}
]

for name, experiment in RUNS:
    question = {"experiment": experiment, "steps": STEP, "record_every": max(STEP, 1)}
    try:
        with urlopen(ADDRESS, json.dumps(question).encode()) as answer:
            last = json.load(answer)["history"][-1]
    except HTTPError as refusal:
        raise SystemExit(json.load(refusal)["detail"]) from None
    print(f"{name}: step {last['step']}, cost {last['cost']}, accuracy {last['accuracy']}")
`;
}

/**
 * A JSON value as Python writes it.
 * @param {any} value
 * @returns {string}
 */
function literal(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
}
