// @ts-check
// A question to the server beside the stream: JSON there, JSON or a file back.

import { Refusal } from "./refusals.js";
import { t } from "./words.js";

/**
 * What `asked` comes to. What a browser says of a server that does not answer is its own, in its own language: the page
 * says it in its words.
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T>}
 */
export async function reached(asked) {
  try {
    return await asked;
  } catch (error) {
    throw error instanceof TypeError ? new Error(t("word.unanswered")) : error;
  }
}

/**
 * The answer as it comes; throws an Error whose message says what was refused.
 * @param {string} path
 * @param {object} question
 * @param {AbortSignal} [signal]
 */
export async function ask(path, question, signal) {
  const headers = { "content-type": "application/json" };
  const answer = await reached(fetch(path, { method: "POST", headers, body: JSON.stringify(question), signal }));
  if (!answer.ok) throw new Refusal(await answer.json());
  return answer;
}

/**
 * The answer's JSON.
 * @param {string} path
 * @param {object} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function post(path, question, signal) {
  return (await ask(path, question, signal)).json();
}
