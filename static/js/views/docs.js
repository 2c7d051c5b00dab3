// @ts-check
// The list of calls, what they are made of, and a field that searches them.

import { has, partsOf } from "../calls.js";
import { h, say } from "../dom.js";
import { t } from "../words.js";
import { callView, fieldTable, prose } from "./call.js";

const PARTS = ["Experiment", "Data", "NetworkShape", "Init", "LayerParameters", "Training", "Intervention", "Settings", "Nudge", "Edit", "Permute", "Flip"];

/**
 * @param {HTMLElement} root
 * @param {import("../calls.js").Call[]} calls
 * @param {any} description
 * @param {string} server  its address
 */
export function docsView(root, calls, description, server) {
  const search = h("input", { type: "search", id: "search", "aria-label": t("docs.search"), placeholder: t("docs.search"), spellcheck: false });
  const found = h("p", { className: "note", role: "status" });
  const views = calls.map((call) => ({ call, root: callView(call, server) }));
  const none = h("p", { hidden: true }, t("docs.none"));
  const header = h("header", {},
    h("h1", {}, "Planar Playground ", h("span", {}, t("docs.title"))),
    h("p", {}, t("docs.about", { n: calls.length })),
    h("p", { className: "links" }, h("a", { href: `${server}/` }, t("docs.back")), h("a", { href: `${server}/openapi.json` }, t("docs.description"))),
    h("div", { className: "search" }, search, found));
  root.append(header, h("section", { "aria-label": t("docs.title") }, ...views.map((view) => view.root), none), parts(description));

  function filter() {
    for (const view of views) view.root.hidden = !has(view.call, search.value.trim());
    const n = views.filter((view) => !view.root.hidden).length;
    none.hidden = n > 0;
    say(found, t("docs.found", { n }));
  }
  search.oninput = filter;
  filter();
  openLinked();
  addEventListener("hashchange", openLinked);
}

/** What the address names is opened and shown. */
function openLinked() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(named instanceof HTMLDetailsElement)) return;
  named.open = true;
  named.scrollIntoView();
}

/** @param {any} description */
function parts(description) {
  const schemas = description.components.schemas;
  return h("section", { id: "parts" }, h("h2", {}, t("docs.parts")), h("p", { className: "note" }, t("docs.parts_about")),
    ...PARTS.filter((name) => schemas[name]).map((name) => h("details", { className: "part", id: `part-${name}` },
      h("summary", {}, h("code", {}, name), prose("span", schemas[name].description.split("\n")[0].replaceAll("``", "`"))),
      fieldTable(partsOf(schemas[name]), false))));
}
