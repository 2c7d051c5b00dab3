// @ts-check
// A question to the server beside the stream: JSON there, JSON back.

/**
 * The answer; throws an Error whose message says what was refused, in the server's words.
 * @param {string} path
 * @param {object} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function post(path, question, signal) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(question), signal });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told;
}
