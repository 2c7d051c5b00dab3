// @ts-check
// Lessons on paper: a worksheet with the questions, or the key with the answers.

import { h } from "../dom.js";
import { t } from "../words.js";
import { printed, sheetOf } from "./paper.js";

/**
 * @param {import("../lessons.js").Lesson[]} lessons
 * @param {boolean} key
 */
export function printSheet(lessons, key) {
  printed(sheetOf("worksheet",
    h("h1", {}, key ? t("sheet.key") : t("sheet.title")),
    ...(key ? [] : [h("p", {}, t("sheet.name"))]),
    ...lessons.map(({ name, words, answer, minutes }, i) => h("article", {},
      h("h2", {}, t("sheet.lesson", { number: i + 1, title: words.title, minutes })),
      ...words.paragraphs.map((text) => h("p", {}, text)),
      h("p", {}, h("b", {}, words.question)),
      h("ul", {}, ...words.choices.map((text, c) => h("li", {}, `${key && c === answer ? "☒" : "☐"} ${text}`))),
      ...(key
        ? [h("p", {}, words.because), h("p", {}, h("i", {}, words.misconception))]
        : [h("p", {}, words.press), h("p", {}, `${t("sheet.saw")} `, h("span", { className: "line" }))]),
      h("p", { className: "address" }, new URL(`?lesson=${name}`, location.href.split(/[?#]/)[0]).href)))));
}
