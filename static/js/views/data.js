// @ts-check
// The data sets, drawn from their own points, and what can be chosen about them.

import { byId, h, whenChanged } from "../dom.js";
import { token } from "../colour.js";
import { withData, withDataSet } from "../edits.js";
import { t } from "../words.js";
import { numberField, typed } from "./field.js";

const THUMBNAIL = 44;
const SAMPLES = 140;

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function dataView(catalog, actions) {
  const thumbnails = catalog.datasets.map((row) => thumbnail(row, () => actions.restart(withDataSet(row))));
  byId("thumbnails").append(...thumbnails.map(({ button }) => button));

  const ranges = catalog.fields.data;
  const samples = numberField({
    id: "samples", label: t("data.samples"), min: 20, max: 1000, step: 10, range: ranges.samples,
    change: (value) => actions.restart(withData({ samples: value })),
  });
  const noise = numberField({
    id: "noise", label: t("data.noise"), min: 0, max: 1, step: 0.01, range: ranges.noise,
    change: (value) => actions.restart(withData({ noise: value })),
  });
  const balance = numberField({
    id: "balance", label: t("data.balance"), min: 0.05, max: 0.95, step: 0.05, range: ranges.positive_fraction,
    change: (value) => actions.restart(withData({ positive_fraction: value })),
  });
  const seed = h("input", { id: "data-seed", type: "text", inputMode: "numeric", className: "typed", title: t("data.seed") });
  seed.onchange = () => actions.restart(withData({ seed: typed(seed) }));
  const fresh = h("button", {
    id: "new-points", className: "small", title: t("data.draw"),
    onclick: () => actions.restart((e) => withData({ seed: e.data.seed + 1 })(e)),
  }, t("data.new"));
  const classes = h("select", { id: "classes", className: "small" }, ...[2, 3, 4, 5, 6].map((n) => h("option", { value: String(n) }, t("data.n_classes", { n }))));
  classes.onchange = () => actions.restart(withData({ classes: Number(classes.value) }));
  const classesField = h("label", { className: "field" }, t("data.classes"), classes);
  const seeds = h("div", { className: "field seed" }, fresh, h("label", {}, `${t("word.seed")} `, seed));
  byId("data-fields").append(
    samples.root, noise.root, balance.root, classesField,
    seeds,
  );
  const fields = [samples, noise, balance];

  return whenChanged((state) => [state.lanes, state.theme, state.error], ({ lanes: [{ data }], error }) => {
    if (error) for (const field of fields) field.forget();
    for (const { button, row, paint } of thumbnails) {
      button.setAttribute("aria-pressed", String(row.name === data.name && !data.points));
      paint();
    }
    samples.show(data.samples);
    noise.show(data.noise ?? catalog.datasets.find((row) => row.name === data.name)?.noise ?? 0);
    balance.show(data.positive_fraction);
    for (const part of [...fields.map(({ root }) => root), seeds]) part.hidden = data.points !== null;
    balance.root.hidden ||= data.classes > 2;
    classesField.hidden = data.points !== null || !catalog.datasets.find((row) => row.name === data.name)?.many_classes;
    classes.value = String(data.classes);
    if (error || document.activeElement !== seed) seed.value = String(data.seed);
  });
}

/**
 * @param {import("../types.js").Row} row
 * @param {() => void} choose
 */
function thumbnail(row, choose) {
  const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
  const canvas = h("canvas", { width: THUMBNAIL * ratio, height: THUMBNAIL * ratio, "aria-hidden": "true" });
  const button = h("button", {
    className: "thumbnail", title: `${row.title}: ${row.description}`, "aria-label": row.title, onclick: choose,
  }, canvas);
  button.dataset.name = row.name;
  /** @type {number[][]} */
  let points = [];
  const paint = () => draw(canvas, points);
  fetch(`api/datasets/${row.name}?samples=${SAMPLES}`)
    .then((answer) => answer.json())
    .then((answer) => {
      points = answer.points;
      paint();
    })
    .catch(() => button.append(row.title)); // without its picture the name will do
  return { button, row, paint };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[][]} points  [x1, x2, label]; x2 grows upwards
 */
function draw(canvas, points) {
  const context = canvas.getContext("2d");
  if (!context || !points.length) return;
  const side = canvas.width;
  const size = side / 22;
  const [low1, high1] = extent(points.map((p) => p[0]));
  const [low2, high2] = extent(points.map((p) => p[1]));
  const scale = (side * 0.86) / Math.max(high1 - low1, high2 - low2, 1e-9);
  const colours = [token("--class0"), token("--class1")];
  context.clearRect(0, 0, side, side);
  for (const [x1, x2, label] of points) {
    context.fillStyle = colours[label];
    const x = side / 2 + (x1 - (low1 + high1) / 2) * scale;
    const y = side / 2 - (x2 - (low2 + high2) / 2) * scale;
    context.beginPath();
    if (label) context.rect(x - size / 2, y - size / 2, size, size);
    else context.arc(x, y, size / 1.8, 0, 7);
    context.fill();
  }
}

/** @param {number[]} values */
function extent(values) {
  return [Math.min(...values), Math.max(...values)];
}
