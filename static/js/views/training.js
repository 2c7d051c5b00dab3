// @ts-check
// The learning rate, and under More how the run is trained: optimizer, batches, L2, loss, inputs, split, rounding.

import { byId, h, whenChanged } from "../dom.js";
import { inTime, withArithmetic, withData, withInit, withNetwork, withTraining } from "../edits.js";
import { count, plain } from "../format.js";
import { ruleText } from "../refusals.js";
import { t, term } from "../words.js";
import { numberField, typed } from "./field.js";
import { formulaBox } from "./formula.js";

const SLIDERS = { beta: "β", beta1: "β₁", beta2: "β₂", epsilon: "ε" };

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function trainingView(catalog, actions) {
  const ranges = catalog.fields.training;
  const rate = numberField({
    id: "rate", label: t("training.rate"), min: 0.001, max: 10, step: 0, range: ranges.learning_rate,
    logarithmic: true, change: (value) => actions.changeSetting("learning_rate", value),
  });
  const note = h("p", { className: "note" });
  byId("training-fields").append(rate.root, note);

  const optimizer = select("optimizer", t("training.optimizer"), catalog.optimizers, (name) => withTraining({ optimizer: name }));
  const settings = Object.entries(SLIDERS).map(([name, label]) => ({
    name,
    field: numberField({
      id: name, label, min: name === "epsilon" ? 1e-10 : 0, max: name === "epsilon" ? 0.1 : 0.999, step: 0.001,
      range: ranges[name], logarithmic: name === "epsilon",
      change: (value) => actions.changeSetting(/** @type {"beta"} */ (name), value),
    }),
  }));
  const rule = formula();
  const lossRule = formula();
  const penalty = formula();
  penalty.show(catalog.penalties[0]);
  const batch = emptyable("batch", t("training.batch"), t("training.all"), ranges.batch_size.rule, (value) => withTraining({ batch_size: value }));
  const l2 = numberField({
    id: "l2", label: "L2, λ", min: 0, max: 1, step: 0.01, range: ranges.l2,
    change: (value) => actions.changeSetting("l2", value),
  });
  const loss = select("loss", t("training.loss"), catalog.losses, (name) => withTraining({ loss: name }));
  const standardize = check("standardize", t("training.normalize"), (on) => withData({ standardize: on }));
  const stretch = numberField({
    id: "stretch", label: t("training.stretch"), min: 0.1, max: 100, step: 0, range: catalog.fields.data.stretch,
    logarithmic: true, change: (value) => actions.restart(withData({ stretch: value })),
  });
  const features = catalog.features.map((row) => ({
    row,
    box: check(`feature-${row.name}`, row.title, (on) => (e) => withNetwork({
      features: on ? [...e.network.features, row.name] : e.network.features.filter((name) => name !== row.name),
    })(e)),
  }));
  const validation = numberField({
    id: "validation", label: t("training.validate"), min: 0, max: 0.5, step: 0.05, range: catalog.fields.data.validation,
    change: (value) => actions.restart(withData({ validation: value })),
  });
  const test = numberField({
    id: "test", label: t("training.test"), min: 0, max: 0.5, step: 0.05, range: catalog.fields.data.test,
    change: (value) => actions.restart(withData({ test: value })),
  });
  const preset = h("button", {
    className: "small", title: t("training.split_title"),
    onclick: () => actions.restart(withData({ validation: 0.2, test: 0.2 })),
  }, "60/20/20");
  const stop = emptyable("stop", t("training.stop"), t("training.never"), ranges.stop_change.rule, (value) => withTraining({ stop_change: value }));
  const arithmetic = select("arithmetic", t("training.rounding"), catalog.arithmetics, withArithmetic);
  const bias = numberField({
    id: "bias", label: t("training.bias"), min: -5, max: 5, step: 0.5, range: catalog.fields.init.bias,
    change: (value) => actions.restart(withInit({ bias: value })),
  });
  const leak = numberField({
    id: "leak", label: t("training.leak"), min: 0.01, max: 1, step: 0.01, range: catalog.fields.network.leak,
    change: (value) => actions.restart(withNetwork({ leak: value })),
  });
  const factor = numberField({
    id: "factor", label: t("training.factor"), min: 0.1, max: 0.9, step: 0.05, range: catalog.fields.data.factor,
    change: (value) => actions.restart(withData({ factor: value })),
  });
  const atZero = check("at-zero", t("training.at_zero"), (on) => withNetwork({ relu_at_zero: on ? 1 : 0 }));
  byId("more-fields").append(
    optimizer.root, rule.root, ...settings.map(({ field }) => field.root), batch.root,
    loss.root, lossRule.root, l2.root, penalty.root,
    h("h3", {}, t("training.inputs")), standardize.root, stretch.root,
    h("div", { className: "boxes", role: "group", "aria-label": t("training.features") }, ...features.map(({ box }) => box.root)),
    h("h3", {}, t("training.split")), preset, validation.root, test.root,
    h("h3", {}, t("training.details")), stop.root, arithmetic.root, bias.root, atZero.root, leak.root, factor.root,
  );
  const fields = [rate, l2, stretch, validation, test, bias, leak, factor, ...settings.map(({ field }) => field)];

  /**
   * @param {string} id
   * @param {string} label
   * @param {import("../types.js").Row[]} rows
   * @param {(name: string) => import("../edits.js").Edit} edit
   */
  function select(id, label, rows, edit) {
    const box = h("select", { id, className: "small" }, ...rows.map((row) => h("option", { value: row.name }, row.title)));
    box.onchange = () => actions.restart(edit(box.value));
    return { root: h("label", { className: "field" }, label, box), box };
  }

  /** The formula of a row of the catalog, and what there is to know about it. */
  function formula() {
    const box = formulaBox();
    let shown = "";
    return {
      root: box.root,
      /** @param {import("../types.js").Row} [row] */
      show(row) {
        if (!row || row.title === shown) return;
        shown = row.title;
        box.write([row.formula], row.note);
      },
    };
  }

  /**
   * @param {string} id
   * @param {string} label
   * @param {(on: boolean) => import("../edits.js").Edit} edit
   */
  function check(id, label, edit) {
    const box = h("input", { id, type: "checkbox" });
    box.onchange = () => actions.restart(edit(box.checked));
    return { root: h("label", { className: "field check" }, box, label), box };
  }

  /**
   * A number that may be left empty.
   * @param {string} id
   * @param {string} label
   * @param {string} empty  what an empty box means
   * @param {string} rule
   * @param {(value: number | null) => import("../edits.js").Edit} edit
   */
  function emptyable(id, label, empty, rule, edit) {
    const box = h("input", { id, type: "text", inputMode: "decimal", className: "typed", placeholder: empty, title: `${label}: ${ruleText(rule)}` });
    let actual = "";
    box.onchange = () => {
      actions.restart(edit(box.value.trim() === "" ? null : typed(box)));
    };
    box.onblur = () => { box.value = actual; }; // what was refused does not stay
    return {
      root: h("label", { className: "field" }, label, box),
      /** @param {number | null} value */
      show(value) {
        actual = String(value ?? "");
        if (document.activeElement !== box) box.value = actual;
      },
    };
  }

  return whenChanged((state) => [state.lanes, JSON.stringify(state.frame?.lanes[0]?.settings), state.error], (state) => {
    const [lane] = state.lanes;
    const { data, network, training, init } = lane;
    if (state.error) for (const field of fields) field.forget();
    const now = { ...training, ...state.frame?.lanes[0]?.settings };
    rate.show(now.learning_rate);
    l2.show(now.l2);
    optimizer.box.value = training.optimizer;
    const update = catalog.optimizers.find((row) => row.name === training.optimizer);
    const used = update?.settings ?? [];
    rule.show(update);
    for (const { name, field } of settings) {
      field.root.hidden = !used.includes(name);
      field.show(now[/** @type {"beta"} */ (name)]);
    }
    batch.show(training.batch_size);
    stop.show(training.stop_change);
    loss.box.value = training.loss;
    loss.root.hidden = data.classes > 2;
    lossRule.show(data.classes > 2 ? catalog.softmax_loss : catalog.losses.find((row) => row.name === training.loss));
    arithmetic.box.value = lane.arithmetic;
    standardize.box.checked = data.standardize;
    stretch.show(data.stretch);
    stretch.root.hidden = Boolean(data.points);
    for (const { row, box } of features) box.box.checked = network.features.includes(row.name);
    validation.show(data.validation);
    test.show(data.test);
    bias.show(init.bias);
    leak.show(network.leak);
    factor.show(data.factor);
    atZero.box.checked = network.relu_at_zero === 1;
    const kink = [network.activation].flat();
    leak.root.hidden = !kink.includes("leaky_relu");
    atZero.root.hidden = !kink.some((name) => name.includes("relu"));
    factor.root.hidden = data.name !== "circles";
    note.replaceChildren();
    const changed = inTime(lane).filter((change) => change.set);
    const last = changed[changed.length - 1];
    if (!last?.set) return;
    const told = Object.entries(last.set).map(([name, value]) => (
      t("training.changed", {
        what: term(name.replace("_", " ")), before: plain(training[/** @type {"beta"} */ (name)]), after: plain(value), step: count(last.step),
      })
    ));
    note.append(`${told.join("; ")}. `, h("button", { className: "link", onclick: actions.fromStart }, t("training.from_start")));
  });
}
