// @ts-check
// The open lesson: what it is about, predict first, run, what happened, and what to look at next.

import { byId, h, say } from "../dom.js";
import { readLessons, readProgress, receipt, remember } from "../lessons.js";
import { t } from "../words.js";
import { lessonList } from "./lesson-list.js";
import { printSheet } from "./lesson-sheet.js";

/** @typedef {import("../lessons.js").Lesson} Lesson */

/**
 * @param {HTMLElement} root
 * @param {import("../actions.js").Actions} actions
 * @param {(lesson: string | null, revealed?: boolean) => void} ask  the class, if there is one
 */
export function lessonView(root, actions, ask) {
  /** @type {Lesson[]} */
  let lessons = [];
  /** @type {Lesson | null} */
  let open = null;
  /** @type {number | null} */
  let answered = null;
  /** @type {{run: HTMLButtonElement, again: HTMLElement, result: HTMLElement, choices: HTMLInputElement[]} | null} */
  let parts = null;
  /** @type {import("../types.js").State | null} */
  let last = null;
  let revealed = false;
  const main = root.closest("main");
  const list = lessonList({ choose: (name) => start(name), print: (key) => printSheet(lessons, key) });
  byId("lessons").onclick = async () => {
    if (await read()) list.show(lessons);
  };

  async function read() {
    try {
      if (!lessons.length) lessons = await readLessons();
      return true;
    } catch (error) {
      list.complain(t("lessons.failed", { why: /** @type {Error} */ (error).message }));
      return false;
    }
  }

  /** @param {string | null} name  The lesson in the address, so that a link opens it. */
  function inAddress(name) {
    const address = new URL(location.href);
    if (name) address.searchParams.set("lesson", name);
    else address.searchParams.delete("lesson");
    history.replaceState(null, "", address);
  }

  /**
   * @param {string} name
   * @param {boolean} [fresh]  whether its experiment is opened too
   */
  async function start(name, fresh = true) {
    if (!(await read())) return;
    open = lessons.find((lesson) => lesson.name === name) ?? null;
    if (!open) return list.show(lessons, t("lesson.unknown"));
    answered = null;
    revealed = false;
    ask(name);
    inAddress(name);
    build(open);
    controls(false);
    root.hidden = false;
    main?.classList.add("teaching");
    if (fresh) begin(open.lanes);
    byId("lesson-title").focus();
  }

  /** @param {import("../types.js").Experiment[]} lanes */
  function begin(lanes) {
    if (open) actions.open(lanes, 0, { playing: false, until: null, speed: open.speed, panel: open.panel, histories: [] });
  }

  function close() {
    open = parts = null;
    ask(null);
    root.hidden = true;
    controls(false);
    main?.classList.remove("teaching");
    inAddress(null);
    byId("lessons").focus();
  }

  /** @param {boolean} shown  Whether the data and training take the lesson's place. */
  function controls(shown) {
    main?.classList.toggle("with-controls", shown);
  }

  /** @param {Lesson} lesson */
  function build(lesson) {
    const { words, name } = lesson;
    const number = lessons.indexOf(lesson) + 1;
    const choices = words.choices.map((text, i) => h("input", { type: "radio", name: "prediction", value: String(i), id: `choice-${i}`, onchange: () => answer(i) }));
    const run = h("button", { className: "primary", onclick: play }, t("lesson.run"));
    run.disabled = true;
    const again = h("button", { className: "link", hidden: true, onclick: () => begin(lesson.lanes) }, t("lesson.again"));
    const result = h("div", { className: "result", "aria-live": "polite" });
    parts = { run, again, result, choices };
    root.replaceChildren(
      h("header", {},
        h("p", { className: "hint" }, t("lesson.number", { number, all: lessons.length, minutes: lesson.minutes })),
        h("button", { className: "quiet", "aria-label": t("lesson.close"), onclick: close }, "×")),
      h("h2", { id: "lesson-title", tabIndex: -1 }, words.title),
      ...words.paragraphs.map((text) => h("p", {}, text)),
      h("fieldset", {}, h("legend", {}, `${t("lesson.predict")} `, words.question),
        ...choices.map((choice, i) => h("label", { for: `choice-${i}` }, choice, h("span", {}, words.choices[i])))),
      h("p", { className: "press" }, words.press),
      h("p", { className: "row" }, run, again),
      result,
      h("footer", {},
        h("button", { className: "small", disabled: number === 1, onclick: () => start(lessons[number - 2].name) }, t("lesson.before")),
        h("button", { className: "small", onclick: () => list.show(lessons) }, t("lesson.all")),
        h("button", { className: "small", disabled: number === lessons.length, onclick: () => start(lessons[number].name) }, t("lesson.next")),
        h("button", { className: "small", onclick: () => controls(true) }, t("lesson.controls"))));
    root.scrollTop = 0;
    const known = readProgress()[name];
    if (known && words.choices[known.answer]) {
      choices[known.answer].checked = true;
      answer(known.answer);
    }
  }

  /** @param {number} choice */
  function answer(choice) {
    answered = choice;
    if (parts) parts.run.disabled = false;
    if (revealed) reveal();
  }

  function play() {
    if (!open) return;
    revealed = false;
    parts?.result.replaceChildren();
    actions.open(open.lanes, 0, { playing: true, speed: open.speed, until: open.stop, panel: open.panel });
  }

  function reveal() {
    if (!open || !parts || answered === null) return;
    revealed = true;
    ask(open.name, true);
    const lesson = open;
    const { words, answer: right, name } = lesson;
    remember(name, { answer: answered, finished: true });
    const number = lessons.indexOf(lesson) + 1;
    const copy = h("button", { className: "small", onclick: () => copied(copy, lesson, number) }, t("lesson.receipt"));
    parts.result.replaceChildren(
      h("p", { className: "verdict" }, answered === right ? t("lesson.right") : t("lesson.wrong", { right: words.choices[right] })),
      h("p", {}, words.because),
      h("p", { className: "misconception" }, words.misconception),
      ...(words.follow_up ? [h("p", {}, words.follow_up, " ", h("button", { className: "small", onclick: follow }, t("lesson.look")))] : []),
      h("p", {}, copy));
  }

  /**
   * @param {HTMLElement} button
   * @param {Lesson} lesson
   * @param {number} number
   */
  async function copied(button, lesson, number) {
    try {
      await navigator.clipboard.writeText(receipt(lesson, number, answered ?? 0, location.href));
      say(button, t("copy.copied"));
    } catch {
      say(button, t("lesson.no_copy"));
    }
  }

  function follow() {
    if (open) actions.open(open.follow_up, 0, { playing: true, speed: open.speed, until: open.follow_up_stop, panel: open.panel, histories: [] });
  }

  const wanted = new URLSearchParams(location.search).get("lesson");
  // A link that holds runs of its own keeps them: it was copied in the middle of the lesson.
  if (wanted) start(wanted, location.hash.length < 2);
  byId("back-to-lesson").onclick = () => controls(false);

  return (/** @type {import("../types.js").State} */ state) => {
    last = state;
    if (!open || !parts || !state.frame) return;
    const here = JSON.stringify(state.lanes) === JSON.stringify(open.lanes);
    if (parts.again.hidden !== here) parts.again.hidden = here;
    if (here && !revealed && !state.playing && answered !== null && last.frame && last.frame.step >= open.stop) reveal();
  };
}
