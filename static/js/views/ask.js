// @ts-check
// The presenter's question on a follower's page: choose, see what was chosen, and in the end the answer and how the
// class thought.

import { byId, h, say, whenChanged } from "../dom.js";
import { readLessons } from "../lessons.js";
import { words, t } from "../words.js";
import { tallyView } from "./room.js";

const LETTERS = "ABCDEF";

/** @param {import("../room.js").RoomActions} room */
export function askView(room) {
  const root = byId("ask");
  /** @type {Map<string, number>} the right answer of each lesson, read when the first is shown */
  const right = new Map();
  let about = "";
  /** @type {HTMLButtonElement[]} */
  let choices = [];
  const told = h("p", { role: "status" });
  const because = h("p", { className: "because" });
  const tally = h("span", { className: "tally" });
  const bars = tallyView(tally);

  /** @param {string} lesson */
  function build(lesson) {
    const { question, choices: texts } = words().lessons[lesson];
    choices = texts.map((text, i) => h("button", { onclick: () => room.answer(i) }, h("b", {}, LETTERS[i]), h("span", {}, text)));
    root.replaceChildren(
      h("header", {}, h("h2", { id: "ask-title" }, t("ask.title")),
        h("button", { className: "quiet", "aria-label": t("word.close"), onclick: () => { root.hidden = true; } }, "×")),
      h("p", { className: "question" }, question), h("div", { className: "choices-of-class", role: "group", "aria-labelledby": "ask-title" }, ...choices),
      told, because, tally);
  }

  /** @param {string} lesson */
  async function reveal(lesson) {
    try {
      if (!right.size) for (const { name, answer } of await readLessons()) right.set(name, answer);
    } catch {
      return; // the numbers of the class are there all the same
    }
    if (about !== `${lesson} true`) return;
    choices.forEach((choice, i) => choice.classList.toggle("right", i === right.get(lesson)));
    say(because, words().lessons[lesson].because);
  }

  return whenChanged(({ room: now }) => [now?.on && now.question, now?.answer, now?.counts], ({ room: now }) => {
    const question = now?.role === "follow" && now.on ? now.question : null;
    if (!question || !now || !words().lessons[question.lesson]) {
      root.hidden = true;
      about = "";
      return;
    }
    const { lesson, revealed } = question;
    if (about !== `${lesson} ${revealed}`) {
      if (!about.startsWith(`${lesson} `) || !revealed) build(lesson);
      about = `${lesson} ${revealed}`;
      root.hidden = false;
      say(because, "");
      if (revealed) reveal(lesson);
    }
    choices.forEach((choice, i) => {
      choice.disabled = revealed;
      choice.setAttribute("aria-pressed", String(i === now.answer));
    });
    const said = now.answer === null ? null : LETTERS[now.answer];
    say(told, revealed ? (said ? t("ask.said", { choice: said }) : "") : said ? t("ask.chosen", { choice: said }) : t("ask.choose"));
    bars(now);
  });
}
