// @ts-check
// What the server refused, in the page's language. It says field, rule and value in English; a rule whose form the
// catalog knows ("a number from {low} to {high}") is said in the page's words, any other is marked as English.

import { h } from "./dom.js";
import { filled, t, words } from "./words.js";

/** @typedef {{detail: string, errors?: {field: string, rule: string, value: unknown}[]}} Problem  RFC 9457 */

/** Unicode's isolates: what stands between them is in another language. */
const BEGIN = "\u2068";
const END = "\u2069";

/** What was refused, as an error whose message is for the page's reader. */
export class Refusal extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(refusal(problem));
  }
}

/**
 * @param {Problem} problem
 * @returns {string}
 */
export function refusal({ detail, errors = [] }) {
  if (document.documentElement.lang === "en") return detail;
  const said = errors.map(({ field, rule, value }) => {
    const own = ruleWords(rule);
    return own === null ? null : t("refusal.sentence", { field, rule: own, value: shown(value) });
  });
  return said.length && !said.includes(null) ? said.join("; ") : t("refusal.english", { detail: `${BEGIN}${detail}${END}` });
}

/** @param {unknown} value  As the server writes it: a list that was cut comes as text. */
function shown(value) {
  return typeof value === "string" && /^[[{]/.test(value) ? value : JSON.stringify(value);
}

/**
 * A rule, or several with "or" between them, in the page's words; null where one has no such form.
 * @param {string} rule
 * @returns {string | null}
 */
function ruleWords(rule) {
  const parts = rule.split(", or ").map(oneRule);
  return parts.reduce((one, other) => (one && other ? t("refusal.or", { one, other }) : null)) ?? oneRule(rule);
}

/** @param {string} rule  In the page's words, if it has any for it. */
export const ruleText = (rule) => ruleWords(rule) ?? rule;

/** @param {string} rule */
function oneRule(rule) {
  for (const [form, own] of Object.entries(words().rules)) {
    const names = [...form.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const pattern = form.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "(.+)");
    const found = rule.match(new RegExp(`^${pattern}$`));
    if (found) return filled(own, Object.fromEntries(names.map((name, i) => [name, found[i + 1]])));
  }
  return null;
}

/**
 * Words as the children of an element: what is in English says so, for those who have the page read to them.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function marked(text) {
  return text.split(new RegExp(`[${BEGIN}${END}]`)).map((part, i) => (i % 2 ? h("span", { lang: "en" }, part) : part));
}

/**
 * Says a text that may hold a refusal.
 * @param {Element} element
 * @param {string} text
 */
export function tell(element, text) {
  element.replaceChildren(...marked(text));
}
