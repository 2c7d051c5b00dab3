// @ts-check
// Health: steps beside weights, the curvature against its threshold, how fast the cost changes, and the gradient check.

import { h, say } from "../dom.js";
import { count, percent, short } from "../format.js";
import { laneNames } from "../names.js";
import { t, term } from "../words.js";

/** @typedef {{units: number, weights: number, gradient: number, by_gradient: number | null, step: number | null, activation: number, saturated: number | null, dead: number | null}} LayerHealth */
/** @typedef {{step: number, too_large: boolean, smallest: number | null, largest: number | null, product: number | null, threshold: number | null, beyond: boolean}} Curvature */
/** @typedef {{layer: number, unit: number, input: number, rows: number, columns: number}} Window */
/** @typedef {{step: number, seconds?: number, layers?: Window[], count: number, error: number, largest: number, right: boolean, cornered: boolean}} Check */
/** @typedef {{layers: LayerHealth[], optimizer: string, cost_change: number | null, parameters: number, curvature: Curvature | null, check?: Check}} Health */

const heads = () => [t("word.layer"), "|W|", "|dW|", "α|dW| / |W|", t("health.its_step"), t("health.rms"), t("health.flat"), t("health.dead")];

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function healthView(root, catalog, actions) {
  /** @type {unknown} */
  let drawn = null;
  let built = "";
  /** @type {ReturnType<typeof lanePart>[]} */
  let parts = [];
  return (/** @type {import("../types.js").State} */ { frame, lanes, panel }) => {
    if (panel !== "health" || !frame || frame === drawn) return;
    const found = frame.lanes.map((lane) => (lane.panel?.name === "health" ? /** @type {Health} */ (lane.panel) : null));
    if (found.includes(null)) return;
    drawn = frame;
    const names = lanes.length === frame.lanes.length && lanes.length > 1 ? laneNames(lanes, catalog) : [];
    // What was found of another run is not kept; within a run it says of which step it is.
    const key = JSON.stringify([frame.request, names, found.map((one) => one?.layers.length)]);
    if (key !== built) {
      built = key;
      parts = found.map((one, i) => lanePart(/** @type {Health} */ (one).layers.length, i, names[i] ?? "", actions));
      root.replaceChildren(...parts.map((part) => part.root));
    }
    found.forEach((one, i) => one && parts[i].show(one, frame.lanes[i], lanes[i]?.training.batch_size ?? null));
  };
}

/**
 * @param {number} layers
 * @param {number} index
 * @param {string} name
 * @param {import("../actions.js").Actions} actions
 */
function lanePart(layers, index, name, actions) {
  const curvature = curvatureCard();
  const steps = stepsTable(layers);
  const check = checkCard(actions);
  return {
    root: h("div", { className: "lane-health" },
      ...(name ? [h("p", { className: "lane-name" }, h("span", { className: `marker lane${index + 1}` }), name)] : []),
      curvature.root, steps.root, check.root),
    /** @param {Health} health @param {import("../types.js").Lane} lane @param {number | null} batch  how many points a step takes, if not all */
    show(health, lane, batch) {
      curvature.show(health);
      steps.show(health, batch);
      const values = lane.buffers["panel.checked"]?.values;
      if (health.check) check.show(health.check, values ?? null, health.parameters);
    },
  };
}

function curvatureCard() {
  const product = h("b", { className: "product" });
  const rule = h("span", {});
  const eigenvalues = h("p", {});
  const words = h("p", { className: "note" });
  const change = h("b", { className: "cost-change" });
  const root = h("div", { className: "card curvature" },
    h("p", {}, `${t("health.changes")} `, change, ` ${t("health.next")}`),
    h("p", {}, `${t("health.product")} `, product, rule), eigenvalues, words);
  return {
    root,
    /** @param {Health} health */
    show({ cost_change: next, curvature, optimizer }) {
      say(change, next === null ? "–" : short(next));
      // While the run plays it is found now and then: what is there says of which step it is.
      if (!curvature || (curvature.too_large && eigenvalues.textContent)) return;
      const { step, product: now, threshold, beyond, smallest, largest, too_large: tooLarge } = curvature;
      say(product, now === null ? "–" : now.toFixed(2));
      product.classList.toggle("over", beyond);
      say(rule, threshold === null ? t(optimizer === "gradient descent" || optimizer === "momentum" ? "health.no_threshold_batches" : "health.no_threshold", { optimizer: term(optimizer) }) : t("health.stable", { threshold: short(threshold) }));
      say(eigenvalues, largest === null || smallest === null ? "" : t("health.eigenvalues", { low: short(smallest), high: short(largest), step: count(step) }));
      say(words, tooLarge ? t("health.too_large")
        : beyond ? t("health.beyond") : "");
    },
  };
}

