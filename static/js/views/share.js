// @ts-check
// Share: the link and its QR code, the calls that compute the run again, a frame, pictures, and a report on paper.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";
import { asCurl, asPython, embedCode, linkOf } from "../share.js";
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
    link: taken("Link", told),
    curl: taken("As curl", told, "Prints the server’s answer: cost and accuracy of step 0 and of this step, and the sentence."),
    python: taken("As Python", told, "Needs nothing beside Python 3; prints cost and accuracy of this step."),
    embed: taken("For a page of your own", told, "Works on the pages that the server’s setting PLAYGROUND_FRAME_ANCESTORS names."),
  };
  const list = h("ul", { className: "pictures" });
  const report = h("button", { id: "report", onclick: () => attempt(() => printReport(store)) }, "Print a report …");
  const dialog = h("dialog", { className: "wide share", "aria-labelledby": "share-title" },
    h("header", {}, h("h2", { id: "share-title" }, "Share this run"),
      h("button", { className: "quiet", "aria-label": "Close", onclick: () => dialog.close() }, "×")),
    told,
    h("div", { className: "body" },
      h("div", { className: "with-code" }, h("div", {}, texts.link.root, note, texts.embed.root), code),
      h("h3", {}, "Compute it again"), texts.curl.root, texts.python.root,
      h("h3", {}, "Pictures, as they stand"), list),
    h("footer", {}, report, h("span", { className: "hint" }, "One page: the experiment, its results, pictures and weights.")));
  document.body.append(dialog);
  byId("share").onclick = () => {
    actions.rest();
    say(told, "");
    shown = [];
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
      say(told, `That did not work: ${/** @type {Error} */ (error).message}`);
    }
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
    say(note, `It opens this page at step ${count(state.step)}.${HERE_ONLY.has(location.hostname) ? " Its address is this computer’s own: others need one they can reach." : ""}`);
    const length = new TextEncoder().encode(link).length;
    code.replaceChildren(length <= CODE_BYTES
      ? h("img", { alt: "QR code of the link", src: `api/qr?text=${encodeURIComponent(link)}` })
      : h("p", { className: "hint" }, `No QR code: the link has ${count(length)} characters, and a code holds ${count(CODE_BYTES)}.`));
    list.replaceChildren(...pictures(state).map((picture) => {
      const file = fileName(picture.name, state.step);
      const get = (/** @type {string} */ kind, /** @type {() => Promise<Blob>} */ make) => h("button", {
        className: "small", "aria-label": `${picture.name} as ${kind}`,
        onclick: () => attempt(async () => {
          save(await make(), `${file}.${kind.toLowerCase()}`);
          say(told, `Saved ${file}.${kind.toLowerCase()}`);
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
  const button = h("button", { className: "small", "aria-label": `Copy: ${label}` }, "Copy");
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      say(told, `Copied: ${label}.`);
    } catch {
      text.focus();
      text.select();
      say(told, "This browser does not let the page copy. The text is selected: press Ctrl+C, or ⌘C.");
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
