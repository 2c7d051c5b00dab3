// @ts-check
// The sweep wall: one or two things vary, and all runs stand beside each other as they come.

import { byId, h, say } from "../dom.js";
import { settled } from "../edits.js";
import { count, percent } from "../format.js";
import { EMPTY } from "../history.js";
import { tell } from "../refusals.js";
import { FIELDS, suggestion, sweep, valueName, valuesOf, withValues } from "../sweep.js";
import { sweptBase } from "../sweep-base.js";
import { t } from "../words.js";
import { sweepChart } from "./sweep-chart.js";
import { tile } from "./sweep-tile.js";

const STEPS = 1000;
/** As many pictures as a browser draws at ease; the server makes more. */
const MOST = 600;

/** @typedef {import("../sweep.js").Field} Field */
/** @typedef {import("../sweep.js").Run} Run */

/**
 * @param {import("../store.js").Store} store
 * @param {import("../actions.js").Actions} actions
 */
export function sweepView(store, actions) {
  const { catalog } = store.get();
  const told = h("p", { className: "hint", role: "status" });
  const far = h("span", { className: "hint" }); // not read aloud: it changes all the time
  const notes = h("p", { className: "hint notes", "aria-live": "polite" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("sweep.progress"), hidden: true });
  const axes = [axisChooser(0), axisChooser(1)];
  const steps = h("input", { id: "sweep-steps", type: "text", inputMode: "numeric", className: "typed", value: String(STEPS) });
  const run = h("button", { className: "primary", onclick: press }, t("sweep.run"));
  const wall = h("div", { className: "wall", role: "group", "aria-label": t("sweep.wall"), tabIndex: 0 });
  const chart = h("div", { className: "chart" });
  const measures = h("div", { className: "segments tiny", role: "group", "aria-label": t("sweep.measure") },
    ...(/** @type {const} */ (["accuracy", "cost"])).map((name) => h("button", {
      "aria-pressed": String(name === "accuracy"), onclick: () => choose(name),
    }, t(`sweep.${name}`))));
  const side = h("div", { className: "side-chart", hidden: true }, measures, chart);
  const dialog = h("dialog", { className: "sweep", "aria-labelledby": "sweep-title" },
    h("header", {}, h("h2", { id: "sweep-title" }, t("sweep.title")),
      h("button", { className: "quiet", "aria-label": t("word.close"), onclick: () => dialog.close() }, "×")),
    h("form", { className: "axes", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      ...axes.map(({ root }) => root),
      h("div", { className: "go" }, h("label", { for: "sweep-steps" }, t("sweep.steps")), steps, run)),
    h("div", { className: "how-far" }, bar, far, told),
    notes,
    h("div", { className: "found" }, wall, side));
  document.body.append(dialog);
  dialog.onclose = () => working?.abort();
  byId("sweep").onclick = () => {
    actions.rest();
    dialog.showModal();
    if (!tiles.length) say(told, t("sweep.about"));
  };
  const draw = sweepChart(chart, (at) => open(at));

  /** @type {AbortController | null} */
  let working = null;
  /** @type {ReturnType<typeof tile>[]} */
  let tiles = [];
  /** @type {(Run | undefined)[]} */
  let runs = [];
  /** What was asked for. @type {{base: import("../types.js").Experiment, fields: Field[], values: unknown[][], steps: number}} */
  let asked = { base: catalog.defaults, fields: [], values: [], steps: STEPS };
  /** @type {"accuracy" | "cost"} */
  let measure = "accuracy";
  let drawing = 0;

  /** @param {number} i  A menu of what varies, and a box with its values. */
  function axisChooser(i) {
    const menu = h("select", { id: `sweep-field-${i}` },
      ...(i ? [h("option", { value: "" }, t("sweep.nothing"))] : []),
      ...FIELDS.map(({ title }, k) => h("option", { value: String(k) }, t(title))));
    const box = h("input", { id: `sweep-values-${i}`, type: "text", spellcheck: false, autocomplete: "off", "aria-label": t("sweep.values_of", { n: i + 1 }), value: i ? "" : suggestion(FIELDS[0], true, catalog) });
    box.hidden = i > 0;
    menu.onchange = () => {
      box.hidden = menu.value === "";
      for (const axis of axes) axis.suggest();
    };
    const field = () => (menu.value === "" ? null : FIELDS[Number(menu.value)]);
    let suggested = box.value;
    let before = field();
    return {
      root: h("div", { className: "axis" }, h("label", { for: menu.id }, i ? t("sweep.second") : t("sweep.first")), menu, box),
      menu,
      box,
      field,
      /** The values to begin with, unless somebody has typed others for this field. */
      suggest() {
        const chosen = field();
        const alone = axes.every((axis) => axis.menu === menu || axis.field() === null);
        if (chosen === before && box.value !== suggested) return;
        before = chosen;
        box.value = suggested = chosen ? suggestion(chosen, alone, catalog) : "";
      },
    };
  }

  /** Ask the server, and lay out the wall for what will come. */
  async function begin() {
    const chosen = axes.flatMap((axis) => {
      const field = axis.field();
      return field ? [{ field, values: valuesOf(axis.box.value) }] : [];
    });
    const total = chosen.reduce((product, { values }) => product * values.length, 1);
    if (total > MOST) return say(told, t("sweep.too_many", { n: count(total), most: count(MOST) }));
    const fields = chosen.map(({ field }) => field);
    const state = store.get();
    const lane = state.lanes[0];
    const swept = sweptBase(settled(state.step)(lane), chosen, catalog);
    if (lane.interventions.length) swept.notes.unshift(t("sweep.note_interventions"));
    asked = {
      base: swept.base,
      fields,
      values: chosen.map(({ values }) => values),
      steps: /** @type {any} */ (/^\s*\d+\s*$/.test(steps.value) ? Number(steps.value) : steps.value),
    };
    const mine = working = new AbortController();
    say(run, t("sweep.cancel"));
    say(told, t("sweep.begun", { n: total }));
    bar.hidden = false;
    bar.removeAttribute("value");
    let laidOut = false;
    const question = { experiment: asked.base, axes: chosen.map(({ field, values }) => ({ field: field.path.join("."), values })), steps: asked.steps };
    try {
      await sweep(question, mine.signal, (line) => {
        if (!laidOut) { // what was refused leaves the last sweep where it is
          layOut();
          say(notes, swept.notes.join(" "));
        }
        laidOut = true;
        if (line.type === "run") {
          runs[line.run] = line;
          tiles[line.run].fill(line, classes(), store.get().theme);
          drawSoon();
        } else {
          bar.value = line.run_steps / Math.max(line.of * asked.steps, 1);
          say(told, "");
          say(far, t("sweep.far", { done: count(line.runs), n: line.of }));
        }
      });
      say(told, summary());
    } catch (error) {
      if (mine.signal.aborted) say(told, t("sweep.cancelled", { done: count(runs.filter(Boolean).length), n: total }));
      else tell(told, /** @type {Error} */ (error).message);
    } finally {
      if (working === mine) working = null;
      bar.hidden = true;
      say(far, "");
      say(run, t("sweep.run"));
      drawSoon();
    }
  }

  /** @param {MouseEvent} event  The second click of a double click would end what the first has begun. */
  function press(event) {
    if (!working) begin();
    else if (event.detail < 2) working.abort();
  }

  /** Empty tiles: one axis fills rows as wide as there is room, two make a table. */
  function layOut() {
    const [across, down] = names();
    const total = across.length * (down?.length ?? 1);
    runs = Array(total).fill(undefined);
    tiles = runs.map((_, i) => {
      const at = down ? [Math.floor(i / down.length), i % down.length] : [i];
      const name = at.map((k, j) => `${t(asked.fields[j].title)} ${names()[j][k]}`).join(", ");
      return tile(name, down ? "" : across[i], () => open(at));
    });
    wall.classList.toggle("table", Boolean(down));
    wall.style.setProperty("--columns", String(across.length));
    const head = (/** @type {string} */ text, also = "") => h("span", { className: `head ${also}` }, text);
    const titles = asked.fields.map(({ title }) => t(title));
    const corner = head(`${titles[0]} →\n${titles[1]} ↓`, "row");
    corner.classList.add("corner");
    wall.replaceChildren(...(down
      ? [corner, ...across.map((name) => head(name)), ...down.flatMap((name, y) => [head(name, "row"), ...across.map((_, x) => tiles[x * down.length + y].root)])]
      : tiles.map(({ root }) => root)));
    side.hidden = false;
  }

  /** The values of each axis, as people read them. */
  function names() {
    return asked.fields.map((field, i) => asked.values[i].map((value) => valueName(field, value, catalog)));
  }

  function classes() {
    const { points, classes: several } = asked.base.data;
    return points ? 1 + Math.max(...points.map(([, , label]) => label)) : several;
  }

  /** Not for every line: they come by the dozen. */
  function drawSoon() {
    drawing ||= setTimeout(() => {
      drawing = 0;
      if (!dialog.open || !runs.length) return;
      const titles = asked.fields.map(({ title }) => t(title));
      draw({ titles, names: names(), runs, measure, theme: store.get().theme });
    }, 150);
  }

  /** @param {"accuracy" | "cost"} name */
  function choose(name) {
    measure = name;
    for (const button of measures.children) button.setAttribute("aria-pressed", String(button.textContent === t(`sweep.${name}`)));
    drawSoon();
  }

  /** How many, the best, and what went wrong. */
  function summary() {
    const made = runs.flatMap((one) => (one && one.status !== "refused" ? [one] : []));
    const fine = made.filter((one) => one.status !== "diverged");
    const [best] = fine.sort((a, b) => b.accuracy - a.accuracy || a.cost - b.cost);
    if (best) tiles[best.run].root.classList.add("best");
    const diverged = made.length - fine.length;
    return [
      t("sweep.done", { n: made.length }),
      ...(best ? [t("sweep.best", { accuracy: percent(best.accuracy), name: best.at.map((k, j) => `${t(asked.fields[j].title)} ${names()[j][k]}`).join(", ") })] : []),
      ...(diverged ? [t("sweep.have_diverged", { n: diverged })] : []),
      ...(runs.length > made.length ? [t("sweep.were_refused", { n: runs.length - made.length })] : []),
    ].join(" ");
  }

  /** @param {number[]} at  The run with these values, on the page. */
  function open(at) {
    const index = at.reduce((sum, k, j) => sum * asked.values[j].length + k, 0);
    const found = runs[index];
    if (!found || found.status === "refused") return;
    const experiment = withValues(asked.base, asked.fields, at.map((k, j) => asked.values[j][k]));
    dialog.close();
    actions.open([experiment], found.steps, { playing: false, until: null, histories: [EMPTY] });
  }

  let theme = store.get().theme;
  return (/** @type {import("../types.js").State} */ state) => {
    if (state.theme === theme) return;
    theme = state.theme;
    for (const one of tiles) one.paint(classes(), theme);
    drawSoon();
  };
}
