// @ts-check
// A row of small menus, one per layer: for a choice that may differ from layer to layer.

import { h } from "../dom.js";
import { t } from "../words.js";

/**
 * @param {string} what  that is chosen: "activation"
 * @param {import("../types.js").Row[]} rows  to choose from
 * @param {(layer: number, name: string) => void} change  `layer` from 1
 */
export function byLayerRow(what, rows, change) {
  const menus = h("div", { className: "menus", role: "group", "aria-label": t("layers.group", { what }) });
  const root = h("div", { className: "by-layer", hidden: true }, h("span", { className: "what" }, t("layers.by")), menus);
  /** @type {HTMLSelectElement[]} */
  let boxes = [];
  let built = "";

  /** @param {string[]} names  of the layers: "layer 1" ... */
  function build(names) {
    boxes = names.map((name, i) => {
      const box = h("select", { className: "small", "aria-label": t("layers.of", { what, name }) },
        ...rows.map((row) => h("option", { value: row.name }, row.title)));
      box.onchange = () => change(i + 1, box.value);
      return box;
    });
    menus.replaceChildren(...names.map((name, i) => h("label", {}, `${name} `, boxes[i])));
  }

  return {
    root,
    /**
     * @param {string[] | null} chosen  for each layer; null where one choice holds for all
     * @param {(layer: number) => string} nameOf
     */
    show(chosen, nameOf) {
      root.hidden = !chosen;
      if (!chosen) return;
      const names = chosen.map((_, i) => nameOf(i + 1));
      if (names.join() !== built) build(names);
      built = names.join();
      chosen.forEach((name, i) => {
        boxes[i].value = name;
      });
    },
  };
}
