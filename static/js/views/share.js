// @ts-check
// Share: the link and its QR code, the calls that compute the run again, files, a frame, pictures, a report on paper.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";
import { t } from "../words.js";
import { laneNames } from "../names.js";
import { ask } from "../post.js";
import { tell } from "../refusals.js";
import { FORMS, asCurl, asPython, embedCode, fileQuestion, linkOf } from "../share.js";
import { asPng, asSvg, fileName, pictures, save } from "./pictures.js";
import { printReport } from "./report.js";

/** What a QR code holds; app/api/qr.py refuses more. */
const CODE_BYTES = 2300;
const HERE_ONLY = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * @param {import("../store.js").Store} store
 * @param {import("../actions.js").Actions} actions
 */
export function shareView(store, actions) {
  const told = h("p", { className: "hint", role: "status" });
  const note = h("p", { className: "hint" });
  const code = h("div", { className: "qr" });
  const texts = {
    link: taken(t("share.link"), told),
    curl: taken(t("share.curl"), told, t("share.curl_about")),
    python: taken(t("share.python"), told, t("share.python_about")),
    embed: taken(t("share.embed"), told, t("share.embed_about")),
  };
  const list = h("ul", { className: "pictures" });
  const files = h("ul", { className: "files" });
  let leaving = new AbortController();
  const report = h("button", { id: "report", onclick: () => attempt(() => printReport(store)) }, t("share.report"));
  const dialog = h("dialog", { className: "wide share", "aria-labelledby": "share-title" },
    h("header", {}, h("h2", { id: "share-title" }, t("share.title")),
      h("button", { className: "quiet", "aria-label": t("word.close"), onclick: () => dialog.close() }, "×")),
    told,
    h("div", { className: "body" },
      h("p", {}, h("button", { id: "class" }, t("room.button")), " ", h("span", { className: "hint" }, t("room.button_about"))),
      h("div", { className: "with-code" }, h("div", {}, texts.link.root, note, texts.embed.root), code),
      h("h3", {}, t("share.again")), texts.curl.root, texts.python.root,
      h("h3", {}, t("share.files")), files, h("p", { className: "hint" }, t("share.files_about")),
      h("h3", {}, t("share.pictures")), list),
    h("footer", {}, report, h("span", { className: "hint" }, t("share.report_about"))));
  document.body.append(dialog);
  dialog.onclose = () => leaving.abort(); // the server computes for nobody else
  byId("share").onclick = () => {
    actions.rest();
    say(told, "");
    shown = [];
    leaving = new AbortController();
    dialog.showModal();
    fill(store.get());
  };
  /** @type {unknown[]} */
  let shown = [];

  /** @param {() => Promise<void>} work  What may fail says why. */
  async function attempt(work) {
    try {
      say(told, "");
      await work();
    } catch (error) {
      if (leaving.signal.aborted) return;
      tell(told, t("share.failed", { why: /** @type {Error} */ (error).message }));
    }
  }

  /**
   * A button that has the server compute a file.
   * @param {import("../types.js").State} state
   * @param {number} lane
   * @param {string} name  of the lane
   * @param {keyof typeof FORMS} form
   */
  function fileButton(state, lane, name, form) {
    const kind = t(`share.form_${form}`);
    const file = `${fileName(name, state.step)}.${FORMS[form]}`;
    const button = h("button", { className: "small", "aria-label": t("share.as", { picture: name, kind }) }, kind);
    button.onclick = () => button.ariaBusy !== "true" && attempt(async () => {
      button.ariaBusy = "true"; // it stays where it is, and keeps the focus
      say(told, t("share.computing", { file }));
      try {
        save(await (await ask(`api/exports/${form}`, fileQuestion(state, lane, form), leaving.signal)).blob(), file);
        say(told, t("share.saved", { file }));
      } finally {
        button.ariaBusy = "false";
      }
    });
    return button;
  }

  /** @param {import("../types.js").State} state */
  function fill(state) {
    const now = [state.lanes, state.step, state.playing];
    if (!dialog.open || now.every((value, i) => value === shown[i])) return;
    shown = now;
    const link = linkOf(state, location.href);
    texts.link.fill(link);
    texts.embed.fill(embedCode(link));
    texts.curl.fill(asCurl(state, location.href));
    texts.python.fill(asPython(state, location.href));
    say(note, [t("share.opens", { step: count(state.step) }), ...(HERE_ONLY.has(location.hostname) ? [t("share.here_only")] : [])].join(" "));
    const length = new TextEncoder().encode(link).length;
    code.replaceChildren(length <= CODE_BYTES
      ? h("img", { alt: t("share.code"), src: `api/qr?text=${encodeURIComponent(link)}` })
      : h("p", { className: "hint" }, t("share.too_long", { length: count(length), most: count(CODE_BYTES) })));
    const names = laneNames(state.lanes, state.catalog);
    const forms = /** @type {(keyof typeof FORMS)[]} */ (Object.keys(FORMS));
    files.replaceChildren(...names.map((name, i) => h("li", {},
      h("span", {}, h("span", { className: `marker lane${i + 1}`, "aria-hidden": "true" }), name),
      ...forms.map((form) => fileButton(state, i, name, form)))));
    list.replaceChildren(...pictures(state).map((picture) => {
      const file = fileName(picture.name, state.step);
      const get = (/** @type {string} */ kind, /** @type {() => Promise<Blob>} */ make) => h("button", {
        className: "small", "aria-label": t("share.as", { picture: picture.name, kind }),
        onclick: () => attempt(async () => {
          save(await make(), `${file}.${kind.toLowerCase()}`);
          say(told, t("share.saved", { file: `${file}.${kind.toLowerCase()}` }));
        }),
      }, kind);
      return h("li", {}, h("span", {}, picture.name),
        get("PNG", async () => asPng(await asSvg(picture))),
        get("SVG", async () => new Blob([await asSvg(picture)], { type: "image/svg+xml" })));
    }));
  }
  return fill;
}

/**
 * A text in a box of its own, with a button that copies it; where the browser does not let the page copy, it is
 * selected, to be copied by key.
 * @param {string} label
 * @param {HTMLElement} told  what has come of it
 * @param {string} [about]
 */
function taken(label, told, about = "") {
  const text = h("textarea", { readOnly: true, rows: 1, spellcheck: false, "aria-label": label, wrap: "off" });
  const button = h("button", { className: "small", "aria-label": t("share.copy_what", { label }) }, t("share.copy"));
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      say(told, t("share.copied", { label }));
    } catch {
      text.focus();
      text.select();
      say(told, t("share.refused"));
    }
  };
  return {
    root: h("div", { className: "taken" }, h("b", {}, label), text, button, ...(about ? [h("span", { className: "hint" }, about)] : [])),
    fill(/** @type {string} */ value) {
      text.value = value;
      text.rows = Math.min(value.split("\n").length, 4);
    },
  };
}
