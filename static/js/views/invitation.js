// @ts-check
// The first visit's one question.

import { byId } from "../dom.js";

/**
 * @param {HTMLElement} root
 * @param {{accept: () => void, decline: () => void}} answers
 */
export function invitationView(root, answers) {
  byId("accept").onclick = answers.accept;
  byId("decline").onclick = answers.decline;
  return (/** @type {import("../types.js").State} */ { inviting }) => {
    if (root.hidden === inviting) root.hidden = !inviting;
  };
}
