// @ts-check
// The words of the page: one catalog per language, read once at the start, and which language it is.

import { ROOT } from "./root.js";

/**
 * @typedef {object} Words  app/experiments/texts/<language>.json
 * @property {string} language  what the language calls itself
 * @property {string} thousands  what stands between the thousands of a number
 * @property {Record<string, string>} page
 * @property {Record<string, string>} sentences
 * @property {Record<string, string>} verdicts
 * @property {Record<string, string>} clauses  what goes into verdicts, or beside them
 * @property {Record<string, string>} terms  words that the server puts into numbers
 * @property {Record<string, string>} rules  what the server asks of a value, by its form in English
 * @property {Record<string, Record<string, Record<string, string>>>} tables
 * @property {Record<string, import("./lessons.js").Words>} lessons
 */

const KEY = "planar-playground-language";

/** The language in use; filled once, before the first view is made. @type {{words: Words | null, plural: Intl.PluralRules}} */
const inUse = { words: null, plural: new Intl.PluralRules("en") };

/** The whole catalog in use. */
export function words() {
  if (!inUse.words) throw new Error("the words are not there yet");
  return inUse.words;
}

/**
 * Reads the words of `language`; from then on the page speaks it.
 * @param {string} language
 * @param {Document} page
 */
export async function readWords(language, page = document) {
  const answer = await fetch(new URL(`api/texts/${language}`, ROOT));
  if (!answer.ok) throw new Error(`the words could not be read (${answer.status})`);
  inUse.words = await answer.json();
  inUse.plural = new Intl.PluralRules(language);
  page.documentElement.lang = language;
  fill(page);
}

/**
 * The words of a key, {name} replaced by its value. Where the catalog has key_one and key_other, values.n decides.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const { page } = words();
  const text = page[key] ?? page[`${key}_${inUse.plural.select(Number(values.n))}`] ?? page[`${key}_other`];
  if (text === undefined) throw new Error(`the catalog has no ${key}`);
  return filled(text, values);
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {string} word  What the server says in English, if the language has another word for it. */
export function term(word) {
  return words().terms[word] ?? word;
}

/**
 * The fixed words of the page: data-t the text, data-t-title and data-t-label what is read in the element's place.
 * @param {Document} page
 */
function fill(page) {
  for (const element of page.querySelectorAll("[data-t], [data-t-title], [data-t-label]")) {
    const { t: text, tTitle: title, tLabel: label } = /** @type {HTMLElement} */ (element).dataset;
    if (text) element.textContent = t(text);
    if (title) element.setAttribute("title", t(title));
    if (label) element.setAttribute("aria-label", t(label));
  }
}

/**
 * The catalog with the titles and descriptions that the language has of its rows; the others stay English.
 * @param {import("./types.js").Catalog} catalog
 * @returns {import("./types.js").Catalog}
 */
export function translated(catalog) {
  const tables = Object.entries(words().tables).map(([table, rows]) => {
    const known = /** @type {any} */ (catalog)[table];
    const told = (/** @type {{name: string}} */ row) => ({ ...row, ...rows[row.name] });
    return [table, Array.isArray(known) ? known.map(told) : told(known)];
  });
  return { ...catalog, ...Object.fromEntries(tables) };
}

/**
 * The language to begin with: ?lang=, what was chosen before, what the browser prefers, or the first.
 * @param {string[]} languages  those there are
 * @param {URLSearchParams} query
 * @returns {{language: string, unknown: string | null}}
 */
export function chosenLanguage(languages, query) {
  const asked = query.get("lang");
  const unknown = asked !== null && !languages.includes(asked) ? asked.slice(0, 40) : null;
  const preferred = navigator.languages.map((name) => name.split("-")[0]);
  const language = [asked, remembered(), ...preferred].find((name) => name !== null && languages.includes(name));
  return { language: language ?? languages[0], unknown };
}

/** How dates are written: as the browser's own regions of this language do, if it has any. */
export function locales() {
  const { lang } = document.documentElement;
  return [...navigator.languages.filter((name) => name.startsWith(lang)), lang];
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // a browser that keeps nothing
  }
}

/**
 * From now on the page speaks `language`: it is made anew, with the runs and the step that the address holds.
 * @param {string} language
 */
export function chooseLanguage(language) {
  const address = new URL(location.href);
  try {
    localStorage.setItem(KEY, language);
    address.searchParams.delete("lang");
  } catch {
    address.searchParams.set("lang", language); // not remembered, but said
  }
  history.replaceState(null, "", address);
  location.reload();
}
