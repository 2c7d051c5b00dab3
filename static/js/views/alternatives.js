// @ts-check
// "Compare with ..." and a lane's "change": the choices by which one run can differ from another.

import { h } from "../dom.js";
import { withArithmetic, withData, withHidden, withNetwork, withRate, withStart, withTraining } from "../edits.js";
import { plain } from "../format.js";
import { t } from "../words.js";

/** @typedef {import("../edits.js").Edit} Edit */
/** @typedef {{group: string, title: string, edit: Edit}} Alternative */

const RATES = [0.1, 0.5, 1.2, 3, 10];
const WIDTHS = [1, 2, 3, 4, 8, 16];

/**
 * Every single choice by which a run can differ from `experiment`.
 * @param {import("../types.js").Experiment} experiment
 * @param {import("../types.js").Catalog} catalog
 * @returns {Alternative[]}
 */
export function alternatives({ data, init, network, training, arithmetic }, catalog) {
  const starts = catalog.starts
    .filter((row) => row.method !== init.method || row.scale !== init.scale)
    .map((row) => ({
      group: t("alternatives.start"), title: row.scale === null ? row.title : `${row.title} ${plain(row.scale)}`, edit: withStart(row),
    }));
  const activations = catalog.activations
    .filter((row) => row.name !== network.activation)
    .map((row) => ({ group: t("choices.activation"), title: row.title, edit: withNetwork({ activation: row.name }) }));
  const widths = network.hidden.length === 1
    ? WIDTHS.filter((n) => n !== network.hidden[0])
      .map((n) => ({ group: t("alternatives.units"), title: t("name.units", { n }), edit: withHidden([n]) }))
    : [];
  const optimizers = catalog.optimizers
    .filter((row) => row.name !== training.optimizer)
    .map((row) => ({ group: t("training.optimizer"), title: row.title, edit: withTraining({ optimizer: row.name }) }));
  const rates = RATES.filter((rate) => rate !== training.learning_rate)
    .map((rate) => ({ group: t("training.rate"), title: t("word.rate", { value: plain(rate) }), edit: withRate(rate) }));
  return [
    ...starts, ...activations, ...widths, ...rates, ...optimizers,
    ...other(t("alternatives.batches"), training.batch_size === null, t("name.full_batch"), withTraining({ batch_size: null }), t("name.batches", { n: 64 }), withTraining({ batch_size: 64 })),
    ...other("L2", training.l2 === 0, t("alternatives.no_l2"), withTraining({ l2: 0 }), "L2 0.3", withTraining({ l2: 0.3 })),
    ...other(t("alternatives.inputs"), !data.standardize, t("name.raw"), withData({ standardize: false }), t("alternatives.normalized"), withData({ standardize: true })),
    ...other(t("training.loss"), training.loss === "cross_entropy", t("alternatives.entropy"), withTraining({ loss: "cross_entropy" }), t("alternatives.squared"), withTraining({ loss: "squared_error" })),
    ...catalog.arithmetics.filter((row) => row.name !== arithmetic)
      .map((row) => ({ group: t("training.rounding"), title: t("name.sums", { kind: row.title }), edit: withArithmetic(row.name) })),
  ];
}

/**
 * The other one of two.
 * @param {string} group
 * @param {boolean} first  whether the first is in use
 * @param {string} title
 * @param {Edit} edit
 * @param {string} otherTitle
 * @param {Edit} otherEdit
 * @returns {Alternative[]}
 */
function other(group, first, title, edit, otherTitle, otherEdit) {
  return [first ? { group, title: otherTitle, edit: otherEdit } : { group, title, edit }];
}

/**
 * A menu of alternatives: a native select, so that every keyboard, screen reader and phone knows it.
 * @param {string} id
 * @param {string} label
 * @param {import("../types.js").Catalog} catalog
 * @param {(edit: Edit) => void} choose
 */
export function chooser(id, label, catalog, choose) {
  const root = h("select", { id, className: "chooser small", "aria-label": label });
  /** @type {Alternative[]} */
  let offered = [];
  let shown = "";
  root.onchange = () => {
    const chosen = offered[Number(root.value)];
    root.value = "";
    root.blur();
    if (chosen) choose(chosen.edit);
  };
  return {
    root,
    /** @param {Alternative[]} list */
    offer(list) {
      offered = list;
      const text = list.map(({ title }) => title).join();
      if (text === shown) return;
      shown = text;
      const groups = [...new Set(list.map(({ group }) => group))];
      root.replaceChildren(
        h("option", { value: "", hidden: true }, label),
        ...groups.map((group) => h("optgroup", { label: group }, ...list
          .map((alternative, i) => ({ alternative, i }))
          .filter(({ alternative }) => alternative.group === group)
          .map(({ alternative, i }) => h("option", { value: String(i) }, alternative.title)))),
      );
      root.value = "";
    },
  };
}
