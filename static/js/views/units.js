// @ts-check
// The dialog that moves units and leaves the function: swap, shuffle, flip, merge; and the lab of rounding.

import { h, say } from "../dom.js";
import { withArithmetic } from "../edits.js";
import { t } from "../words.js";
import { options } from "./place.js";

/**
 * @param {import("../actions.js").Actions} actions
 * @param {import("../types.js").Catalog} catalog
 */
export function unitsDialog(actions, catalog) {
  const layer = h("select", { id: "units-layer", "aria-label": t("word.layer") });
  const one = h("select", { id: "units-one", "aria-label": t("word.unit") });
  const other = h("select", { id: "units-other", "aria-label": t("units.other") });
  const flipped = h("select", { id: "units-flipped", "aria-label": t("units.to_flip") });
  const layerRow = h("p", { className: "act" }, h("span", {}, `${t("units.in_layer")} `, layer));
  const swap = h("button", { type: "button", className: "small", onclick: () => permute(swapped()) }, t("units.swap"));
  const shuffle = h("button", { type: "button", className: "small", onclick: () => permute(shuffled(units())) }, t("units.shuffle"));
  const flip = h("button", { type: "button", className: "small", onclick: () => turn({ flip: { layer: at(), unit: Number(flipped.value) } }) }, t("units.flip"));
  const merge = h("button", { type: "button", className: "small", onclick: () => leave(() => actions.merge(lane, at())) }, t("units.merge"));
  const flipHint = h("p", { className: "hint" });
  const mergeText = h("span", {});
  const labs = catalog.arithmetics.map((row) => ({
    row,
    button: h("button", {
      type: "button", className: "small", title: row.description, onclick: () => leave(() => actions.compare(withArithmetic(row.name), lane)),
    }, t("name.sums", { kind: row.title })),
  }));
  const dialog = h("dialog", { className: "nudge units", "aria-label": t("units.title") },
    h("form", { method: "dialog" }, h("h2", {}, t("units.title")), layerRow,
      h("p", { className: "act" }, h("span", {}, `${t("units.swap_text")} `, one, ` ${t("word.and_alone")} `, other), swap),
      h("p", { className: "act" }, h("span", {}, t("units.shuffle_text")), shuffle),
      h("p", { className: "act" }, h("span", {}, `${t("units.flip_text")} `, flipped), flip), flipHint,
      h("p", { className: "hint" }, t("units.hint")),
      h("p", { className: "act" }, mergeText, merge),
      h("p", { className: "hint" }, t("units.merge_hint")),
      h("h3", {}, t("units.rounding")),
      h("p", { className: "hint" }, t("units.rounding_hint")),
      h("p", { className: "act" }, ...labs.map(({ button }) => button)),
      h("div", { className: "buttons" }, h("button", { type: "button", className: "small", onclick: () => dialog.close() }, t("word.close")))));
  document.body.append(dialog);
  let lane = 0;
  /** @type {import("../types.js").State | null} */
  let state = null;
  layer.onchange = list;
  one.onchange = check;
  other.onchange = check;

  const at = () => Number(layer.value);
  const experiment = () => /** @type {import("../types.js").State} */ (state).lanes[lane];
  const units = () => experiment().network.hidden[at() - 1];

  /** @param {() => void} act  What is done once the dialog is gone. */
  function leave(act) {
    dialog.close();
    act();
  }

  /** @param {import("../edits.js").Turn} change */
  function turn(change) {
    leave(() => actions.turn(lane, change));
  }

  /** @param {number[]} order */
  function permute(order) {
    turn({ permute: { layer: at(), order } });
  }

  function swapped() {
    const order = Array.from({ length: units() }, (_, i) => i);
    [order[Number(one.value)], order[Number(other.value)]] = [Number(other.value), Number(one.value)];
    return order;
  }

  function list() {
    const count = units();
    for (const select of [one, other, flipped]) select.replaceChildren(...options(count, (i) => `${i + 1}`));
    other.value = String(Math.min(1, count - 1));
    check();
  }

  /** What can be done with this layer. */
  function check() {
    const { activation } = experiment().network;
    const row = catalog.activations.find(({ name }) => name === (Array.isArray(activation) ? activation[at() - 1] : activation));
    const symmetry = state?.frame?.lanes[lane].symmetry[at() - 1];
    swap.disabled = one.value === other.value;
    shuffle.disabled = units() < 2;
    flip.disabled = !row?.odd;
    const odd = catalog.activations.filter((each) => each.odd).map(({ title }) => title).join(` ${t("word.and_alone")} `);
    say(flipHint, row?.odd ? "" : t("units.odd", { odd, title: row?.title ?? "" }));
    flipHint.hidden = Boolean(row?.odd);
    merge.disabled = !symmetry || symmetry.distinct === symmetry.units;
    say(mergeText, merge.disabled ? t("units.none_equal") : t("units.merge_text", { many: symmetry?.units ?? 0, few: symmetry?.distinct ?? 0 }));
  }

  return (/** @type {number} */ index, /** @type {import("../types.js").State} */ now) => {
    lane = index;
    state = now;
    const { hidden } = experiment().network;
    layer.replaceChildren(...options(hidden.length, (i) => `${i}`, 1));
    layer.value = String(Math.min(now.layer, hidden.length));
    layerRow.hidden = hidden.length < 2;
    for (const { row, button } of labs) button.hidden = row.name === experiment().arithmetic;
    list();
    dialog.showModal();
  };
}

/**
 * An order of `count` units that is not the present one.
 * @param {number} count
 */
function shuffled(count) {
  const order = Array.from({ length: count }, (_, i) => i);
  while (order.every((unit, i) => unit === i)) {
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
  }
  return order;
}
