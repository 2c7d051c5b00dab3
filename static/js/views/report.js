// @ts-check
// The run on one sheet of paper: the experiment, what came of it, pictures, and the weights.

import { h } from "../dom.js";
import { inTime } from "../edits.js";
import { cost, count, percent, plain, short } from "../format.js";
import { activationName, laneNames, sizesOf, startName } from "../names.js";
import { linkOf } from "../share.js";
import { whatDiffers } from "../url.js";
import { t, term } from "../words.js";
import { drawing } from "./drawing.js";
import { whatChanges } from "./lanes.js";
import { printed, sheetOf } from "./paper.js";

const MOST_UNITS = 8;
const FEW_UNITS = 4; // of each layer, where there are many layers
const MANY_ROWS = 40;
const PAGE_MM = 272; // what A4 leaves between its margins
const MM = 96 / 25.4;

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../types.js").Experiment} Experiment */

/** @param {import("../store.js").Store} store */
export async function printReport(store) {
  const { frame, lanes, theme } = store.get();
  if (!frame || frame.lanes.length !== lanes.length) throw new Error("there is nothing to report yet");
  const root = document.documentElement;
  root.classList.add("on-paper");
  try {
    await redrawn(store, "light");
    const state = store.get();
    const sheet = sheetOf("report", ...await content(state));
    fit(sheet);
    printed(sheet);
  } finally {
    root.classList.remove("on-paper");
    store.set({ theme });
  }
}

/**
 * @param {import("../store.js").Store} store
 * @param {"light" | "dark"} theme
 * @returns {Promise<void>} once everything has been drawn in it
 */
function redrawn(store, theme) {
  return new Promise((done) => {
    store.afterDrawing(done);
    store.set({ theme });
  });
}

/** @param {State} state */
async function content(state) {
  const { lanes, catalog, frame } = state;
  const names = laneNames(lanes, catalog);
  const link = linkOf(state, location.href);
  const shots = await Promise.all(lanes.map(async (_, i) => ({
    boundary: await shot(document.querySelectorAll(".plane")[i], `${t("pictures.boundary")}, ${names[i]}`),
    network: await shot(document.querySelectorAll(".picture .inner")[i], `${t("pictures.network")}, ${names[i]}`),
  })));
  const curves = await shot(document.querySelector("#curves"), t("curves.label"));
  return [
    h("h1", {}, t("report.title", { names: names.join(" | "), step: count(state.step) })),
    ...differences(state, names),
    h("div", { className: "runs" }, ...lanes.map((experiment, i) => h("article", {},
      h("h2", {}, names[i]),
      h("p", {}, inWords(experiment, catalog)),
      results(/** @type {NonNullable<State["frame"]>} */ (frame).lanes[i]),
      h("div", { className: "shots" }, shots[i].boundary, shots[i].network),
      changes(experiment),
      h("div", { className: "weights-on-paper" }, ...matrices(/** @type {NonNullable<State["frame"]>} */ (frame).lanes[i], sizesOf(experiment)))))),
    h("div", { className: "curves-on-paper" }, curves),
    h("p", { className: "address" }, t("report.foot", { version: catalog.version, date: new Date().toLocaleDateString("en-CA"), link })),
  ];
}

/**
 * @param {Element | null | undefined} element
 * @param {string} name
 */
