// @ts-check
// Your own points: click or drag to add, erase, undo; paste or drop a table; train on them, or download them.

import { CLASS_SYMBOLS, classColour } from "../colour.js";
import { byId, h, say } from "../dom.js";
import { withPoints } from "../edits.js";
import { count } from "../format.js";
import { asCsv, lacking, withPoint, withoutNear } from "../points.js";
import { ask } from "../post.js";
import { Refusal, tell } from "../refusals.js";
import { t } from "../words.js";
import { BARE_AXIS, CONFIG, layout, look, onResize, sizeOf } from "./figure.js";
import { save } from "./pictures.js";

/** @typedef {import("../points.js").Point} Point */

const CLASSES = 6;
const APART = 0.018;
const RUBBER = 0.03;
const KEY_STEP = 0.02;
/** @type {import("../points.js").Window} */
const EMPTY_WINDOW = { x1: [-5, 5], x2: [-5, 5] };

/** @param {import("../actions.js").Actions} actions */
export function ownPointsView(actions) {
  /** @type {readonly Point[]} */
  let points = [];
  /** @type {(readonly Point[])[]} */
  let before = [];
  let window_ = EMPTY_WINDOW;
  let brush = 0; // a class, or -1 for the rubber
  let cursor = [0.5, 0.5];
  /** @type {import("../types.js").State | null} */
  let last = null;

  const figure = h("figure", { "aria-hidden": "true" });
  const cross = h("span", { className: "cross", hidden: true });
  const pad = h("div", {
    className: "pad", tabIndex: 0, role: "application",
    "aria-label": t("own.pad"),
  }, figure, cross);
  const brushes = Array.from({ length: CLASSES }, (_, label) => h("button", {
    type: "button", className: "small brush", "aria-label": t("word.class_n", { k: label }), onclick: () => choose(label),
  }, h("span", { className: "dot" }), String(label)));
  const rubber = h("button", { type: "button", className: "small", onclick: () => choose(-1) }, t("own.erase"));
  const undo = h("button", { type: "button", className: "small", onclick: back }, t("own.undo"));
  const clear = h("button", { type: "button", className: "small", onclick: () => change([]) }, t("own.clear"));
  const present = h("button", { type: "button", className: "small", onclick: takePresent }, t("own.take"));
  const told = h("p", { className: "hint", role: "status" });
  const text = h("textarea", { rows: 3, spellcheck: false, placeholder: "x1,x2,label\n0.5,-1.2,0\n…", "aria-label": t("own.text") });
  const read = h("button", { type: "button", className: "small", onclick: () => readText(text.value) }, t("own.read"));
  const file = h("input", { type: "file", accept: ".csv,.tsv,.txt,.json", "aria-label": t("own.file"), onchange: () => file.files?.[0] && readFile(file.files[0]) });
  const train = h("button", { type: "button", className: "primary", onclick: go }, t("own.train"));
  const dialog = h("dialog", { className: "own-points", "aria-labelledby": "own-title" },
    h("header", {}, h("h2", { id: "own-title" }, t("own.title")),
      h("button", { type: "button", className: "quiet", "aria-label": t("word.close"), onclick: () => dialog.close() }, "×")),
    pad,
    h("div", { className: "tools" },
      h("div", { className: "row", role: "group", "aria-label": t("own.class") }, ...brushes, rubber),
      h("div", { className: "row" }, undo, clear, present),
      told,
      h("p", { className: "hint" }, t("own.hint")),
      text, h("div", { className: "row" }, read, file),
      h("div", { className: "row" },
        h("button", { type: "button", className: "small", onclick: () => download("csv") }, t("own.csv")),
        h("button", { type: "button", className: "small", onclick: () => download("npz") }, t("own.npz"))),
      h("p", { className: "row end" }, train)));
  document.body.append(dialog);
  onResize(figure, draw);
  byId("own-points").onclick = () => {
    before = [];
    const own = last?.lanes[0].data.points;
    points = own ? /** @type {Point[]} */ (own) : [];
    window_ = own && last?.frame ? last.frame.lanes[0].plane : EMPTY_WINDOW;
    say(told, "");
    choose(0);
    dialog.showModal();
    draw();
    pad.focus();
  };

  /** @param {number} label */
  function choose(label) {
    brush = label;
    brushes.forEach((button, i) => button.setAttribute("aria-pressed", String(i === label)));
    rubber.setAttribute("aria-pressed", String(label < 0));
  }

  /** @param {readonly Point[]} to @param {boolean} [remembered] */
  function change(to, remembered = true) {
    if (to === points) return;
    if (remembered) before = [...before.slice(-99), points];
    points = to;
    draw();
  }

  function back() {
    const to = before[before.length - 1];
    if (!to) return;
    before = before.slice(0, -1);
    points = to;
    draw();
  }

  function takePresent() {
    const scene = last?.scenes[0];
    const plane = last?.frame?.lanes[0].plane;
    if (!scene || !plane) return;
    window_ = plane;
    change(Array.from(scene.labels, (label, i) => /** @type {Point} */ ([scene.x1[i], scene.x2[i], label])));
  }

  // Drawing with the pointer: one stroke is one step back.
  /** @type {[number, number] | null} */
  let stroke = null;
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    before = [...before.slice(-99), points];
    stroke = null;
    put(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (pad.hasPointerCapture(event.pointerId)) put(event);
  });

  /** @param {PointerEvent} event */
  function put(event) {
    const box = pad.getBoundingClientRect();
    const u = (event.clientX - box.left) / box.width;
    const v = 1 - (event.clientY - box.top) / box.height;
    if (u < 0 || u > 1 || v < 0 || v > 1) return;
    if (brush >= 0 && stroke && Math.hypot(u - stroke[0], v - stroke[1]) < APART) return;
    stroke = [u, v];
    cross.hidden = true;
    act(u, v);
  }

  /** @param {number} u @param {number} v  The place as shares of the window. */
  function act(u, v) {
    const { x1: [left, right], x2: [low, high] } = window_;
    const x1 = left + u * (right - left);
    const x2 = low + v * (high - low);
    change(brush < 0 ? withoutNear(points, x1, x2, window_, RUBBER) : withPoint(points, x1, x2, brush, window_), false);
  }

  pad.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? 5 * KEY_STEP : KEY_STEP;
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowDown: [0, -far], ArrowUp: [0, far] };
    const move = moves[event.key];
    if (move) {
      cursor = cursor.map((at, i) => Math.min(Math.max(at + move[i], 0), 1));
    } else if (event.key === "Enter" || event.key === " " || event.key === "Delete" || event.key === "Backspace") {
      const chosen = brush;
      if (event.key === "Delete" || event.key === "Backspace") brush = -1;
      before = [...before.slice(-99), points];
      act(cursor[0], cursor[1]);
      brush = chosen;
    } else if (/^[0-5]$/.test(event.key)) {
      choose(Number(event.key));
    } else {
      return;
    }
    event.preventDefault();
    cross.hidden = false;
    cross.style.left = `${100 * cursor[0]}%`;
    cross.style.bottom = `${100 * cursor[1]}%`;
  });

  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped) readFile(dropped);
    else readText(event.dataTransfer?.getData("text") ?? "");
  });

  /** @param {File} given */
  async function readFile(given) {
    if (given.size > 3_000_000) return say(told, t("own.large", { name: given.name }));
    await readText(await given.text());
    file.value = "";
  }

  /**
   * @param {"json" | "csv" | "npz"} format
   * @param {string} given
   * @param {(answer: Response) => Promise<void>} take
   * @param {string} lost  what to say where no answer came
   */
  async function answered(format, given, take, lost) {
    try {
      await take(await ask("api/points", { text: given, format }));
    } catch (error) {
      tell(told, error instanceof Refusal ? error.message : lost);
    }
  }

  /** @param {string} given */
  function readText(given) {
    say(told, t("own.reading"));
    return answered("json", given, async (answer) => {
      const found = await answer.json();
      window_ = around(found.points);
      change(found.points);
    }, t("own.not_read"));
  }

  /** @param {"csv" | "npz"} format */
  function download(format) {
    return answered(format, asCsv(points), async (answer) => save(await answer.blob(), `points.${format}`), t("own.not_saved"));
  }

  function go() {
    dialog.close();
    actions.restart(withPoints(points.map((point) => [...point])));
  }

  function draw() {
    const missing = lacking(points);
    const counts = Array.from({ length: CLASSES }, (_, label) => points.filter((point) => point[2] === label).length);
    const by = points.length ? ` (${counts.filter(Boolean).map(count).join(" + ")})` : "";
    say(told, `${t("own.count", { n: count(points.length), by })} ${missing}`);
    train.disabled = missing !== "";
    undo.disabled = !before.length;
    clear.disabled = !points.length;
    if (!dialog.open || !("Plotly" in globalThis) || !sizeOf(figure).width || !last) return;
    const { theme } = last;
    brushes.forEach((button, label) => {
      /** @type {HTMLElement} */ (button.firstElementChild).style.background = classColour(label, theme);
    });
    Plotly.react(figure, counts.map((_, label) => {
      const chosen = points.filter((point) => point[2] === label);
      return {
        x: chosen.map((point) => point[0]), y: chosen.map((point) => point[1]), mode: "markers", hoverinfo: "skip",
        marker: { color: classColour(label, theme), symbol: CLASS_SYMBOLS[label], size: 8, line: { color: look(theme).panel, width: 0.8 } },
      };
    }), layout(figure, theme, {
      xaxis: { ...BARE_AXIS, range: window_.x1 }, yaxis: { ...BARE_AXIS, range: window_.x2 }, hovermode: false,
    }), CONFIG);
  }

  return (/** @type {import("../types.js").State} */ state) => {
    const turned = last?.theme !== state.theme;
    last = state;
    if (turned) draw();
  };
}

/**
 * A window with room around the points.
 * @param {Point[]} points
 * @returns {import("../points.js").Window}
 */
function around(points) {
  const side = (/** @type {number} */ i) => {
    const values = points.map((point) => point[i]);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const margin = 0.08 * (high - low) || 1;
    return /** @type {[number, number]} */ ([low - margin, high + margin]);
  };
  return { x1: side(0), x2: side(1) };
}
