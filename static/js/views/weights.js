// @ts-check
// W, b, dW and db of every layer as tables whose cells are coloured; a weight is changed by typing over it.

import { h, say } from "../dom.js";
import { count, plain, short } from "../format.js";
import { laneNames } from "../names.js";
import { ruleText } from "../refusals.js";
import { t } from "../words.js";
import { normsChart } from "./norms.js";

/**
 * The part of a layer in view: `rows` units from `unit` on, `columns` inputs from `input` on.
 * @typedef {{shape: number[], unit: number, input: number, rows: number, columns: number, norm: number, gradient_norm: number, activation: number}} LayerWeights
 */
/** @typedef {{W: number[][], b: number[], difference: number}} Collapsed */
/** @typedef {{c: number, layers: number, grown: number}} Powers */
/** @typedef {{layers: LayerWeights[], values: Float64Array, batches: boolean, collapsed: Collapsed | null, powers: Powers | null}} Panel */
/** @typedef {{element: HTMLElement, show: (value: number, largest: number) => void}} Cell */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function weightsView(root, catalog, actions) {
  const chart = h("figure", { className: "norms", "aria-label": t("weights.norms") });
  const runs = h("div", { className: "runs" });
  const drawNorms = normsChart(chart);
  /** @type {unknown[]} */
  let drawn = [];
  let built = "";
  /** @type {((panel: Panel) => void)[]} */
  let shows = [];
  return (/** @type {import("../types.js").State} */ state) => {
    const { frame, lanes, panel, theme, histories } = state;
    if (panel !== "weights" || !frame || (drawn[0] === frame && drawn[1] === theme && drawn[2] === histories && "Plotly" in globalThis)) return;
    drawn = [frame, theme, "Plotly" in globalThis ? histories : null];
    const panels = frame.lanes.map(panelOf);
    if (panels.some((numbers) => !numbers)) return;
    const names = lanes.length === frame.lanes.length && lanes.length > 1 ? laneNames(lanes, catalog) : [];
    const batches = panels.map((_, i) => lanes[i]?.training.batch_size ?? null);
    const key = JSON.stringify([names, batches, panels.map((numbers) => numbers && [numbers.collapsed !== null, numbers.layers.map(place)])]);
    if (key !== built) {
      built = key;
      const parts = panels.map((numbers, i) => laneTables(/** @type {Panel} */ (numbers), i, names[i] ?? "", batches[i], catalog, actions));
      shows = parts.map(({ show }) => show);
      runs.replaceChildren(...parts.map((part) => part.root));
      if (!chart.isConnected) root.replaceChildren(chart, runs);
    }
    panels.forEach((numbers, i) => numbers && shows[i](numbers));
    drawNorms(state);
  };
}

/** @param {import("../types.js").Lane} lane @returns {Panel | null} */
function panelOf({ panel, buffers }) {
  const values = buffers["panel.values"]?.values;
  return panel?.name === "weights" && values ? { ...panel, values } : null;
}

/** @param {LayerWeights} layer */
function place({ shape, unit, input, rows, columns }) {
  return [shape, unit, input, rows, columns];
}

/**
 * @param {Panel} numbers
 * @param {number} lane
 * @param {string} name
 * @param {number | null} batch  how many points a step takes, null where it takes all
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
function laneTables({ layers, collapsed }, lane, name, batch, catalog, actions) {
  const refused = h("span", { className: "refused", role: "alert", hidden: true });
  const { rule } = catalog.fields.edit.to;
  /** What was typed as a number, or null after saying what is wrong with it. */
  const read = (/** @type {string} */ text, /** @type {string} */ what) => {
    const value = Number(text.replace(",", ".").replace("−", "-"));
    const { low = -Infinity, high = Infinity } = catalog.fields.edit.to;
    const good = text.trim() !== "" && Number.isFinite(value) && value >= low && value <= high;
    refused.hidden = good;
    say(refused, good ? "" : t("weights.refused", { what, rule: ruleText(rule), text: text.trim() === "" ? t("weights.nothing") : text }));
    return good ? value : null;
  };
  const tables = layers.map((layer, l) => layerTables(layer, l + 1, read, (unit, input, to) => (
    actions.edit(lane, { layer: l + 1, unit, input, to })
  )));
  const one = collapsed ? collapsedCard(layers.length) : null;
  const large = layers.some(({ shape, rows, columns }) => shape[0] > rows || shape[1] > columns);
  const root = h("div", { className: "lane-matrices" },
    h("div", { className: "above" },
      ...(name ? [h("span", { className: "lane-name" }, h("span", { className: `marker lane${lane + 1}` }), name)] : []),
      ...(large ? pager(layers, actions) : []), refused,
      ...(batch === null ? [] : [h("span", { className: "note" }, t("weights.batches", { size: count(batch) }))])),
    h("div", { className: "layers-row" }, ...(one ? [one.root] : []), ...tables.map((table) => table.root)));
  /** @param {Panel} panel */
  function show(panel) {
    let at = 0;
    panel.layers.forEach((layer, l) => {
      at = tables[l].show(layer, panel.values, at);
    });
    if (one && panel.collapsed) one.show(panel.collapsed, panel.powers);
  }
  return { root, show };
}

