// @ts-check
// The help sheet: every key, what a link may ask for, and what is what on the page.

import { byId, h } from "../dom.js";
import { KEYS, LOCAL_KEYS, PRESENTER_KEYS } from "../keys.js";
import { PANELS, PARTS } from "../parts.js";

const WHAT = [
  ["The dots", "are the examples, in two colours for two classes. The network is to tell them apart; the colour behind them is what it says at each place."],
  ["A small picture", "in the network is one unit: what it answers at every place of the plane. Rings of one colour and letter are units that are equal."],
  ["A line", "between two units is a weight: orange is positive, blue negative, and the thicker the larger. A step changes every weight a little, so that the cost goes down."],
];

const LINKS = [
  ["?lesson=name", "opens a lesson"],
  ["?present", "lessons in large type, for a room; with &lesson=name from that one on"],
  ["?embed", `for a frame in another page; ?embed=${PANELS.join(",")} names what it keeps`],
  ["?hide=part,part", `leaves parts out: ${PARTS.join(", ")}`],
];

/** @param {() => void} guide  begins the guided start */
export function helpSheet(guide) {
  const dialog = h("dialog", { className: "wide help", "aria-labelledby": "help-title" },
    h("header", {}, h("h2", { id: "help-title" }, "Help"),
      h("button", { className: "quiet", "aria-label": "Close the help", onclick: () => dialog.close() }, "×")),
    h("div", { className: "body", tabIndex: 0, role: "group", "aria-label": "Keys and links" },
      ...WHAT.map(([name, text]) => h("p", {}, h("b", {}, name), " ", text)),
      h("p", {}, h("button", { id: "guide-again", className: "small", onclick: begin }, "Show the guided start")),
      h("h3", {}, "Keys"), table(KEYS.concat(/** @type {any} */ (LOCAL_KEYS))),
      h("h3", {}, "While presenting"), table(PRESENTER_KEYS),
      h("h3", {}, "In the address, before the #"), pairs(LINKS, "links")));
  document.body.append(dialog);
  byId("help").onclick = () => dialog.showModal();

  function begin() {
    dialog.close();
    guide();
  }
}

/** @param {{shown: string, does: string}[]} rows */
function table(rows) {
  return pairs(rows.map(({ shown, does }) => [shown, does]), "keys");
}

/**
 * @param {string[][]} rows
 * @param {string} kind
 */
function pairs(rows, kind) {
  return h("dl", { className: kind }, ...rows.map(([name, text]) => h("div", {},
    h("dt", {}, h(kind === "keys" ? "kbd" : "code", {}, name)), h("dd", {}, text))));
}