/** @param {number} layers */
function stepsTable(layers) {
  const rows = Array.from({ length: layers }, (_, l) => heads().map((__, i) => h(i ? "td" : "th", i ? {} : { scope: "row" }, i ? "" : String(l + 1))));
  const note = h("p", { className: "note" });
  const batches = h("p", { className: "note batches" });
  return {
    // On a narrow screen it scrolls, for keys too.
    root: h("div", { className: "card", tabIndex: 0, role: "group", "aria-label": t("health.steps") },
      h("table", {}, h("thead", {}, h("tr", {}, ...heads().map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells)))), note, batches),
    /** @param {Health} health @param {number | null} batch */
    show(health, batch) {
      health.layers.forEach((layer, l) => {
        [
          "", short(layer.weights), short(layer.gradient), layer.by_gradient === null ? "–" : short(layer.by_gradient), layer.step === null ? "–" : short(layer.step),
          short(layer.activation), layer.saturated === null ? "" : percent(layer.saturated), layer.dead === null ? "" : t("health.of", { n: layer.dead, units: layer.units }),
        ].forEach((text, i) => i && say(rows[l][i], text));
      });
      say(note, t("health.note", { optimizer: term(health.optimizer) }));
      batches.hidden = batch === null;
      say(batches, batch === null ? "" : t("health.batches", { size: count(batch) }));
    },
  };
}

/** @param {import("../actions.js").Actions} actions */
function checkCard(actions) {
  const result = h("p", {});
  const tables = h("div", { className: "checked" });
  const root = h("div", { className: "card check" },
    h("button", { className: "small", onclick: actions.checkGradient, title: t("health.check_title") }, t("health.check")),
    result, tables);
  return {
    root,
    /** @param {Check} check @param {import("../types.js").Numbers | null} values @param {number} parameters */
    show(check, values, parameters) {
      if (!check.layers || !values) {
        say(result, t("health.long", { step: count(check.step), seconds: Math.ceil(check.seconds ?? 0) }));
        tables.replaceChildren();
        return;
      }
      const part = check.count < parameters ? t("health.in_view", { n: count(check.count), all: count(parameters) }) : t("health.all", { n: count(parameters) });
      const verdict = check.right ? t("health.right") : check.cornered
        ? t("health.corner") : t("health.differ");
      say(result, t("health.result", { step: count(check.step), part, verdict, error: short(check.error), largest: short(check.largest) }));
      let at = 0;
      tables.replaceChildren(...check.layers.map((window) => {
        const size = window.rows * (window.columns + 1);
        const table = checkedTable(window, values.subarray(at, at + 3 * size), size);
        at += 3 * size;
        return table;
      }));
    },
  };
}

/** @param {number} value  Seven digits. */
function precise(value) {
  return value === 0 ? "0" : (value < 0 ? "−" : "") + Math.abs(value).toExponential(6);
}

/**
 * Each number of dW and db three times: analytic, by central differences, and their difference.
 * @param {Window} window
 * @param {import("../types.js").Numbers} values
 * @param {number} size
 */
function checkedTable({ layer, unit, input, rows, columns }, values, size) {
  const names = Array.from({ length: columns }, (_, i) => t(layer === 1 ? "word.input_n" : "word.unit_n", { u: input + i + 1 }));
  return h("table", { "aria-label": t("health.table", { layer }) },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, `dW[${layer}], db[${layer}]`), ...[...names, t("word.bias")].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...Array.from({ length: rows }, (_, u) => h("tr", {}, h("th", { scope: "row" }, t("word.unit_n", { u: unit + u + 1 })),
      ...Array.from({ length: columns + 1 }, (__, i) => {
        const k = u * (columns + 1) + i;
        return h("td", {}, h("span", {}, precise(values[k])), h("span", {}, precise(values[size + k])),
          h("span", { className: "difference" }, short(values[2 * size + k])));
      })))));
}