/**
 * Moves what is in view of the layers that are larger.
 * @param {LayerWeights[]} layers
 * @param {import("../actions.js").Actions} actions
 */
function pager(layers, actions) {
  const unit = Math.max(...layers.map((layer) => layer.unit));
  const input = Math.max(...layers.map((layer) => layer.input));
  const rows = Math.max(...layers.map((layer) => layer.rows));
  const columns = Math.max(...layers.map((layer) => layer.columns));
  const units = Math.max(...layers.map(({ shape }) => shape[0]));
  const inputs = Math.max(...layers.map(({ shape }) => shape[1]));
  const move = (/** @type {string} */ sign, /** @type {string} */ what, /** @type {number} */ u, /** @type {number} */ i) => h("button", {
    className: "quiet", "aria-label": what, title: what,
    disabled: u < 0 && unit === 0 || i < 0 && input === 0 || u > 0 && unit + rows >= units || i > 0 && input + columns >= inputs,
    onclick: () => actions.chooseCorner([
      Math.min(Math.max(unit + u * rows, 0), Math.max(units - rows, 0)), Math.min(Math.max(input + i * columns, 0), Math.max(inputs - columns, 0)),
    ]),
  }, sign);
  return [
    h("span", {}, move("◂", t("weights.units_before"), -1, 0), t("weights.units", { first: unit + 1, last: unit + rows, all: units }), move("▸", t("weights.units_after"), 1, 0)),
    h("span", {}, move("◂", t("weights.inputs_before"), 0, -1), t("weights.inputs", { first: input + 1, last: input + columns, all: inputs }), move("▸", t("weights.inputs_after"), 0, 1)),
  ];
}

/**
 * @param {LayerWeights} layer
 * @param {number} l
 * @param {(text: string, what: string) => number | null} read
 * @param {(unit: number, input: number | null, to: number) => void} edit
 */
function layerTables(layer, l, read, edit) {
  const words = h("p", { className: "hint" });
  const W = matrix("W", "b", l, layer, { read, edit });
  const dW = matrix("dW", "db", l, layer, null);
  return {
    root: h("div", { className: "layer-tables" }, words, h("div", { className: "pair-of-tables" }, W.root, dW.root)),
    /**
     * Shows what begins at `at` in `values`, and returns where the next layer begins.
     * @param {LayerWeights} now
     * @param {Float64Array} values
     * @param {number} at
     */
    show(now, values, at) {
      say(words, t("weights.layer", { l, shape: now.shape.join(" × "), w: short(now.norm), dw: short(now.gradient_norm), a: short(now.activation) }));
      return dW.show(values, W.show(values, at));
    },
  };
}

/**
 * @param {string} name
 * @param {string} bias
 * @param {number} l
 * @param {LayerWeights} layer
 * @param {{read: (text: string, what: string) => number | null, edit: (unit: number, input: number | null, to: number) => void} | null} editing
 */
