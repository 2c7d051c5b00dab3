// @ts-check
// The language of the page; there is nothing to choose while there is one.

import { byId, h } from "../dom.js";
import { chooseLanguage } from "../words.js";

/** @param {import("../types.js").Catalog} catalog */
export function languageMenu({ languages }) {
  const menu = /** @type {HTMLSelectElement} */ (byId("language"));
  menu.append(...languages.map(({ name, title }) => h("option", { value: name, lang: name }, title)));
  menu.value = document.documentElement.lang;
  menu.hidden = languages.length < 2;
  menu.onchange = () => chooseLanguage(menu.value);
}
