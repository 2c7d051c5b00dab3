// @ts-check
// Where each lane is changed on its way: small marks along the timeline, the first lane's above, the second's below.
// A mark says what happens there, and goes there.

import { h, whenChanged } from "../dom.js";
import { inTime } from "../edits.js";
import { laneNames } from "../names.js";
import { t } from "../words.js";
import { whatChanges } from "./lanes.js";

/** Marks nearer than this share of the timeline would lie on each other: they are one. */
const APART = 0.02;

/** @typedef {{share: number, step: number, said: string[]}} Mark */

/**
 * @param {HTMLElement} root
 * @param {HTMLInputElement} timeline
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function marksView(root, timeline, catalog, actions) {
  return whenChanged(({ lanes }) => [lanes, timeline.max], ({ lanes }) => {
    const names = lanes.length > 1 ? laneNames(lanes, catalog) : [""];
    root.replaceChildren(...lanes.flatMap((lane, i) => marksOf(lane, Number(timeline.max)).map(({ share, step, said }) => {
      const what = names[i] ? t("header.mark_of", { what: said.join("; "), run: names[i] }) : said.join("; ");
      const mark = h("button", {
        className: `mark lane${i + 1}${share > 0.5 ? " late" : ""}`, "data-what": what, "aria-label": t("header.mark", { what }),
        onclick: () => actions.seek(step),
      });
      mark.style.setProperty("--share", String(share));
      return mark;
    })));
  });
}

/**
 * @param {import("../types.js").Experiment} experiment
 * @param {number} end  of the timeline
 */
function marksOf(experiment, end) {
  /** @type {Mark[]} */
  const marks = [];
  for (const change of inTime(experiment)) {
    const share = change.step / end;
    if (share > 1) continue;
    const said = whatChanges(change, experiment);
    const last = marks[marks.length - 1];
    if (last && share - last.share < APART) last.said.push(said);
    else marks.push({ share, step: change.step, said: [said] });
  }
  return marks;
}
