// @ts-check
// The learning rate, and under More the settings few runs need.

import { byId, h, whenChanged } from "../dom.js";
import { inTime, withData, withInit, withNetwork } from "../edits.js";
import { count, plain } from "../format.js";
import { numberField } from "./field.js";

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function trainingView(catalog, actions) {
  const { training, init, network, data } = catalog.fields;
  const rate = numberField({
    id: "rate", label: "learning rate", min: 0.001, max: 10, step: 0, range: training.learning_rate,
    logarithmic: true, change: actions.changeRate,
  });
  const note = h("p", { className: "note" });
  byId("training-fields").append(rate.root, note);

  const bias = numberField({
    id: "bias", label: "hidden biases start at", min: -5, max: 5, step: 0.5, range: init.bias,
    change: (value) => actions.restart(withInit({ bias: value })),
  });
  const leak = numberField({
    id: "leak", label: "leak of leaky ReLU", min: 0.01, max: 1, step: 0.01, range: network.leak,
    change: (value) => actions.restart(withNetwork({ leak: value })),
  });
  const factor = numberField({
    id: "factor", label: "inner circle", min: 0.1, max: 0.9, step: 0.05, range: data.factor,
    change: (value) => actions.restart(withData({ factor: value })),
  });
  const atZero = h("input", { id: "at-zero", type: "checkbox" });
  atZero.onchange = () => actions.restart(withNetwork({ relu_at_zero: atZero.checked ? 1 : 0 }));
  const zero = h("label", { className: "field check" }, atZero, "g′(0) of ReLU is 1, as in the notes");
  byId("more-fields").append(bias.root, zero, leak.root, factor.root);
  const fields = [rate, bias, leak, factor];

  return whenChanged((state) => [state.lanes, state.frame?.lanes[0]?.rate, state.error], (state) => {
    const [lane] = state.lanes;
    if (state.error) for (const field of fields) field.forget();
    const now = state.frame?.lanes[0]?.rate ?? lane.training.learning_rate;
    rate.show(now);
    bias.show(lane.init.bias);
    leak.show(lane.network.leak);
    factor.show(lane.data.factor);
    atZero.checked = lane.network.relu_at_zero === 1;
    const kink = [lane.network.activation].flat();
    leak.root.hidden = !kink.includes("leaky_relu");
    zero.hidden = !kink.some((name) => name.includes("relu"));
    factor.root.hidden = lane.data.name !== "circles";
    note.replaceChildren();
    const changed = inTime(lane).filter((change) => change.set?.learning_rate !== undefined);
    const last = changed[changed.length - 1];
    if (!last?.set) return;
    const value = last.set.learning_rate ?? now;
    note.append(
      `${plain(lane.training.learning_rate)} at first, ${plain(value)} from step ${count(last.step)}. `,
      h("button", { className: "link", onclick: () => actions.rateFromStart(value) }, "From the start instead"),
    );
  });
}
