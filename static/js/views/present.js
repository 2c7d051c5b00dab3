// @ts-check
// The presenter's view (?present): question, run, answer, lesson after lesson, with the keys that remotes send.

import { h, say, whenChanged } from "../dom.js";
import { count } from "../format.js";
import { PRESENTER_KEYS, TYPED, keyOf } from "../keys.js";
import { readLessons } from "../lessons.js";
import { roomLink } from "../room.js";
import { t } from "../words.js";
import { tallyView } from "./room.js";

/** @typedef {import("../lessons.js").Lesson} Lesson */

const LETTERS = "ABCDEF";

/**
 * @param {import("../actions.js").Actions} actions
 * @param {URLSearchParams} query
 * @param {import("../store.js").Store} store
 * @param {import("../room.js").RoomActions} room
 */
export async function present(actions, query, store, room) {
  document.body.classList.add("presenting");
  const slide = h("section", { className: "slide", tabIndex: -1, "aria-live": "polite" });
  const black = h("section", { className: "slide black", hidden: true, "aria-label": t("present.black") });
  const code = h("section", { className: "slide code", hidden: true, "aria-label": t("present.code") });
  document.body.append(slide, black, code);
  const tally = h("p", { className: "tally", "aria-label": t("room.tally") });
  const bars = tallyView(tally);
  const number = h("p", { className: "number" });
  store.subscribe(whenChanged(({ room: now }) => [now], ({ room: now }) => {
    bars(now);
    say(number, now?.link === "live" ? t("room.number", { n: now.followers, followers: count(now.followers) }) : "");
    if (!code.hidden) fillCode();
  }));
  document.addEventListener("keydown", keys, true);
  let shown = "";
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
    if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLElement} */ (event.target).closest(`${TYPED}, dialog`)) return;
    const row = keyOf(PRESENTER_KEYS, event);
    if (!row) return;
    event.preventDefault();
    event.stopPropagation();
    row.act({ go, black: turnBlack, code: showCode, room: openRoom, close });
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
    room.ask(lesson.name, at % 3 === 2);
    if (at % 3 === 0) {
      actions.open(lesson.lanes, 0, { playing: false, until: null, speed: lesson.speed, histories: [] });
      slide.replaceChildren(h("h2", {}, title), ...words.paragraphs.map((text) => h("p", {}, text)), h("p", {}, h("b", {}, words.question)), choices, tally, h("p", { className: "hint" }, [...PRESENTER_KEYS.map(({ shown, does }) => `${shown} ${t(does)}`), t("present.space")].join(", ")));
      slide.focus();
    } else if (at % 3 === 1) {
      actions.open(lesson.lanes, 0, { playing: true, until: lesson.stop, speed: lesson.speed });
    } else {
      slide.replaceChildren(h("p", {}, h("b", {}, `${LETTERS[answer]}  ${words.choices[answer]}`)), h("p", {}, words.because), tally);
      slide.focus();
    }
    const address = new URL(location.href);
    address.searchParams.set("lesson", lesson.name);
    history.replaceState(null, "", address);
  }

  function openRoom() {
    const { room: now } = store.get();
    if (now?.role !== "present" || now.link !== "live") room.open();
    if (code.hidden) showCode();
  }

  function showCode() {
    code.hidden = !code.hidden;
    shown = "";
    if (!code.hidden) fillCode();
  }

  /** The room's code and link where one is open, else the link of this page. */
  function fillCode() {
    const { room: now } = store.get();
    const open = now?.role === "present" && now.link === "live" ? now.code : null;
    const address = new URL(location.href);
    address.searchParams.delete("present");
    const text = open ? roomLink(open) : address.href.replace("?#", "#");
    if (shown === text) return;
    shown = text;
    const picture = h("img", { alt: t("present.qr"), src: `api/qr?text=${encodeURIComponent(text)}` });
    picture.onerror = () => picture.replaceWith(h("p", {}, t("present.long")));
    code.replaceChildren(...(open ? [h("p", { className: "room-code" }, open)] : []), picture, h("p", {}, text), ...(open ? [number] : []));
  }
}