function matrix(name, bias, l, { rows, columns, unit, input }, editing) {
  const make = (/** @type {number} */ u, /** @type {number | null} */ i) => {
    if (!editing) return cell(null);
    const where = i === null ? t("weights.where_bias", { name: bias, l, unit: unit + u + 1 }) : t("weights.where", { name, l, unit: unit + u + 1, input: input + i + 1 });
    return cell({ where, read: editing.read, edit: (to) => editing.edit(unit + u, i === null ? null : input + i, to) });
  };
  const cells = Array.from({ length: rows }, (_, u) => Array.from({ length: columns }, (__, i) => make(u, i)));
  const biases = Array.from({ length: rows }, (_, u) => make(u, null));
  const root = h("table", { "aria-label": t("weights.table", { name, l, bias }) },
    h("thead", {}, h("tr", {},
      h("th", { colSpan: columns, scope: "colgroup" }, name, h("sup", {}, `[${l}]`)), h("th", { scope: "col" }, bias, h("sup", {}, `[${l}]`)))),
    h("tbody", {}, ...cells.map((row, u) => h("tr", {}, ...row.map(({ element }) => element), biases[u].element))));
  /** @param {Float64Array} values @param {number} at */
  function show(values, at) {
    const end = at + rows * (columns + 1);
    let largest = 0; // of the table: one scale
    for (let k = at; k < end; k++) largest = Math.max(largest, Math.abs(values[k]));
    let k = at;
    for (const row of cells) for (const one of row) one.show(values[k++], largest);
    for (const one of biases) one.show(values[k++], largest);
    return end;
  }
  return { root, show };
}

/**
 * @param {{where: string, read: (text: string, what: string) => number | null, edit: (to: number) => void} | null} editing
 * @returns {Cell}
 */
function cell(editing) {
  const face = editing
    ? h("button", { className: "cell", title: t("weights.edit", { where: editing.where }) })
    : h("span", {});
  const element = h("td", {}, face);
  let now = NaN;
  let background = "";
  if (editing) {
    face.onclick = () => typeOver(element, face, now, editing);
  }
  return {
    element,
    show(value, largest) {
      // The numbers go on changing beneath a box that is open.
      if (value !== now) {
        now = value;
        say(face, short(value));
      }
      const colour = value === 0 ? "" : `color-mix(in srgb, var(--class${value > 0 ? 1 : 0}) ${Math.round((Math.abs(value) / largest) * 55)}%, transparent)`;
      if (colour === background) return;
      background = colour;
      element.style.background = colour;
    },
  };
}

/**
 * @param {HTMLElement} td
 * @param {HTMLElement} face
 * @param {number} value
 * @param {{where: string, read: (text: string, what: string) => number | null, edit: (to: number) => void}} editing
 */
function typeOver(td, face, value, { where, read, edit }) {
  const box = h("input", { type: "text", inputMode: "decimal", value: String(value), "aria-label": t("weights.new", { where }) });
  td.replaceChildren(box);
  box.focus();
  box.select();
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    const had = document.activeElement === box;
    td.replaceChildren(face);
    if (had) face.focus();
  };
  box.onkeydown = (event) => {
    event.stopPropagation(); // the page's own keys are not meant
    if (event.key === "Escape") close();
    if (event.key !== "Enter") return;
    const to = read(box.value, where);
    if (to === null) {
      box.select();
      return;
    }
    close();
    edit(to);
  };
  box.onblur = close;
}

/**
 * What linear layers come to: one.
 * @param {number} layers
 */
function collapsedCard(layers) {
  const body = h("tbody", {});
  const same = h("p", {});
  const power = h("p", {});
  const factors = Array.from({ length: layers }, (_, i) => layers - i);
  const shown = factors.length > 4 ? [factors[0], factors[1], 0, 1] : factors;
  const root = h("div", { className: "collapsed" },
    h("p", { className: "equation" }, "W′ = ", ...shown.flatMap((l) => (l ? [h("i", {}, "W", h("sup", {}, `[${l}]`)), " "] : ["… "]))),
    h("table", {}, body), same, power);
  return {
    root,
    /** @param {Collapsed} collapsed @param {Powers | null} powers */
    show({ W, b, difference }, powers) {
      if (body.rows.length !== W.length || body.rows[0].cells.length !== W[0].length + 3) {
        body.replaceChildren(...W.map((row) => h("tr", {},
          h("th", { scope: "row" }, "W′"), ...row.map(() => h("td", {})), h("th", { scope: "row" }, "b′"), h("td", {}))));
      }
      W.forEach((row, u) => {
        const { cells } = body.rows[u];
        row.forEach((value, i) => say(cells[i + 1], short(value)));
        say(cells[cells.length - 1], short(b[u]));
      });
      say(same, t("weights.same", { layers, difference: short(difference) }));
      power.hidden = powers === null;
      if (powers) {
        say(power, t("weights.powers", { c: plain(powers.c), layers: powers.layers, grown: Number(powers.grown.toPrecision(5)) }));
      }
    },
  };
}
