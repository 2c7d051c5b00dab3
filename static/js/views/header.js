// @ts-check
// Play, step, reset, speed, the step and the timeline.

import { byId, h, say } from "../dom.js";
import { count } from "../format.js";
import { t } from "../words.js";

const SPEEDS = [1, 10, 60, 100, 200, 1000];
const FASTEST = "fastest";
const SHORTEST = 1000;

/** @param {import("../actions.js").Actions} actions */
export function headerView(actions) {
  const play = byId("play");
  const step = byId("step");
  const timeline = /** @type {HTMLInputElement} */ (byId("timeline"));
  const speed = /** @type {HTMLSelectElement} */ (byId("speed"));
  speed.append(
    ...SPEEDS.map((value) => h("option", { value: String(value) }, `${count(value)}/s`)),
    h("option", { value: FASTEST }, t("header.fastest")),
  );
  play.onclick = actions.toggle;
  byId("forward").onclick = () => actions.forward(1);
  byId("back").onclick = () => actions.back(1);
  byId("reset").onclick = actions.reset;
  speed.onchange = () => actions.setSpeed(speed.value === FASTEST ? null : Number(speed.value));
  timeline.oninput = () => actions.seek(Number(timeline.value));
  let reached = SHORTEST;
  return (/** @type {import("../types.js").State} */ state) => {
    const going = state.playing || state.progress !== null;
    say(play, going ? t("header.pause") : t("header.play"));
    play.dataset.playing = String(going);
    say(step, count(state.step));
    const rows = state.histories[0]?.rows ?? [];
    reached = niceAbove(Math.max(state.step, rows[rows.length - 1]?.[0] ?? 0));
    if (timeline.max !== String(reached)) timeline.max = String(reached);
    if (!timeline.matches(":active")) timeline.value = String(state.step);
    timeline.style.setProperty("--done", `${(state.step / reached) * 100}%`);
    const chosen = state.speed === null ? FASTEST : String(state.speed);
    if (document.activeElement !== speed && speed.value !== chosen) speed.value = chosen;
  };
}

/** @param {number} step  The next 1, 2 or 5 times a power of ten, so that the handle rarely jumps. */
function niceAbove(step) {
  let nice = SHORTEST;
  for (let i = 0; nice < step; i++) nice *= [2, 2.5, 2][i % 3];
  return nice;
}