async function shot(element, name) {
  if (!element?.checkVisibility()) return ""; // left out by the link
  const picture = await drawing(element, name, "#fff");
  const source = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(picture))}`;
  const image = h("img", { alt: name, src: source });
  await image.decode();
  return image;
}

/**
 * A table of what differs from the usual experiment.
 * @param {State} state
 * @param {string[]} names
 */
function differences({ lanes, catalog }, names) {
  const found = lanes.map((lane) => leaves(whatDiffers(lane, catalog)));
  const fields = [...new Set(found.flatMap((values) => Object.keys(values)))].filter((field) => field !== "interventions");
  if (!fields.length) return [h("p", {}, t("report.usual"))];
  const usual = leaves(catalog.defaults);
  return [h("table", { className: "differs" },
    h("thead", {}, h("tr", {}, ...[t("report.differs"), t("report.usually"), ...names].map((text) => h("th", {}, text)))),
    h("tbody", {}, ...fields.map((field) => h("tr", {}, h("th", {}, field), h("td", {}, told(usual[field])),
      ...found.map((values) => h("td", {}, told(field in values ? values[field] : usual[field])))))))];
}

/**
 * Every value by its place: data.name, training.batch_size.
 * @param {Record<string, any>} value
 * @returns {Record<string, any>}
 */
function leaves(value) {
  return Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (
    one !== null && typeof one === "object" && !Array.isArray(one)
      ? Object.entries(one).map(([inner, leaf]) => [`${name}.${inner}`, leaf]) : [[name, one]]
  )));
}

/** @param {any} value @returns {string} */
function told(value) {
  if (value === null || value === undefined) return "\u2013";
  if (typeof value === "number") return plain(value);
  if (typeof value === "boolean") return value ? t("report.yes") : t("report.no");
  if (!Array.isArray(value)) return term(String(value).replaceAll("_", " "));
  if (!value.length) return t("report.none");
  return value.some((one) => one !== null && typeof one === "object") ? t("report.given", { n: count(value.length) }) : value.map(told).join(", ");
}

/**
 * @param {Experiment} experiment
 * @param {import("../types.js").Catalog} catalog
 */
function inWords(experiment, catalog) {
  const { data, training, network } = experiment;
  const title = (/** @type {import("../types.js").Row[]} */ rows, /** @type {string} */ name) => rows.find((row) => row.name === name)?.title ?? name;
  const points = data.points ? t("report.own_points", { n: count(data.points.length) })
    : t("report.points", { n: count(data.samples), data: title(catalog.datasets, data.name), noise: data.noise === null ? "\u2013" : plain(data.noise), seed: data.seed });
  const batch = training.batch_size === null ? t("name.full_batch") : t("name.batches", { n: training.batch_size });
  return t("report.words", {
    points, sizes: sizesOf(experiment).join("-"), activation: network.hidden.length ? activationName(experiment, catalog) : t("name.no_hidden"),
    start: startName(experiment, catalog), seed: experiment.init.seed, optimizer: title(catalog.optimizers, training.optimizer),
    rate: t("word.rate", { value: plain(training.learning_rate) }), batch,
  });
}

/** @param {import("../types.js").Lane} lane */
function results({ step, cost: value, accuracy, held_back: held, sentence }) {
  const rows = [[t("report.training"), value, accuracy], ...Object.entries(held).map(([name, m]) => [t(name === "test" ? "curves.test" : "curves.validation"), m.cost, m.accuracy])];
  return h("div", { className: "results" },
    h("p", {}, h("b", {}, t("report.step", { step: count(step) })), " ",
      rows.map(([name, c, a]) => t("report.measures", { name, cost: cost(Number(c)), accuracy: percent(Number(a)) })).join("; ")),
    h("p", {}, sentence));
}

/** @param {Experiment} experiment */
function changes(experiment) {
  if (!experiment.interventions.length) return h("p", {});
  const said = inTime(experiment).map((change) => whatChanges(change, experiment));
  const most = 12;
  return h("p", {}, h("b", {}, `${t("report.changed")} `), said.slice(0, most).join("; "), said.length > most ? ` ${t("report.more_changes", { n: said.length - most })}` : "");
}

/**
 * W and b of each layer; of more than eight units or inputs the first eight, in a deep network the first four.
 * @param {import("../types.js").Lane} lane
 * @param {number[]} sizes
 */
function matrices({ buffers }, sizes) {
  const rowsInAll = sizes.slice(1).reduce((sum, units) => sum + Math.min(units, MOST_UNITS), 0);
  const most = rowsInAll > MANY_ROWS ? FEW_UNITS : MOST_UNITS;
  return sizes.slice(1).map((units, l) => {
    const W = buffers[`W${l + 1}`];
    const b = buffers[`b${l + 1}`].values;
    const [rows, columns] = W.shape;
    const [shown, across] = [Math.min(rows, most), Math.min(columns, most)];
    const more = sizes[l] > across;
    const row = (/** @type {number} */ u) => h("tr", {},
      ...Array.from({ length: across }, (_, i) => h("td", {}, short(W.values[u * columns + i]))), ...(more ? [h("td", {}, "…")] : []),
      h("td", { className: "bias-on-paper" }, short(b[u])));
    const cells = across + (more ? 2 : 1);
    const over = h("tr", {}, h("th", { colSpan: cells - 1 }, `W[${l + 1}] (${units}, ${sizes[l]})`), h("th", {}, "b"));
    return h("table", {}, h("thead", {}, over), h("tbody", {}, ...Array.from({ length: shown }, (_, u) => row(u)),
      ...(units > shown ? [h("tr", {}, h("td", { colSpan: cells }, t("report.more_units", { n: units - shown })))] : [])));
  });
}

/** @param {HTMLElement} sheet  What is too long for one page is made smaller. */
function fit(sheet) {
  sheet.classList.add("measured");
  let scale = 1;
  // Smaller, it is wider too, so that lines grow longer: a few rounds come to rest.
  for (let round = 0; round < 12 && sheet.scrollHeight * scale > PAGE_MM * MM; round++) {
    scale *= 0.94;
    sheet.style.width = `${186 / scale}mm`;
  }
  sheet.classList.remove("measured");
  sheet.style.setProperty("--scale", String(scale));
}
