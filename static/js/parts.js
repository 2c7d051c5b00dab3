// @ts-check
// What a link may leave out: ?hide=data,tray and ?embed=header,network,output. Each name is a part of the page; the
// style sheet link.css says what it is.

import { t } from "./words.js";

export const PARTS = [
  "header", "transport", "speed", "timeline", "branch", "history", "lessons", "sweep", "share", "help", "data", "training", "more", "presets", "network",
  "choices", "compare", "symmetry", "output", "curves", "sentences", "tray",
];
/** The large ones, of which an embedded page keeps those it names. */
export const PANELS = ["header", "data", "network", "output", "tray"];

/**
 * What the address asks to leave out, and whether it asks for something there is not.
 * @param {URLSearchParams} query
 * @returns {{hidden: string[], embedded: boolean, error: string | null}}
 */
export function readParts(query) {
  const embed = query.get("embed");
  const kept = names(embed).length ? names(embed) : ["header", "network", "output"];
  const asked = names(query.get("hide"));
  const hidden = embed === null ? asked : [...PANELS.filter((name) => !kept.includes(name)), ...asked];
  const unknown = [...(embed === null ? [] : kept.filter((name) => !PANELS.includes(name))), ...asked.filter((name) => !PARTS.includes(name))];
  const error = unknown.length
    ? t("start.parts", { unknown: unknown.map((name) => name.slice(0, 40)).join(", "), parts: PARTS.join(", ") }) : null;
  return { hidden: hidden.filter((name) => PARTS.includes(name)), embedded: embed !== null, error };
}

/** @param {string | null} list */
function names(list) {
  return (list ?? "").split(",").map((name) => name.trim()).filter(Boolean);
}
