// @ts-check
// The presenter's view (?present): question, run, answer, lesson after lesson, with the keys that remotes send.

import { h } from "../dom.js";
import { PRESENTER_KEYS, keyOf } from "../keys.js";
import { readLessons } from "../lessons.js";
import { t } from "../words.js";

/** @typedef {import("../lessons.js").Lesson} Lesson */

const LETTERS = "ABCDEF";

/**
 * @param {import("../actions.js").Actions} actions
 * @param {URLSearchParams} query
 */
export async function present(actions, query) {
  document.body.classList.add("presenting");
  const slide = h("section", { className: "slide", tabIndex: -1, "aria-live": "polite" });
  const black = h("section", { className: "slide black", hidden: true, "aria-label": t("present.black") });
  const code = h("section", { className: "slide code", hidden: true, "aria-label": t("present.code") });
  document.body.append(slide, black, code);
  document.addEventListener("keydown", keys, true);
  /** @type {Lesson[]} */
  let lessons;
  try {
    lessons = await readLessons();
  } catch (error) {
    slide.replaceChildren(h("p", {}, t("lessons.failed", { why: /** @type {Error} */ (error).message })));
    return;
  }
  // Three pictures a lesson: the question, the run, the answer.
  const first = Math.max(0, lessons.findIndex(({ name }) => name === query.get("lesson")));
  let at = 3 * first;
  show();

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLElement} */ (event.target).closest("input, select, textarea, dialog")) return;
    const row = keyOf(PRESENTER_KEYS, event);
    if (!row) return;
    event.preventDefault();
    event.stopPropagation();
    row.act({ go, black: turnBlack, code: showCode, close });
  }

  function turnBlack() {
    black.hidden = !black.hidden;
  }

  function close() {
    black.hidden = code.hidden = true;
  }

  /** @param {number} by */
  function go(by) {
    if (!code.hidden) {
      code.hidden = true;
      return;
    }
    if (!lessons) return;
    at = Math.min(Math.max(at + by, 0), 3 * lessons.length - 1);
    show();
  }

  function show() {
    const lesson = lessons[Math.floor(at / 3)];
    const { words, answer } = lesson;
    const title = `${Math.floor(at / 3) + 1}  ${words.title}`;
    slide.hidden = at % 3 === 1;
    slide.classList.toggle("low", at % 3 === 2);
    const choices = h("ol", {}, ...words.choices.map((text, i) => h("li", { className: at % 3 === 2 && i === answer ? "right" : "" }, h("b", {}, LETTERS[i]), text)));
    if (at % 3 === 0) {
      actions.open(lesson.lanes, 0, { playing: false, until: null, speed: lesson.speed, histories: [] });
      slide.replaceChildren(h("h2", {}, title), ...words.paragraphs.map((text) => h("p", {}, text)), h("p", {}, h("b", {}, words.question)), choices, h("p", { className: "hint" }, [...PRESENTER_KEYS.map(({ shown, does }) => `${shown} ${t(does)}`), t("present.space")].join(", ")));
      slide.focus();
    } else if (at % 3 === 1) {
      actions.open(lesson.lanes, 0, { playing: true, until: lesson.stop, speed: lesson.speed });
    } else {
      slide.replaceChildren(h("p", {}, h("b", {}, `${LETTERS[answer]}  ${words.choices[answer]}`)), h("p", {}, words.because));
      slide.focus();
    }
    const address = new URL(location.href);
    address.searchParams.set("lesson", lesson.name);
    history.replaceState(null, "", address);
  }

  function showCode() {
    code.hidden = !code.hidden;
    if (code.hidden) return;
    const address = new URL(location.href);
    address.searchParams.delete("present");
    const text = address.href.replace("?#", "#");
    const picture = h("img", { alt: t("present.qr"), src: `api/qr?text=${encodeURIComponent(text)}` });
    const words = h("p", {}, text);
    picture.onerror = () => picture.replaceWith(h("p", {}, t("present.long")));
    code.replaceChildren(picture, words);
  }
}
