// @ts-check
// The middle of the page: one lane or two, each with its name, its network and its symmetry.

import { h, say } from "../dom.js";
import { count, plain, short } from "../format.js";
import { laneNames } from "../names.js";
import { t, term } from "../words.js";
import { alternatives, chooser } from "./alternatives.js";
import { networkPicture } from "./network.js";
import { nudgeDialog } from "./nudge.js";
import { unitsDialog } from "./units.js";
import { symmetryPanel } from "./symmetry.js";

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function lanesView(root, catalog, actions) {
  /** @type {ReturnType<typeof laneView>[]} */
  let lanes = [];
  const ask = { nudge: nudgeDialog(actions, catalog), units: unitsDialog(actions, catalog) };
  const legend = /** @type {HTMLElement} */ (document.getElementById("legend"));

  /** @param {import("../types.js").State} state */
  function networks(state) {
    const { frame } = state;
    if (!frame) return;
    if (lanes.length !== frame.lanes.length) {
      lanes = frame.lanes.map((_, i) => laneView(i, catalog, actions, ask));
      root.replaceChildren(...lanes.map((lane) => lane.root));
      root.dataset.count = String(lanes.length);
    }
    const names = state.lanes.length === lanes.length ? laneNames(state.lanes, catalog) : [];
    lanes.forEach((lane, i) => lane.draw(state, frame.lanes[i], names[i] ?? ""));
    say(legend.querySelector(".range") ?? addLegend(legend), rangeText(frame.lanes));
    // With more classes than two, the two hues are signs only.
    legend.classList.toggle("signs-only", frame.lanes.some((lane) => lane.buffers[`b${lane.symmetry.length + 1}`].values.length > 1));
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
    h("b", { className: "class1" }, t("legend.orange")), " ", ...signs("positive"), " · ",
    h("b", { className: "class0" }, t("legend.blue")), " ", ...signs("negative"), " · ", range,
  );
  return range;
}

/** @param {"positive" | "negative"} sign  What its hue says of two classes, and of more. */
function signs(sign) {
  return [h("span", { className: "of-two" }, t(`legend.${sign}`)), h("span", { className: "of-more" }, t(`legend.${sign}_only`))];
}

/** @param {import("../types.js").Lane[]} lanes */
function rangeText(lanes) {
  const hidden = lanes.flatMap((lane) => lane.ranges.slice(0, -1));
  if (!hidden.length) return t("legend.output");
  const texts = hidden.map(([low, high]) => t("word.range", { low: plain(low), high: plain(high) }));
  return texts.every((text) => text === texts[0])
    ? t("legend.maps", { range: texts[0] })
    : t("legend.ranges");
}

/**
 * @param {number} index
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 * @param {Record<"nudge" | "units", (lane: number, state: import("../types.js").State) => void>} ask  opens a dialog
 */
function laneView(index, catalog, actions, ask) {
  const name = h("h3", {});
  const change = chooser(`change-${index + 1}`, t("word.change"), catalog, (edit) => actions.restart(edit, index));
  const compare = index === 0 ? chooser("compare", t("lanes.compare"), catalog, actions.compare) : null;
  const close = h("button", {
    className: "quiet", title: t("lanes.end"), "aria-label": t("lanes.close"),
    onclick: () => actions.close(index),
  }, "×");
  const chips = h("div", { className: "chips" });
  /** @type {import("../types.js").State | null} */
  let latest = null;
  const symmetry = symmetryPanel(index, actions, catalog,
    () => latest && ask.nudge(index, latest), () => latest && ask.units(index, latest));
  const picture = networkPicture(catalog, (edit, inEvery) => actions.restart(edit, inEvery ? undefined : index));
  const root = h("article", { className: "lane", "aria-label": t("lanes.label", { i: index + 1 }) },
    h("header", {}, h("span", { className: `marker lane${index + 1}`, "aria-hidden": "true" }), name, ...(compare ? [compare.root] : []), change.root, chips, close),
    picture.root,
    symmetry.root);
  /** @type {import("../types.js").Experiment | null} */
  let offered = null;
  /** @type {ReturnType<typeof chip>[]} */
  let told = [];

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
      told = experiment.interventions.map((change, i) => chip(() => actions.withdraw(index, i)));
      chips.replaceChildren(...told.map((one) => one.root));
    }
    const effects = effectsOf(experiment, lane, state.escapes[index]);
    const changed = told.map((one, i) => one.tell(`${whatChanges(experiment.interventions[i], experiment)}${effects[i] ?? ""}`));
    const newest = told[told.length - 1]?.root;
    if (changed.includes(true)) chips.scrollLeft = newest.offsetLeft - chips.offsetLeft;
    picture.draw(state, lane, experiment);
  }
  return { root, draw, drawSymmetry: symmetry.draw };
}

