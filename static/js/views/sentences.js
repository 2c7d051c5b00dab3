// @ts-check
// One true sentence per lane, to read and to hear.

import { h, say } from "../dom.js";
import { laneNames } from "../names.js";
import { sentence } from "../phrases.js";
import { t } from "../words.js";

const SPEAK_EVERY_MS = 5000;
/** What people ask "why?" of: nothing moves, or units are equal. */
const ASKED = new Set(["will_not_move", "still", "stuck", "all_equal", "every_layer_equal"]);

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} spoken
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function sentencesView(root, spoken, catalog, actions) {
  /** @type {{root: HTMLElement, name: HTMLElement, text: HTMLElement, why: HTMLElement}[]} */
  let lines = [];
  let spokenAt = 0;
  return (/** @type {import("../types.js").State} */ { frame, lanes, playing }) => {
    if (!frame) return;
    if (lines.length !== frame.lanes.length) {
      lines = frame.lanes.map((_, i) => {
        const name = h("b", {});
        const text = h("span", {});
        const why = h("button", { className: "link why", hidden: true, onclick: () => actions.choosePanel("why") }, t("sentences.why"));
        return { name, text, why, root: h("p", {}, h("span", { className: `marker lane${i + 1}`, "aria-hidden": "true" }), name, text, why) };
      });
      root.replaceChildren(...lines.map((line) => line.root));
    }
    const names = lines.length > 1 && lanes.length === lines.length ? laneNames(lanes, catalog) : [];
    const said = frame.lanes.map((lane) => sentence(lane.step, lane.phrases));
    const texts = said.map((text, i) => `${names[i] ? `${names[i]}. ` : ""}${text}`);
    lines.forEach((line, i) => {
      say(line.name, names[i] ? `${names[i]}. ` : "");
      say(line.text, said[i]);
      line.why.hidden = !frame.lanes[i].phrases.some(({ key }) => ASKED.has(key));
      line.root.dataset.key = frame.lanes[i].phrases[0]?.key ?? "";
    });
    // Read aloud when the run rests, and every few seconds while it plays; sixty times a second would be noise.
    if (!playing || performance.now() - spokenAt > SPEAK_EVERY_MS) {
      spokenAt = performance.now();
      say(spoken, texts.join(" "));
    }
  };
}
