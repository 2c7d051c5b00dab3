// @ts-check
// The list of lessons: a dialog, with what has been done ticked off.

import { h } from "../dom.js";
import { readProgress } from "../lessons.js";
import { t } from "../words.js";

/** @typedef {import("../lessons.js").Lesson} Lesson */

/**
 * @param {{choose: (name: string) => void, print: (key: boolean) => void}} told
 */
export function lessonList(told) {
  const list = h("ol", { className: "lesson-list" });
  const note = h("p", { className: "hint", role: "status" });
  const dialog = h("dialog", { className: "lessons", "aria-labelledby": "lessons-title" },
    h("header", {},
      h("h2", { id: "lessons-title" }, t("lessons.title")),
      h("button", { className: "quiet", "aria-label": t("word.close_list"), onclick: () => dialog.close() }, "×")),
    note, list,
    h("footer", {},
      h("button", { className: "small", onclick: () => told.print(false) }, t("lessons.worksheet")),
      h("button", { className: "small", onclick: () => told.print(true) }, t("lessons.key"))));
  document.body.append(dialog);

  /** @param {Lesson[]} lessons @param {string} why  the list is shown, if nobody asked for it */
  function fill(lessons, why) {
    const progress = readProgress();
    const done = lessons.filter(({ name }) => progress[name]?.finished).length;
    note.textContent = why || (done ? t("lessons.done", { done, all: lessons.length }) : t("lessons.hint"));
    list.replaceChildren(...lessons.map(({ name, minutes, words }, i) => h("li", {},
      h("button", { className: "lesson-row", onclick: () => { dialog.close(); told.choose(name); } },
        h("span", { className: "number" }, String(i + 1)),
        h("span", { className: "title" }, words.title),
        h("span", { className: "hint" }, progress[name]?.finished ? t("lessons.tick") : t("lessons.minutes", { minutes }))))));
  }
  return {
    /** @param {Lesson[]} lessons @param {string} [why] */
    show(lessons, why = "") {
      fill(lessons, why);
      if (!dialog.open) dialog.showModal();
    },
    /** @param {string} message */
    complain(message) {
      list.replaceChildren();
      note.textContent = message;
      if (!dialog.open) dialog.showModal();
    },
  };
}
