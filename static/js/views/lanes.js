// @ts-check
// The middle of the page: one lane or two, each with its name, its network and its symmetry.

import { h, say } from "../dom.js";
import { count, plain } from "../format.js";
import { laneNames } from "../names.js";
import { alternatives, chooser } from "./alternatives.js";
import { networkPicture } from "./network.js";
import { nudgeDialog } from "./nudge.js";
import { symmetryPanel } from "./symmetry.js";

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function lanesView(root, catalog, actions) {
  /** @type {ReturnType<typeof laneView>[]} */
  let lanes = [];
  const askNudge = nudgeDialog(actions);
  const legend = /** @type {HTMLElement} */ (document.getElementById("legend"));

  /** @param {import("../types.js").State} state */
  function networks(state) {
    const { frame } = state;
    if (!frame) return;
    if (lanes.length !== frame.lanes.length) {
      lanes = frame.lanes.map((_, i) => laneView(i, catalog, actions, askNudge));
      root.replaceChildren(...lanes.map((lane) => lane.root));
      root.dataset.count = String(lanes.length);
    }
    const names = state.lanes.length === lanes.length ? laneNames(state.lanes, catalog) : [];
    lanes.forEach((lane, i) => lane.draw(state, frame.lanes[i], names[i] ?? ""));
    say(legend.querySelector(".range") ?? addLegend(legend), rangeText(frame.lanes));
  }

  /**
   * @param {import("../types.js").State} state
   * @param {number} index
   */
  function symmetries(state, index) {
    if (state.frame && lanes.length === state.frame.lanes.length) lanes[index]?.drawSymmetry(state);
  }
  return { networks, symmetries };
}

/** @param {HTMLElement} legend */
function addLegend(legend) {
  const range = h("span", { className: "range" });
  legend.append(
    h("b", { className: "class1" }, "orange"), " positive, class 1 · ",
    h("b", { className: "class0" }, "blue"), " negative, class 0 · ", range,
  );
  return range;
}

/** @param {import("../types.js").Lane[]} lanes */
function rangeText(lanes) {
  const hidden = lanes.flatMap((lane) => lane.ranges.slice(0, -1));
  if (!hidden.length) return "the output from 0 to 1";
  const texts = hidden.map(([low, high]) => `${plain(low)} to ${plain(high)}`);
  return texts.every((text) => text === texts[0])
    ? `maps from ${texts[0]}`
    : "each layer's range is written beneath it";
}

/**
 * @param {number} index
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 * @param {(lane: number, state: import("../types.js").State) => void} askNudge
 */
function laneView(index, catalog, actions, askNudge) {
  const name = h("h3", {});
  const change = chooser(`change-${index + 1}`, "change", catalog, (edit) => actions.restart(edit, index));
  const compare = index === 0 ? chooser("compare", "Compare with …", catalog, actions.compare) : null;
  const close = h("button", {
    className: "quiet", title: "End the comparison: close this lane", "aria-label": "Close this lane",
    onclick: () => actions.close(index),
  }, "×");
  const chips = h("div", { className: "chips" });
  /** @type {import("../types.js").State | null} */
  let latest = null;
  const symmetry = symmetryPanel(index, actions, () => latest && askNudge(index, latest));
  const picture = networkPicture(catalog, (edit, inEvery) => actions.restart(edit, inEvery ? undefined : index));
  const root = h("article", { className: "lane", "aria-label": `lane ${index + 1}` },
    h("header", {}, h("span", { className: `marker lane${index + 1}`, "aria-hidden": "true" }), name, ...(compare ? [compare.root] : []), change.root, chips, close),
    picture.root,
    symmetry.root);
  /** @type {import("../types.js").Experiment | null} */
  let offered = null;

  /**
   * @param {import("../types.js").State} state
   * @param {import("../types.js").Lane} lane
   * @param {string} text
   */
  function draw(state, lane, text) {
    latest = state;
    say(name, text);
    const two = state.lanes.length > 1;
    close.hidden = !two;
    change.root.hidden = !two;
    if (compare) compare.root.hidden = two;
    const experiment = state.lanes[index];
    if (!experiment) return;
    if (experiment !== offered) {
      offered = experiment;
      const others = alternatives(experiment, catalog);
      change.offer(others);
      compare?.offer(others);
      chips.replaceChildren(...experiment.interventions.map((change, i) => chip(change, () => actions.withdraw(index, i))));
    }
    picture.draw(state, lane, experiment);
  }
  return { root, draw, drawSymmetry: symmetry.draw };
}

/**
 * @param {import("../types.js").Intervention} change
 * @param {() => void} withdraw
 */
function chip(change, withdraw) {
  const text = `${whatChanges(change)} ${change.set ? "from" : "at"} step ${count(change.step)}`;
  return h("span", { className: "chip" }, text,
    h("button", { className: "quiet", title: "Take this back", "aria-label": `Take back: ${text}`, onclick: withdraw }, "×"));
}

/** @param {import("../types.js").Intervention} change */
function whatChanges({ set, nudge, edit, permute, flip }) {
  if (nudge) return `${parameterName(nudge)} ${nudge.by < 0 ? "" : "+"}${plain(nudge.by)}`;
  if (edit) return `${parameterName(edit)} = ${plain(edit.to)}`;
  if (permute) return `units of layer ${permute.layer} reordered`;
  if (flip) return `unit ${flip.unit + 1} of layer ${flip.layer} flipped`;
  return Object.entries(set ?? {}).map(([name, value]) => `${name.replace("learning_", "")} ${plain(value)}`).join(", ");
}

/** @param {{layer: number, unit: number, input: number | null}} place */
function parameterName({ layer, unit, input }) {
  return input === null ? `b[${layer}] of unit ${unit + 1}` : `W[${layer}] of unit ${unit + 1}, input ${input + 1}`;
}
