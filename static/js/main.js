// @ts-check
// The only wiring: the store, the stream, the actions and the views, put together.

import { createActions } from "./actions.js";
import { byId, h } from "./dom.js";
import { withStart } from "./edits.js";
import { escapesView } from "./escapes.js";
import { EMPTY, extended } from "./history.js";
import { createStore } from "./store.js";
import { createStream } from "./stream.js";
import { createRoom } from "./room.js";
import { readParts } from "./parts.js";
import { fromHash, toHash } from "./url.js";
import { chosenLanguage, readWords, t, translated } from "./words.js";
import { activationsView } from "./views/activations.js";
import { askView } from "./views/ask.js";
import { bannerView } from "./views/banner.js";
import { branchView } from "./views/branch.js";
import { choicesView } from "./views/choices.js";
import { curvesView } from "./views/curves.js";
import { dataView } from "./views/data.js";
import { guideView } from "./views/guide.js";
import { headerView } from "./views/header.js";
import { helpSheet } from "./views/help.js";
import { invitationView } from "./views/invitation.js";
import { lessonView } from "./views/lesson.js";
import { loopsView } from "./views/loops.js";
import { lanesView } from "./views/lanes.js";
import { languageMenu } from "./views/language.js";
import { marksView } from "./views/marks.js";
import { matchView } from "./views/match.js";
import { noteView } from "./views/note.js";
import { outputsView } from "./views/outputs.js";
import { ownPointsView } from "./views/own-points.js";
import { pastView } from "./views/past.js";
import { present } from "./views/present.js";
import { presetsView } from "./views/presets.js";
import { roomView } from "./views/room.js";
import { sentencesView } from "./views/sentences.js";
import { shareView } from "./views/share.js";
import { sweepView } from "./views/sweep.js";
import { functionsView } from "./views/functions.js";
import { tabsView } from "./views/tabs.js";
import { hiddenSpaceView } from "./views/hidden-space.js";
import { healthView } from "./views/health.js";
import { byHandView } from "./views/by-hand.js";
import { spotlightView } from "./views/spotlight.js";
import { weightsView } from "./views/weights.js";
import { whyView } from "./views/why.js";
import { trainingView } from "./views/training.js";
import { listenToKeys } from "./keys.js";

const VISITED = "planar-playground-visited";
const ADDRESS_MS = 150;

