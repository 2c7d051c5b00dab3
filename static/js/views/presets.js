// @ts-check
// Experiments that are worth opening, and what the one that is open shows.

import { byId, h, say, whenChanged } from "../dom.js";
import { EMPTY } from "../history.js";
import { t } from "../words.js";

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function presetsView(catalog, actions) {
  const { presets } = catalog;
  const chooser = /** @type {HTMLSelectElement} */ (byId("presets"));
  chooser.append(
    h("option", { value: "" }, t("presets.choose")),
    ...presets.map(({ name, title, description }) => h("option", { value: name, title: description }, title)),
  );
  chooser.onchange = () => {
    const chosen = presets.find(({ name }) => name === chooser.value);
    if (chosen) actions.open([chosen.experiment], 0, { playing: false, until: null, histories: [EMPTY] });
  };
  const known = presets.map((preset) => ({ preset, text: JSON.stringify(preset.experiment) }));
  const note = byId("preset-note");
  const title = h("b", {});
  const words = h("span", {});
  note.append(title, words);
  return whenChanged(({ lanes }) => [lanes], ({ lanes }) => {
    const text = lanes.length === 1 ? JSON.stringify({ ...lanes[0], interventions: [] }) : "";
    const open = known.find((one) => one.text === text)?.preset;
    chooser.value = open?.name ?? "";
    note.hidden = !open;
    say(title, open ? `${open.title}. ` : "");
    say(words, open?.description ?? "");
  });
}
