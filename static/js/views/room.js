// @ts-check
// The room on the page: a line that says who follows whom, the presenter's dialog with the code, and how the class
// answers.

import { byId, h, say, whenChanged } from "../dom.js";
import { roomLink } from "../room.js";
import { count } from "../format.js";
import { t } from "../words.js";

const LETTERS = "ABCDEF";

/**
 * @param {import("../store.js").Store} store
 * @param {import("../room.js").RoomActions} room
 */
export function roomView(store, room) {
  const strip = byId("room");
  const dialog = roomDialog(store, room);
  const said = h("p", { role: "status" });
  const step = h("span", { className: "hint" });
  const tally = h("span", { className: "tally" });
  const buttons = {
    show: button("room.show", dialog.show),
    close: button("room.close", room.close),
    ask: button("room.ask", showQuestion),
    leave: button("room.leave", room.leave),
    back: button("room.back", room.back),
    again: button("room.again", room.open),
    forget: h("button", { className: "quiet", "aria-label": t("room.forget"), title: t("room.forget"), onclick: room.forget }, "×"),
  };
  strip.append(said, step, tally, h("span", { className: "buttons" }, ...Object.values(buttons)));
  const bars = tallyView(tally);

  const draw = whenChanged(({ room: now }) => [now], ({ room: now }) => {
    strip.hidden = now === null;
    if (!now) return;
    strip.dataset.role = now.role;
    strip.dataset.link = now.role === "follow" && !now.on ? "own" : now.link;
    say(said, sentence(now));
    const presents = now.role === "present";
    const lost = presents && (now.link === "taken" || now.link === "refused");
    buttons.show.hidden = !presents || now.link !== "live";
    buttons.close.hidden = !presents || lost;
    buttons.again.hidden = !lost;
    buttons.ask.hidden = presents || !now.on || now.question === null;
    buttons.leave.hidden = presents || !now.on;
    buttons.back.hidden = presents || now.on;
    buttons.forget.hidden = lost ? false : presents || now.on;
    bars(presents ? now : { ...now, counts: null });
  });
  return (/** @type {import("../types.js").State} */ state) => {
    draw(state);
    dialog.draw(state);
    const { room: now } = state;
    if (now) say(step, now.role === "follow" && now.on && state.frame ? t("room.step", { step: count(state.step) }) : "");
  };
}

/** The question may have been put away, or be far from where the keyboard is. */
function showQuestion() {
  byId("ask").hidden = false;
  /** @type {HTMLElement | null} */ (byId("ask").querySelector(".choices-of-class button"))?.focus();
}

/** @param {string} key @param {() => void} onclick */
function button(key, onclick) {
  return h("button", { className: "small", onclick }, t(key));
}

/** @param {import("../types.js").Room} room */
function sentence({ role, code, on, link, why, followers, alone, question, answer }) {
  if (role === "present") {
    if (link === "taken") return t("room.taken", { code });
    if (link === "refused") return t("room.refused", { why });
    if (link !== "live") return t("room.opening");
    return [t("room.open_with", { code, n: followers, followers: count(followers) }), ...(alone ? [t("room.alone")] : [])].join(" ");
  }
  if (!on) return t("room.own", { code });
  if (link === "live" && question && !question.revealed && answer === null) return t("room.asks", { code });
  const known = { live: "room.follows", away: "room.away", apart: "room.apart", unknown: "room.unknown", closed: "room.closed", full: "room.full", waiting: "room.waiting" };
  return t(known[/** @type {keyof typeof known} */ (link)], { code, why });
}

/**
 * The answers of the class so far: a bar for each, with its letter and number.
 * @param {HTMLElement} root
 */
export function tallyView(root) {
  /** @type {{root: HTMLElement, bar: HTMLElement, number: HTMLElement}[]} */
  let rows = [];
  return (/** @type {{counts: number[] | null} | null} */ room) => {
    const counts = room?.counts ?? [];
    root.hidden = !counts.length;
    if (rows.length !== counts.length) {
      rows = counts.map((_, i) => {
        const bar = h("i", { "aria-hidden": "true" });
        const number = h("b", {});
        return { root: h("span", {}, LETTERS[i], bar, number), bar, number };
      });
      root.replaceChildren(...rows.map((row) => row.root));
    }
    const most = Math.max(1, ...counts);
    rows.forEach(({ bar, number }, i) => {
      bar.style.setProperty("--part", String(counts[i] / most));
      say(number, count(counts[i]));
    });
  };
}

/**
 * @param {import("../store.js").Store} store
 * @param {import("../room.js").RoomActions} room
 */
function roomDialog(store, room) {
  const code = h("p", { className: "room-code", "aria-label": t("room.code") });
  const picture = h("img", { alt: t("room.qr") });
  const link = h("p", { className: "hint link" });
  const number = h("p", { className: "number", role: "status" });
  const shown = h("div", { className: "shown" }, h("div", {}, h("p", {}, t("room.how")), code, link, number), picture);
  const open = h("button", { className: "primary", onclick: room.open }, t("room.open"));
  const closed = h("div", { className: "begin" }, h("p", {}, t("room.about")), open);
  const typed = h("input", { id: "room-typed", maxLength: 20, autocomplete: "off", spellcheck: false, placeholder: "K7QM-2XWA" });
  const form = h("form", {
    className: "join",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!typed.value.trim()) return typed.focus();
      dialog.close();
      room.follow(typed.value);
    },
  }, h("label", { for: "room-typed" }, t("room.typed")), typed, h("button", {}, t("room.follow")));
  const foot = h("footer", {},
    h("button", { onclick: room.close }, t("room.close")),
    h("button", { onclick: room.another }, t("room.another")), h("span", { className: "hint" }, t("room.another_about")));
  const dialog = h("dialog", { className: "wide room-dialog", "aria-labelledby": "room-title" },
    h("header", {}, h("h2", { id: "room-title" }, t("room.title")),
      h("button", { className: "quiet", "aria-label": t("word.close"), onclick: () => dialog.close() }, "×")),
    h("div", { className: "body" }, closed, shown, form), foot);
  document.body.append(dialog);
  byId("class").onclick = () => {
    byId("class").closest("dialog")?.close();
    show();
  };

  function show() {
    if (!dialog.open) dialog.showModal();
  }

  return {
    show,
    draw: whenChanged(({ room: now }) => [now], ({ room: now }) => {
      const live = now?.role === "present" && now.link === "live";
      shown.hidden = foot.hidden = !live;
      closed.hidden = form.hidden = live;
      if (!live || !now) return;
      const address = roomLink(now.code);
      say(number, t("room.number", { n: now.followers, followers: count(now.followers) }));
      if (code.textContent === now.code) return;
      say(code, now.code);
      say(link, address);
      picture.src = `api/qr?text=${encodeURIComponent(address)}`;
    }),
  };
}