async function begin() {
  const answer = await fetch("api/catalog");
  if (!answer.ok) throw new Error(`the catalog could not be read (${answer.status})`);
  /** @type {import("./types.js").Catalog} */
  const english = await answer.json();
  const query = new URLSearchParams(location.search);
  const languages = english.languages.map(({ name }) => name);
  const { language, unknown } = chosenLanguage(languages, query);
  await readWords(language);
  const catalog = translated(english);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** @type {ReturnType<typeof fromHash>} */
  let linked = null;
  let error = null;
  try {
    linked = fromHash(location.hash, catalog);
  } catch {
    error = t("start.link");
  }
  const parts = readParts(query);
  const presenting = query.has("present");
  document.body.dataset.hide = parts.hidden.join(" ");
  document.body.classList.toggle("embedded", parts.embedded);
  error ??= parts.error;
  if (unknown !== null) error ??= t("start.language", { language: unknown, languages: languages.join(", ") });
  const lanes = linked?.lanes ?? [catalog.defaults];
  const store = createStore({
    catalog,
    lanes,
    frame: null,
    scenes: [],
    histories: lanes.map(() => EMPTY),
    step: linked?.step ?? 0,
    furthest: 0,
    playing: false,
    speed: 200,
    until: null,
    connection: "connecting",
    error,
    lostReason: "",
    progress: null,
    inviting: !linked && !error && !parts.embedded && !presenting && !visited(),
    layer: 1,
    panel: catalog.panels[0].name,
    example: 0,
    corner: [0, 0],
    space: { layer: 1, pair: [0, 1] },
    hand: { lane: 0, point: null, script: false },
    spot: null,
    escapes: [],
    lines: false,
    note: null,
    room: null,
    theme: dark.matches ? "dark" : "light",
  });
  dark.addEventListener("change", () => store.set({ theme: dark.matches ? "dark" : "light" }));

  /** @type {ReturnType<typeof createStream>} */
  let stream;
  const room = createRoom(store, () => stream);
  const actions = createActions(store, () => room.line);
  draw(store, actions, room, presenting);
  if (presenting) present(actions, query, store, room);
  listenToKeys(store, actions);
  stream = createStream({
    hello: () => room.hello(actions.wish),
    status(connection, lostReason, code, reason) {
      if (room.status(connection, code, reason)) store.set({ connection: "open", progress: null });
      else store.set({ connection, lostReason, progress: null });
    },
    message(told) {
      if (told.type === "room") {
        room.hear(told);
      } else if (told.type === "progress") {
        store.set({ progress: { step: told.step ?? 0, goal: told.goal ?? 0 } });
      } else if (told.problem) {
        store.set({ progress: null });
        actions.goBack(told.problem);
      }
    },
    frame(frame, drawn) {
      room.afterDrawing(drawn);
      const state = store.get();
      if (!state.frame) store.afterDrawing(() => addPlotly(store));
      // A frame of what was asked before is not shown, but what it says of the curves' pasts still holds.
      if (room.following()) store.set({ ...shown(state, frame, actions), ...room.view(frame) });
      else store.set(actions.isCurrent(frame.request) ? shown(state, frame, actions) : { histories: curves(state, frame) });
    },
  }, room.address);
  addEventListener("hashchange", () => {
    const { lanes: now, step } = store.get();
    if (location.hash === toHash(now, step, catalog)) return;
    try {
      const given = fromHash(location.hash, catalog);
      if (given) actions.follow(given.lanes, given.step);
    } catch {
      store.set({ error: t("start.hash") });
    }
  });
}

/**
 * Plotly's script: reading it takes the browser longer than all the rest, so the network is drawn before.
 * @param {import("./store.js").Store} store
 */
function addPlotly(store) {
  if (document.getElementById("plotly")) return;
  document.head.append(h("script", { id: "plotly", src: "vendor/plotly.min.js", onload: () => store.set({}) }));
}

/**
 * The state once `frame` has come.
 * @param {import("./types.js").State} state
 * @param {import("./types.js").Frame} frame
 * @param {import("./actions.js").Actions} actions
 */
function shown(state, frame, actions) {
  const changes = {
    frame,
    step: frame.step,
    furthest: Math.max(state.furthest, frame.step),
    playing: frame.playing,
    progress: null,
    histories: curves(state, frame),
  };
  if (!frame.scene) return changes;
  const lanes = frame.lanes.map((lane, i) => lane.experiment ?? state.lanes[i]);
  actions.accept(lanes);
  const scenes = frame.lanes.map(({ buffers, parts }) => {
    const points = /** @type {Float64Array} */ (buffers.points.values);
    const m = points.length / 2;
    return {
      x1: points.subarray(0, m),
      x2: points.subarray(m),
      labels: /** @type {Uint8Array} */ (buffers.labels.values),
      shown: /** @type {Int32Array} */ (buffers.shown.values),
      parts: parts ?? [m, 0, 0],
    };
  });
  return { ...changes, lanes, scenes };
}

/**
 * The lanes' curves with what `frame` adds.
 * @param {import("./types.js").State} state
 * @param {import("./types.js").Frame} frame
 */
function curves({ histories }, frame) {
  return frame.lanes.map((lane, i) => extended(histories[i] ?? EMPTY, lane.buffers.history, lane.buffers.norms, lane.kept));
}

/**
 * @param {import("./store.js").Store} store
 * @param {import("./actions.js").Actions} actions
 * @param {import("./room.js").RoomActions} room
 * @param {boolean} presenting  then lessons are shown by views/present.js
 */
