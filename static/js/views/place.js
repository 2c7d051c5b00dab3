// @ts-check
// Which parameter is meant: three menus for its layer, its unit and where it comes from.

import { h } from "../dom.js";
import { sizesOf } from "../names.js";
import { t } from "../words.js";

/**
 * @param {string} id  what the menus' ids begin with
 * @param {import("../types.js").Catalog} catalog
 */
export function placeMenus(id, catalog) {
  const layer = h("select", { id: `${id}-layer`, onchange: list });
  const unit = h("select", { id: `${id}-unit` });
  const input = h("select", { id: `${id}-input` });
  const rows = {
    layer: h("label", {}, t("word.layer"), layer),
    unit: h("label", {}, t("word.unit"), unit),
    input: h("label", {}, t("nudge.from"), input),
  };
  /** @type {number[]} */
  let sizes = [];
  /** @type {string[]} */
  let inputs = [];
  let changed = () => {};

  function list() {
    const l = Number(layer.value);
    const names = l === 1 ? inputs : Array.from({ length: sizes[l - 1] }, (_, i) => t("word.unit_n", { u: i + 1 }));
    unit.replaceChildren(...options(sizes[l], (i) => `${i + 1}`));
    input.replaceChildren(...names.map((name, i) => h("option", { value: String(i) }, name)), h("option", { value: "b" }, t("nudge.bias")));
    changed();
  }

  return {
    rows,
    /**
     * @param {import("../types.js").Experiment} experiment
     * @param {number[]} [layers]  only these
     * @param {() => void} [tell]  that another layer has been chosen
     */
    offer(experiment, layers, tell = () => {}) {
      changed = tell;
      sizes = sizesOf(experiment);
      inputs = ["x1", "x2", ...experiment.network.features.map((name) => catalog.features.find((row) => row.name === name)?.title ?? name)];
      const all = layers ?? sizes.slice(1).map((_, i) => i + 1);
      layer.replaceChildren(...all.map((l) => h("option", { value: String(l) }, l === sizes.length - 1 ? t("nudge.output", { l }) : String(l))));
      list();
    },
    /** How many units the chosen layer has. */
    units: () => sizes[Number(layer.value)] ?? 0,
    chosen: () => ({ layer: Number(layer.value), unit: Number(unit.value), input: input.value === "b" ? null : Number(input.value) }),
  };
}

/**
 * Choices numbered from `first` on.
 * @param {number} length
 * @param {(i: number) => string} name
 * @param {number} first
 */
export function options(length, name, first = 0) {
  return Array.from({ length }, (_, i) => h("option", { value: String(i + first) }, name(i + first)));
}
