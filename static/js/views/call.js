// @ts-check
// One call: what it does, what to send, what comes back, and an example to copy or to send from here.

import { asCurl, asPython } from "../calls.js";
import { h, say } from "../dom.js";
import { t } from "../words.js";

const MOST = 20_000;

/**
 * English of the description, with what stands in backticks as code.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} text
 */
export function prose(tag, text) {
  return h(tag, { lang: "en" }, ...text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part)));
}

/**
 * @param {import("../calls.js").Call} call
 * @param {string} server
 */
export function callView(call, server) {
  const [first, ...more] = call.about.split("\n\n");
  const summary = h("summary", {}, h("b", { className: `method ${call.method.toLowerCase()}` }, call.method), h("code", {}, call.path), prose("span", first));
  const root = h("details", { className: "call", id: call.id }, summary);
  // Made when it is opened: most calls are only passed by.
  root.addEventListener("toggle", () => {
    if (root.open && root.children.length === 1) root.append(content(call, more, server));
  });
  return root;
}

/**
 * @param {import("../calls.js").Call} call
 * @param {string[]} more
 * @param {string} server
 */
function content(call, more, server) {
  const all = h("div", { className: "content" }, ...more.map((text) => prose("p", text.replaceAll("\n", " "))));
  if (call.example) all.append(h("h2", {}, t("docs.example")), code("curl", asCurl(call, server)), code("Python", asPython(call, server)), sender(call, server));
  if (call.fields.length) all.append(h("h2", {}, t("docs.fields")), fieldTable(call.fields, true));
  all.append(h("h2", {}, t("docs.answers")), answers(call.answers));
  if (call.errors.length) all.append(h("h2", {}, t("docs.errors")), h("p", { className: "note" }, t("docs.errors_about")), answers(call.errors));
  return all;
}

/** @param {import("../calls.js").Answer[]} rows */
function answers(rows) {
  return h("ul", { className: "answers" }, ...rows.map(({ status, about, kinds }) => h("li", {}, h("b", {}, status), h("span", { lang: "en" }, ` ${about} `), ...kinds.map((kind) => h("code", {}, kind)))));
}

/**
 * @param {import("../calls.js").Field[]} fields
 * @param {boolean} where  whether it matters where a field stands
 */
export function fieldTable(fields, where) {
  const head = ["docs.field", "docs.rule", "docs.default", "docs.meaning"].map((key) => h("th", { scope: "col" }, t(key)));
  const body = fields.map((field) => h("tr", {},
    h("th", { scope: "row" }, h("code", {}, field.name), ...(where ? [h("small", {}, t(`docs.${field.where}`))] : []), ...(field.required ? [h("small", {}, t("docs.required"))] : [])),
    h("td", { lang: "en" }, field.rule, ...(field.part ? [" ", h("a", { href: `#part-${field.part}` }, field.part)] : [])),
    h("td", {}, h("code", {}, field.usual)),
    prose("td", field.meaning)));
  return h("div", { className: "rows", tabIndex: 0, role: "region", "aria-label": t("docs.fields") }, h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body)));
}

/**
 * @param {string} name
 * @param {string} text
 */
function code(name, text) {
  const copy = h("button", { className: "small", "aria-label": `${t("docs.copy")}: ${name}` }, t("docs.copy"));
  const shown = h("pre", { tabIndex: 0, "aria-label": name }, h("code", {}, text));
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(copy, t("docs.copied"));
    } catch {
      getSelection()?.selectAllChildren(shown); // a browser that lets no page copy: it is chosen, to be copied by hand
    }
  };
  return h("div", { className: "code" }, h("p", {}, h("b", {}, name), copy), shown);
}

/**
 * @param {import("../calls.js").Call} call
 * @param {string} server
 */
function sender(call, server) {
  const button = h("button", {}, t("docs.send"));
  const status = h("p", { className: "note", role: "status" });
  const shown = h("pre", { tabIndex: 0, hidden: true, "aria-label": t("docs.answers") });
  const close = h("button", { hidden: true, onclick: () => tell("", "") }, t("docs.close"));

  /**
   * @param {string} head
   * @param {string} text
   */
  function tell(head, text) {
    say(status, head);
    say(shown, text.length > MOST ? `${text.slice(0, MOST)}\n${t("docs.cut", { n: text.length })}` : text);
    shown.hidden = close.hidden = !text;
  }
  button.onclick = async () => {
    const { address = "", body = undefined } = call.example ?? {};
    button.disabled = true;
    tell(t("docs.sending"), "");
    try {
      const sent = body === undefined ? undefined : JSON.stringify(body);
      const answer = await fetch(server + address, { method: call.method, body: sent });
      const kind = answer.headers.get("content-type") ?? "";
      tell(t("docs.status", { status: answer.status, kind }), pretty(await answer.text()));
    } catch {
      tell(t("docs.unreached"), "");
    }
    button.disabled = false;
  };
  return h("div", { className: "sender" }, h("p", {}, button, close, status), shown);
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}
