// @ts-check
// What is printed instead of the page: one sheet, which goes when it has been printed.

import { h } from "../dom.js";

/**
 * @param {string} kind  its class, for the style sheets
 * @param {...(Node | string)} content
 */
export function sheetOf(kind, ...content) {
  document.getElementById("sheet")?.remove();
  const sheet = h("section", { id: "sheet", className: kind }, ...content);
  document.body.append(sheet);
  return sheet;
}

/** @param {HTMLElement} sheet */
export function printed(sheet) {
  addEventListener("afterprint", () => sheet.remove(), { once: true });
  print();
}
