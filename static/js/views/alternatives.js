// @ts-check
// "Compare with ..." and a lane's "change": the choices by which one run can differ from another.

import { h } from "../dom.js";
import { withHidden, withNetwork, withRate, withStart } from "../edits.js";
import { plain } from "../format.js";

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
export function alternatives({ init, network, training }, catalog) {
  const starts = catalog.starts
    .filter((row) => row.method !== init.method || row.scale !== init.scale)
    .map((row) => ({
      group: "start", title: row.scale === null ? row.title : `${row.title} ${plain(row.scale)}`, edit: withStart(row),
    }));
  const activations = catalog.activations
    .filter((row) => row.name !== network.activation)
    .map((row) => ({ group: "activation", title: row.title, edit: withNetwork({ activation: row.name }) }));
  const widths = network.hidden.length === 1
    ? WIDTHS.filter((n) => n !== network.hidden[0])
      .map((n) => ({ group: "hidden units", title: n === 1 ? "1 unit" : `${n} units`, edit: withHidden([n]) }))
    : [];
  const rates = RATES.filter((rate) => rate !== training.learning_rate)
    .map((rate) => ({ group: "learning rate", title: `rate ${plain(rate)}`, edit: withRate(rate) }));
  return [...starts, ...activations, ...widths, ...rates];
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