/** @param {() => void} withdraw */
function chip(withdraw) {
  const text = h("span", {});
  const close = h("button", { className: "quiet", title: t("lanes.back"), onclick: withdraw }, "×");
  let shown = "";
  return {
    root: h("span", { className: "chip" }, text, close),
    /** @param {string} said @returns {boolean} whether that is new */
    tell(said) {
      if (said === shown) return false;
      shown = said;
      say(text, said);
      close.setAttribute("aria-label", t("lanes.back_what", { said }));
      return true;
    },
  };
}

/**
 * What is known of each intervention's effect: how far the output jumped, what rounding left of a nudge.
 * @param {import("../types.js").Experiment} experiment
 * @param {import("../types.js").Lane} lane
 * @param {import("../types.js").Escape | null | undefined} escape
 */
function effectsOf(experiment, { jumps }, escape) {
  /** @type {Record<number, string>} */
  const effects = {};
  for (const [index, jump] of jumps) effects[index] = t(jump === 0 ? "lanes.jump_none" : "lanes.jump", { jump: short(jump) });
  if (!escape?.stored.length) return effects;
  const nudges = experiment.interventions.map((change, index) => ({ change, index })).filter(({ change }) => change.nudge);
  nudges.sort((a, b) => a.change.step - b.change.step);
  escape.stored.forEach((stored, i) => {
    const { change, index } = nudges[i] ?? {};
    const by = change?.nudge?.by ?? stored;
    if (index !== undefined && Math.abs(stored - by) > 0.01 * Math.abs(by)) effects[index] = t("lanes.rounded", { by: short(stored) });
  });
  return effects;
}

/**
 * @param {import("../types.js").Intervention} change
 * @param {import("../types.js").Experiment} experiment
 */
export function whatChanges(change, { network }) {
  return t(change.set ? "lanes.from_step" : "lanes.at_step", { what: whatHappens(change, network.hidden.length > 1), step: count(change.step) });
}

/**
 * @param {import("../types.js").Intervention} change
 * @param {boolean} deep  whether a hidden layer has to be named
 */
function whatHappens({ set, nudge, edit, permute, flip }, deep) {
  if (nudge) return `${parameterName(nudge)} ${nudge.by < 0 ? "" : "+"}${plain(nudge.by)}`;
  if (edit) return `${parameterName(edit)} = ${plain(edit.to)}`;
  const where = deep ? ` ${t("lanes.of_layer", { layer: permute?.layer ?? flip?.layer ?? 0 })}` : "";
  if (permute) {
    const moved = permute.order.flatMap((unit, i) => (unit === i ? [] : [i + 1]));
    return moved.length === 2 ? t("lanes.swapped", { one: moved[0], other: moved[1], where }) : t("lanes.reordered", { where });
  }
  if (flip) return t("lanes.flipped", { u: flip.unit + 1, where });
  return Object.entries(set ?? {}).map(([name, value]) => `${term(name.replace("learning_", ""))} ${plain(value)}`).join(", ");
}

/** @param {{layer: number, unit: number, input: number | null}} place */
function parameterName({ layer, unit, input }) {
  return input === null ? t("lanes.bias", { layer, unit: unit + 1 }) : t("lanes.weight", { layer, unit: unit + 1, input: input + 1 });
}
