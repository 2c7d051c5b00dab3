// @ts-check
// The help sheet: every key, what a link may ask for, and what is what on the page.

import { byId, h } from "../dom.js";
import { KEYS, LOCAL_KEYS, PRESENTER_KEYS } from "../keys.js";
import { PANELS, PARTS } from "../parts.js";
import { t } from "../words.js";

const WHAT = [
  ["help.dots_name", "help.dots"],
  ["help.units_name", "help.units"],
  ["help.lines_name", "help.lines"],
];

/** @type {[string, () => string][]} */
const LINKS = [
  ["?lesson=name", () => t("help.lesson")],
  ["?present", () => t("help.present")],
  ["?room=code", () => t("help.room")],
  ["?embed", () => t("help.embed", { panels: PANELS.join(",") })],
  ["?hide=part,part", () => t("help.hide", { parts: PARTS.join(", ") })],
];

/** @param {() => void} guide  begins the guided start */
export function helpSheet(guide) {
  const dialog = h("dialog", { className: "wide help", "aria-labelledby": "help-title" },
    h("header", {}, h("h2", { id: "help-title" }, t("help.title")),
      h("button", { className: "quiet", "aria-label": t("help.close"), onclick: () => dialog.close() }, "×")),
    h("div", { className: "body", tabIndex: 0, role: "group", "aria-label": t("help.body") },
      ...WHAT.map(([name, text]) => h("p", {}, h("b", {}, t(name)), " ", t(text))),
      h("p", {}, h("button", { id: "guide-again", className: "small", onclick: begin }, t("help.guide"))),
      h("h3", {}, t("help.keys")), table(KEYS.concat(/** @type {any} */ (LOCAL_KEYS))),
      h("h3", {}, t("help.presenting")), table(PRESENTER_KEYS),
      h("h3", {}, t("help.links")), pairs(LINKS.map(([name, text]) => [name, text()]), "links"),
      h("p", {}, h("a", { href: "api/docs" }, t("help.api")))));
  document.body.append(dialog);
  byId("help").onclick = () => dialog.showModal();

  function begin() {
    dialog.close();
    guide();
  }
}

/** @param {{shown: string, does: string}[]} rows */
function table(rows) {
  return pairs(rows.map(({ shown, does }) => [shown, t(does)]), "keys");
}

/**
 * @param {string[][]} rows
 * @param {string} kind
 */
function pairs(rows, kind) {
  return h("dl", { className: kind }, ...rows.map(([name, text]) => h("div", {},
    h("dt", {}, h(kind === "keys" ? "kbd" : "code", {}, name)), h("dd", {}, text))));
}
