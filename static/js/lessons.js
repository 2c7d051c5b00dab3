// @ts-check
// Lessons: what the server tells of them, and what this browser remembers of the answers.

import { reached } from "./post.js";
import { t, words } from "./words.js";

const KEY = "planar-playground-lessons";

/** @typedef {{title: string, paragraphs: string[], press: string, question: string, choices: string[], because: string, misconception: string, follow_up?: string}} Words */
/** @typedef {{lane: number, step: number, measure: string, low: number, high: number | null}} Claim */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {{name: string, minutes: number, lanes: Experiment[], stop: number, answer: number, speed: number | null, panel: string, follow_up: Experiment[], follow_up_stop: number, claims: Claim[], words: Words}} Lesson */
/** @typedef {Record<string, {answer: number, finished: boolean}>} Progress */

/**
 * Every lesson with its words.
 * @returns {Promise<Lesson[]>}
 */
export async function readLessons() {
  const { lessons } = await get("api/lessons");
  return lessons.map((/** @type {Lesson} */ lesson) => ({ ...lesson, words: words().lessons[lesson.name] }));
}

/** @param {string} address */
async function get(address) {
  const answer = await reached(fetch(address));
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

/** @returns {Progress} */
export function readProgress() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return found && typeof found === "object" && !Array.isArray(found) ? found : {};
  } catch {
    return {}; // a browser that keeps nothing, or something else under this name
  }
}

/**
 * @param {string} name
 * @param {{answer: number, finished: boolean}} entry
 */
export function remember(name, entry) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readProgress(), [name]: entry }));
  } catch {
    // the lesson goes on without being remembered
  }
}

/**
 * A few lines to paste elsewhere: what was answered, and a link to the run.
 * @param {Lesson} lesson
 * @param {number} number  from 1
 * @param {number} answer
 * @param {string} link
 */
export function receipt({ words: told, answer: right }, number, answer, link) {
  return [
    t("receipt.title", { number, title: told.title }),
    told.question,
    t(answer === right ? "receipt.right" : "receipt.wrong", { said: told.choices[answer], right: told.choices[right] }),
    link,
  ].join("\n");
}
