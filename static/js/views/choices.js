// @ts-check
// Activation, start, layers, new weights, and the comparison: what changes every lane.

import { h, whenChanged } from "../dom.js";
import { typed } from "./field.js";
import { byLayerRow } from "./by-layer.js";
import {
  activationsOf, methodsOf, withActivationOf, withInit, withLayer, withMethodOf, withNetwork, withStart, withoutLayer, MAX_LAYERS,
} from "../edits.js";
import { ruleText } from "../refusals.js";
import { t } from "../words.js";

const BY_LAYER = "by_layer";

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function choicesView(root, catalog, actions) {
  const activations = catalog.activations.map((row) => ({
    row,
    button: h("button", {
      title: t("choices.hidden", { title: row.title }),
      onclick: () => actions.restart(withNetwork({ activation: row.name })),
    }, row.title),
  }));
  const each = h("button", {
    title: t("choices.each"), onclick: () => actions.restart(withActivationOf()),
  }, t("layers.by"));
  const activationRow = byLayerRow(t("choices.activation"), catalog.activations, (layer, name) => actions.restart(withActivationOf(layer, name)));
  const startRow = byLayerRow(t("alternatives.start"), catalog.initializers, (layer, name) => actions.restart(withMethodOf(layer, name)));
  const starts = catalog.starts.map((row) => ({
    row,
    button: h("button", {
      title: row.scale === null ? row.title : t("choices.scaled", { title: row.title, scale: row.scale }),
      onclick: () => actions.restart(withStart(row)),
    }, row.title),
  }));
  const named = new Set(catalog.starts.map((row) => row.method));
  const others = catalog.initializers.filter((row) => !named.has(row.name));
  const other = h("select", { className: "small", "aria-label": t("choices.others") },
    h("option", { value: "" }, t("choices.other")), ...others.map((row) => h("option", { value: row.name }, row.title)),
    h("option", { value: BY_LAYER }, t("layers.by")));
  other.onchange = () => {
    const row = others.find(({ name }) => name === other.value);
    if (other.value === BY_LAYER) actions.restart(withMethodOf());
    else if (row) actions.restart(withInit({ method: row.name, scale: row.uses_scale ? 0.5 : null, parameters: null }));
  };
  const scale = h("input", {
    id: "scale", type: "text", inputMode: "decimal", className: "typed", title: t("choices.scale_rule", { rule: ruleText(catalog.fields.init.scale.rule) }),
  });
  scale.onchange = () => actions.restart(withInit({ scale: typed(scale) }));
  const scaleLabel = h("label", { className: "scale" }, `${t("choices.scale")} `, scale);
  const seed = h("input", { id: "init-seed", type: "text", inputMode: "numeric", className: "typed", title: t("choices.seed"), "aria-label": t("choices.seed") });
  seed.onchange = () => actions.restart(withInit({ seed: typed(seed) }));
  const fewer = h("button", { title: t("choices.fewer"), "aria-label": t("choices.fewer"), onclick: () => actions.restart(withoutLayer) }, "−");
  const more = h("button", { title: t("choices.more"), "aria-label": t("choices.more"), onclick: () => actions.restart(withLayer) }, "+");

  root.append(
    h("div", { className: "row" },
      h("span", { className: "what" }, t("choices.activation")),
      h("div", { className: "segments", role: "group", "aria-label": t("choices.activation") }, ...activations.map((a) => a.button), each),
      h("span", { className: "grow" }),
      h("span", { className: "pair" },
        h("button", {
          id: "new-weights", className: "small", title: t("choices.draw"),
          onclick: () => actions.restart((e) => withInit({ seed: e.init.seed + 1 })(e)),
        }, t("choices.new")), h("label", {}, h("span", {}, t("word.seed")), seed)),
      h("div", { className: "segments layers", role: "group", "aria-label": t("choices.layers") }, fewer, h("span", {}, t("choices.layers")), more)),
    activationRow.root,
    h("div", { className: "row" },
      h("span", { className: "what" }, t("choices.initialize")),
      h("div", { className: "segments", role: "group", "aria-label": t("choices.initialize") }, ...starts.map((s) => s.button), other),
      scaleLabel),
    startRow.root,
  );

  return whenChanged((state) => [state.lanes, state.error], ({ lanes, error }) => {
    for (const { row, button } of activations) {
      mark(button, lanes.map(({ network }) => network.activation === row.name));
    }
    const varied = lanes.map(({ network }) => Array.isArray(network.activation));
    mark(each, varied);
    each.disabled = lanes.every(({ network }) => network.hidden.length === 0);
    activationRow.show(varied.includes(true) ? longest(lanes.map(activationsOf)) : null, (layer) => t("word.layer_n", { l: layer }));
    const starting = longest(lanes.map(methodsOf));
    const startsVary = lanes.some(({ init }) => Array.isArray(init.method));
    startRow.show(startsVary ? starting : null, (layer) => (layer === starting.length ? t("word.output") : t("word.layer_n", { l: layer })));
    for (const { row, button } of starts) {
      mark(button, lanes.map(({ init }) => init.method === row.method
        && (row.method !== "normal" || nearer(init.scale ?? 0, row, catalog))));
    }
    const [{ init, network }] = lanes;
    const unusual = Array.isArray(init.method) ? BY_LAYER : others.find((row) => row.name === init.method)?.name ?? "";
    other.value = unusual;
    other.classList.toggle("chosen", unusual !== "");
    scaleLabel.hidden = init.scale === null;
    if (error || document.activeElement !== scale) scale.value = String(init.scale ?? "");
    if (error || document.activeElement !== seed) seed.value = String(init.seed);
    fewer.disabled = network.hidden.length === 0;
    more.disabled = network.hidden.length >= MAX_LAYERS;
  });
}

/**
 * Of the lanes' lists the longest, the first of equally long ones.
 * @param {string[][]} lists
 */
function longest(lists) {
  return lists.reduce((most, list) => (list.length > most.length ? list : most));
}

/**
 * Of the random starts, the one whose scale is nearest to the one in use.
 * @param {number} scale
 * @param {import("../types.js").Row} row
 * @param {import("../types.js").Catalog} catalog
 */
function nearer(scale, row, catalog) {
  const distance = (/** @type {number | null} */ s) => Math.abs(Math.log((s || 1e-9) / (scale || 1e-9)));
  return catalog.starts.every((o) => o.method !== row.method || distance(row.scale) <= distance(o.scale));
}

/**
 * Pressed where all lanes use it, underlined in the lane's colour where one does.
 * @param {HTMLElement} button
 * @param {boolean[]} used  by lane
 */
function mark(button, used) {
  button.setAttribute("aria-pressed", String(used.some(Boolean)));
  button.dataset.lanes = used.length > 1 ? used.map((u, i) => (u ? i + 1 : "")).join("") : "";
}