function draw(store, actions, room, presenting) {
  const { catalog } = store.get();
  const identical = catalog.starts.find((row) => row.name === "identical") ?? catalog.starts[0];
  languageMenu(catalog);
  store.subscribe(headerView(actions));
  store.subscribe(marksView(byId("marks"), /** @type {HTMLInputElement} */ (byId("timeline")), catalog, actions));
  store.subscribe(branchView(catalog, actions));
  store.subscribe(ownPointsView(actions));
  store.subscribe(matchView());
  store.subscribe(pastView(catalog, actions));
  store.subscribe(shareView(store, actions));
  store.subscribe(roomView(store, room));
  store.subscribe(askView(room));
  store.subscribe(sweepView(store, actions));
  store.subscribe(bannerView(byId("banner"), store));
  store.subscribe(noteView(byId("note"), store));
  store.subscribe(escapesView(store));
  store.subscribe(dataView(catalog, actions));
  store.subscribe(presetsView(catalog, actions));
  store.subscribe(trainingView(catalog, actions));
  store.subscribe(choicesView(byId("choices"), catalog, actions));
  store.subscribe(invitationView(byId("invitation"), {
    accept: () => actions.acceptInvitation(withStart(identical)),
    decline: actions.decline,
  }));
  const { networks, symmetries } = lanesView(byId("lanes"), catalog, actions);
  store.subscribe(networks);
  store.subscribe((state) => symmetries(state, 0), [1]);
  store.subscribe((state) => symmetries(state, 1), [5]);
  const { fields, numbers } = outputsView(byId("outputs"), catalog, actions);
  store.subscribe(fields);
  store.subscribe(numbers);
  store.subscribe(curvesView(byId("curves")), [3]);
  store.subscribe(tabsView(catalog, actions));
  store.subscribe(activationsView(byId("activations"), catalog), [2, 6]);
  store.subscribe(weightsView(byId("weights"), catalog, actions), [2, 6]);
  store.subscribe(hiddenSpaceView(byId("hidden_space"), catalog, actions), [2, 6]);
  store.subscribe(byHandView(byId("by_hand"), catalog, actions), [2, 6]);
  store.subscribe(spotlightView(byId("lanes"), actions));
  store.subscribe(healthView(byId("health"), catalog, actions), [6]);
  store.subscribe(whyView(byId("why"), catalog), [2, 6]);
  if (!presenting) store.subscribe(lessonView(byId("lesson"), actions, room.ask));
  store.subscribe(loopsView(byId("loops")));
  store.subscribe(functionsView(byId("functions"), catalog), [2, 6]);
  store.subscribe(sentencesView(byId("sentences"), byId("spoken"), catalog, actions), [0, 4]);
  const guide = guideView(byId("guide"), store);
  store.subscribe(guide.draw);
  helpSheet(guide.begin);
  store.subscribe(rememberInAddress(catalog));
}

/**
 * Every choice is in the address at once, the step when the run rests.
 * @param {import("./types.js").Catalog} catalog
 */
function rememberInAddress(catalog) {
  let wanted = "";
  let waiting = 0;
  return (/** @type {import("./types.js").State} */ { lanes, step, playing, inviting, frame }) => {
    if (inviting || !frame) return;
    const hash = toHash(lanes, playing ? 0 : step, catalog);
    if (hash === wanted) return;
    wanted = hash;
    clearTimeout(waiting); // some browsers forbid more than a few changes a second
    waiting = setTimeout(() => {
      try {
        history.replaceState(null, "", wanted);
        localStorage.setItem(VISITED, "1");
      } catch {
        // A browser that keeps nothing shows the invitation again; that is all.
      }
    }, ADDRESS_MS);
  };
}

function visited() {
  try {
    return localStorage.getItem(VISITED) !== null;
  } catch {
    return false;
  }
}

begin().catch((error) => {
  const banner = byId("banner");
  banner.textContent = `The playground could not start: ${error.message}. Please reload the page.`;
  banner.hidden = false;
});
