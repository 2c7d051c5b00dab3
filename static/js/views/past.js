// @ts-check
// The history: the runs of this browser, to be opened again or set beside the present one.

import { byId, h } from "../dom.js";
import { count, percent } from "../format.js";
import { entryOf, readPast, withEntry, writePast } from "../past.js";
import { fromHash } from "../url.js";
import { locales, t } from "../words.js";

const REST_MS = 800;

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function pastView(catalog, actions) {
  const list = h("ol", { className: "past-list" });
  const note = h("p", { className: "hint" });
  const dialog = h("dialog", { className: "past", "aria-labelledby": "past-title" },
    h("header", {}, h("h2", { id: "past-title" }, t("past.title")),
      h("button", { className: "quiet", "aria-label": t("word.close_list"), onclick: () => dialog.close() }, "×")),
    note, list,
    h("footer", {}, h("button", { className: "small", onclick: forget }, t("past.forget"))));
  document.body.append(dialog);
  /** @type {import("../types.js").State | null} */
  let last = null;
  let waiting = 0;
  byId("past").onclick = () => {
    keep();
    fill();
    dialog.showModal();
  };
  addEventListener("pagehide", keep);

  function keep() {
    const entry = last && !last.inviting ? entryOf(last) : null;
    if (entry) writePast(withEntry(readPast(), entry));
  }

  function forget() {
    writePast([]);
    fill();
  }

  function fill() {
    const entries = readPast();
    note.textContent = entries.length ? t("past.hint") : t("past.empty");
    list.replaceChildren(...entries.map((entry) => h("li", {},
      h("span", { className: "what" }, entry.name),
      h("span", { className: "hint" }, t("past.entry", { step: count(entry.step), accuracy: entry.accuracy.map(percent).join(" | "), when: new Date(entry.when).toLocaleString(locales()) })),
      h("button", { className: "small", onclick: () => restore(entry) }, t("past.open")),
      h("button", { className: "small", onclick: () => compare(entry) }, t("word.compare")))));
  }

  /** @param {import("../past.js").Entry} entry */
  function restore(entry) {
    const given = read(entry);
    if (given) actions.open(given.lanes, given.step, { playing: false, until: null, histories: [] });
  }

  /** @param {import("../past.js").Entry} entry  Its first run beside the present first one, at its step. */
  function compare(entry) {
    const given = read(entry);
    if (given && last) actions.open([last.lanes[0], given.lanes[0]], given.step, { playing: false, until: null, histories: [] });
  }

  /** @param {import("../past.js").Entry} entry */
  function read(entry) {
    try {
      const given = fromHash(entry.hash, catalog);
      if (!given) throw new Error();
      keep();
      dialog.close();
      return given;
    } catch {
      note.textContent = t("past.broken");
      return null;
    }
  }

  return (/** @type {import("../types.js").State} */ state) => {
    const changed = last && last.lanes !== state.lanes;
    // What is about to be left is kept as it was seen last.
    if (changed && last && !last.inviting) {
      const entry = entryOf(last);
      if (entry && entry.step > 0) writePast(withEntry(readPast(), entry));
    }
    last = state;
    clearTimeout(waiting);
    if (!state.playing && state.step > 0) waiting = setTimeout(keep, REST_MS);
  };
}
