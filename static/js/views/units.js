// @ts-check
// The dialog that moves units and leaves the function: swap, shuffle, flip, merge; and the lab of rounding.

import { h, say } from "../dom.js";
import { withArithmetic } from "../edits.js";
import { options } from "./nudge.js";

/**
 * @param {import("../actions.js").Actions} actions
 * @param {import("../types.js").Catalog} catalog
 */
export function unitsDialog(actions, catalog) {
  const layer = h("select", { id: "units-layer", "aria-label": "layer" });
  const one = h("select", { id: "units-one", "aria-label": "unit" });
  const other = h("select", { id: "units-other", "aria-label": "other unit" });
  const flipped = h("select", { id: "units-flipped", "aria-label": "unit to flip" });
  const layerRow = h("p", { className: "act" }, h("span", {}, "In layer ", layer));
  const swap = h("button", { type: "button", className: "small", onclick: () => permute(swapped()) }, "Swap");
  const shuffle = h("button", { type: "button", className: "small", onclick: () => permute(shuffled(units())) }, "Shuffle");
  const flip = h("button", { type: "button", className: "small", onclick: () => turn({ flip: { layer: at(), unit: Number(flipped.value) } }) }, "Flip");
  const merge = h("button", { type: "button", className: "small", onclick: () => leave(() => actions.merge(lane, at())) }, "Merge");
  const flipHint = h("p", { className: "hint" });
  const mergeText = h("span", {});
  const labs = catalog.arithmetics.map((row) => ({
    row,
    button: h("button", {
      type: "button", className: "small", title: row.description, onclick: () => leave(() => actions.compare(withArithmetic(row.name), lane)),
    }, `${row.title} sums`),
  }));
  const dialog = h("dialog", { className: "nudge units", "aria-label": "Rearrange units" },
    h("form", { method: "dialog" }, h("h2", {}, "Rearrange units"), layerRow,
      h("p", { className: "act" }, h("span", {}, "Swap units ", one, " and ", other), swap),
      h("p", { className: "act" }, h("span", {}, "Shuffle all of them"), shuffle),
      h("p", { className: "act" }, h("span", {}, "Flip every sign of unit ", flipped), flip), flipHint,
      h("p", { className: "hint" }, "The weights move, the network computes the same: by how much the output changed is told beside the lane's name."),
      h("p", { className: "act" }, mergeText, merge),
      h("p", { className: "hint" }, "One unit with the sum of their outgoing weights computes the same, and is shown beside this one; it learns at another pace."),
      h("h3", {}, "Does rounding break the symmetry?"),
      h("p", { className: "hint" }, "Beside this experiment, the same with other sums: exact ones keep equal units equal for ever, in others the last digits tell them apart."),
      h("p", { className: "act" }, ...labs.map(({ button }) => button)),
      h("div", { className: "buttons" }, h("button", { type: "button", className: "small", onclick: () => dialog.close() }, "Close"))));
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
    const odd = catalog.activations.filter((each) => each.odd).map(({ title }) => title).join(" and ");
    say(flipHint, row?.odd ? "" : `Only where g(−z) = −g(z), as of ${odd}; not of ${row?.title}.`);
    flipHint.hidden = Boolean(row?.odd);
    merge.disabled = !symmetry || symmetry.distinct === symmetry.units;
    say(mergeText, merge.disabled ? "No two units are equal" : `Merge the equal ones: ${symmetry?.units} become ${symmetry?.distinct}`);
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
