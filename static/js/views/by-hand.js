// @ts-check
// By hand: one example forward and backward, every equation with its numbers and shapes, and the update.

import { h, say } from "../dom.js";
import { plain } from "../format.js";
import { laneNames } from "../names.js";
import { t } from "../words.js";
import { copyScript } from "./copy.js";
import { sheet } from "./equations.js";
import { typed } from "./field.js";
import { backward, batchName, example, forward, loss, update } from "./hand.js";
import { slowMotion } from "./slow-motion.js";

/** @typedef {import("./hand.js").Hand} Hand */
/** @typedef {import("./hand.js").Spot} Spot */

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function byHandView(root, catalog, actions) {
  const page = sheet();
  const table = h("div", { className: "passes" });
  const scroller = h("div", { className: "scroller", tabIndex: -1 }, table);
  const walk = slowMotion({ begun: actions.rest, shown });
  const script = copyScript(actions);
  const bar = toolbar(actions);
  root.replaceChildren(h("div", { className: "hand-bar" }, ...bar.parts, h("span", { className: "grow" }), walk.start, script.root), walk.strip, scroller);
  let built = "";
  let lane = 0;
  /** @type {import("../types.js").Frame | null} */
  let drawn = null;
  /** @type {Spot | null} */
  let lit = null;

  const point = (/** @type {Event} */ event) => {
    const target = /** @type {Element} */ (event.target);
    const equation = /** @type {HTMLElement | null} */ (target.closest(".equation"));
    if (!equation) return actions.light(resting());
    const spot = spotOf(equation);
    const row = event.type === "focusin" ? null : /** @type {HTMLElement | null} */ (target.closest("tr[data-row]"));
    if (!row) return actions.light(spot);
    const [layer, unit] = [Number(row.dataset.rows), Number(row.dataset.row)];
    const { weight } = /** @type {HTMLElement | null} */ (target.closest("td[data-weight]"))?.dataset ?? {};
    actions.light({ ...(layer === spot.layer ? { ...spot, unit } : { ...spot, part: "unit", layer, unit }), weight });
  };
  for (const name of ["pointerover", "focusin"]) scroller.addEventListener(name, point);
  for (const name of ["pointerleave", "focusout"]) scroller.addEventListener(name, () => actions.light(resting()));

  /** @param {HTMLElement} equation @returns {Spot} */
  function spotOf({ dataset }) {
    return { lane, part: dataset.part ?? "", layer: Number(dataset.layer), unit: null };
  }

  /** What is lit when nothing is pointed at. @returns {Spot | null} */
  function resting() {
    const { phase } = walk;
    return phase && { lane, part: phase.part, layer: phase.layer, unit: null };
  }

  /** @param {import("./slow-motion.js").Phase | null} phase */
  function shown(phase) {
    for (const current of table.querySelectorAll(".current")) current.classList.remove("current");
    actions.light(resting());
    if (!phase) return;
    const also = { Z: ["A"], loss: ["cost"], update: ["bias"] }[phase.part] ?? [];
    const every = phase.part === "update"; // of all layers at once
    for (const part of [phase.part, ...also]) {
      const layer = every ? "" : `[data-layer="${phase.layer}"]`;
      for (const found of table.querySelectorAll(`.equation[data-part="${part}"]${layer}`)) found.classList.add("current");
    }
    table.querySelector(".current")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  /** @param {Hand} hand @param {import("../types.js").Experiment} experiment */
  function build(hand, experiment) {
    const L = hand.layers.length;
    page.clear();
    const features = experiment.network.features.map((name) => catalog.features.find((row) => row.name === name)?.title ?? name);
    const optimizer = catalog.optimizers.find((row) => row.name === hand.optimizer)?.title ?? hand.optimizer;
    const cell = (/** @type {number} */ row, /** @type {number} */ at, /** @type {(Node | string)[]} */ ...content) => {
      const made = h("div", { className: "cell" }, ...content);
      made.style.gridArea = `${row} / ${at}`;
      return made;
    };
    const head = (/** @type {string} */ text) => h("p", { className: "direction" }, text);
    const made = (/** @type {import("./equations.js").Equation[]} */ equations) => equations.map(page.equation);
    const over = hand.layers[0].next_W === null;
    table.replaceChildren(
      cell(1, 1, h("div", { className: "card" }, head(t("hand.forward")), h("div", { className: "row" }, ...made(example(hand, ["x₁", "x₂", ...features]))))),
      ...hand.layers.map((_, i) => cell(1, i + 2, h("div", { className: "card row" }, ...made(forward(hand, i + 1))))),
      cell(1, L + 2, h("div", { className: "card" }, ...made(loss(hand)))),
      ...hand.layers.map((_, i) => L - i).map((l) => cell(2, l + 1, h("div", { className: `card ${hand.layers[l - 1].shape[0] > 2 ? "row" : "wrapped"}` }, ...made(backward(hand, l))))),
      cell(2, L + 2, head(t("hand.backward"))),
      cell(2, 1, h("p", { className: "note batch" })),
      cell(3, 1, head(t("hand.update")), h("p", { className: "note" }, over ? t("hand.over") : t("hand.as", { optimizer }))),
      ...hand.layers.map((_, i) => cell(3, i + 2, ...(over ? [] : [h("div", { className: `card ${hand.layers[i].shape[0] > 2 ? "row" : "wrapped"}` }, ...made(update(hand, i + 1, optimizer)))]))),
    );
    const { phase } = walk;
    if (phase) shown(phase);
  }

  return (/** @type {import("../types.js").State} */ { frame, panel, hand: wish, lanes, playing, spot }) => {
    if (panel !== "by_hand") return walk.stop();
    if (playing) walk.stop();
    if (spot !== lit) {
      lit = spot;
      page.light(spot && spot.lane === lane ? spot : null);
    }
    if (!frame) return;
    const chosen = Math.min(wish.lane, frame.lanes.length - 1);
    if (frame === drawn && lane === chosen) return;
    lane = chosen;
    const numbers = frame.lanes[lane].panel;
    const experiment = lanes[lane];
    if (numbers?.name !== "by_hand" || !experiment) return;
    drawn = frame;
    /** @type {Hand} */
    const hand = numbers;
    const shape = JSON.stringify([
      hand.layers.map((layer) => layer.shape), hand.activations, experiment.network.features, hand.output, hand.loss_name, hand.optimizer,
      hand.l2 > 0, hand.mean !== null, hand.layers[0].next_W === null, hand.batch.m, hand.batch.whole,
    ]);
    if (shape !== built) {
      built = shape;
      build(hand, experiment);
      page.light(lit && lit.lane === lane ? lit : null);
    }
    page.fill(hand);
    say(/** @type {Element} */ (table.querySelector(".batch")), batchText(hand));
    walk.fill(hand);
    bar.fill(hand, lanes.length > 1 ? laneNames(lanes, catalog) : [], lane);
    script.fill(hand);
  };
}

/** @param {Hand} hand */
function batchText(hand) {
  const { batch, l2 } = hand;
  const place = batch.whole || batch.holds === null ? "" : batch.holds ? t("hand.among") : t("hand.not_among");
  const pull = l2 ? ` ${t("hand.pull", { l2: plain(l2) })}` : "";
  return t("hand.share", { points: batchName(hand), place }) + pull;
}

/**
 * Which example: the training points in turn, or a point that is typed.
 * @param {import("../actions.js").Actions} actions
 */
function toolbar(actions) {
  /** @type {Hand | null} */
  let hand = null;
  const lane = h("select", { id: "hand-lane", className: "small", "aria-label": t("hand.lane"), onchange: () => actions.chooseHandLane(Number(lane.value)) });
  const number = h("input", { id: "hand-example", className: "typed", type: "text", inputMode: "numeric", "aria-label": t("hand.number") });
  const of = h("span", { className: "note" });
  const go = (/** @type {number} */ by) => () => hand && actions.chooseExample(((hand.example ?? -Math.max(by, 0)) + by + hand.m) % hand.m);
  const back = h("button", { className: "small", "aria-label": t("hand.previous"), title: t("hand.previous"), onclick: go(-1) }, "◂");
  const on = h("button", { className: "small", "aria-label": t("hand.next"), title: t("hand.next"), onclick: go(1) }, "▸");
  const boxes = ["x₁", "x₂"].map((name, i) => h("input", {
    id: `hand-x${i + 1}`, className: "typed", type: "text", inputMode: "decimal", "aria-label": t("hand.coordinate", { name }), onchange: () => type(),
  }));
  const label = h("select", { id: "hand-class", className: "small", "aria-label": t("hand.class"), onchange: () => type() });
  number.onchange = () => {
    const chosen = Math.round(Number(number.value));
    if (hand && chosen >= 1) actions.chooseExample(Math.min(chosen, hand.m) - 1);
    number.blur();
  };

  function type() {
    if (!hand) return;
    // What stands in a box is rounded for reading: only what was typed replaces the number itself.
    const x = boxes.map((box, i) => (box.value === written[i] ? hand?.x[i] ?? 0 : typed(box)));
    actions.choosePoint([x[0], x[1], Number(label.value)]);
  }
  let written = ["", ""];
  boxes.forEach((box, i) => {
    box.onblur = () => { box.value = written[i]; }; // what was refused does not stay
  });

  return {
    parts: [lane, h("span", { className: "pair" }, h("label", { for: "hand-example" }, `${t("hand.point")} `), back, number, of, on),
      h("span", { className: "pair" }, `${t("hand.type")} `, h("label", { for: "hand-x1" }, "x₁"), boxes[0], h("label", { for: "hand-x2" }, "x₂"), boxes[1], h("label", { for: "hand-class" }, `${t("word.class")} `), label)],
    /** @param {Hand} now @param {string[]} names @param {number} chosen */
    fill(now, names, chosen) {
      hand = now;
      lane.hidden = names.length < 2;
      options(lane, names, chosen);
      const classes = now.output === "softmax" ? now.layers[now.layers.length - 1].shape[0] : 2;
      options(label, Array.from({ length: classes }, (_, k) => String(k)), now.label);
      say(of, ` ${t("hand.of", { m: now.m })}`);
      if (document.activeElement !== number) number.value = now.example === null ? "–" : String(now.example + 1);
      boxes.forEach((box, i) => {
        written[i] = String(Number(now.x[i].toPrecision(4))); // with the minus sign of a keyboard
        if (document.activeElement !== box && box.value !== written[i]) box.value = written[i];
      });
    },
  };
}

/**
 * @param {HTMLSelectElement} select
 * @param {string[]} texts
 * @param {number} chosen
 */
function options(select, texts, chosen) {
  if (select.options.length !== texts.length || texts.some((text, i) => select.options[i].text !== text)) {
    select.replaceChildren(...texts.map((text, i) => h("option", { value: String(i) }, text)));
  }
  if (select.selectedIndex !== chosen) select.selectedIndex = chosen;
}
