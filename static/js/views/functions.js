// @ts-check
// The activation functions: g and g' of every layer with a movable z, the notes' table, and where the units sit.

import { h, say } from "../dom.js";
import { percent, plain, short } from "../format.js";
import { t } from "../words.js";
import { CONFIG, canDraw, layout, look, onResize } from "./figure.js";
import { formulaBox } from "./formula.js";

/** @typedef {{layer: number, lane: number, activation: string, output: boolean, beyond: number, flat: number}} Shown  a layer, from 0, of a lane */

const TABLE = [0, 200, 400]; // where z is -10, 0 and 10
const MIDDLE = 200;

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Catalog} catalog
 */
export function functionsView(root, catalog) {
  const slider = h("input", {
    type: "range", min: 0, max: 400, step: 1, value: MIDDLE + 20, "aria-label": "z", className: "z-slider",
  });
  const reading = h("b", {});
  const control = h("label", { className: "z-control" }, t("functions.move"), slider, reading);
  const legend = h("p", { className: "function-legend" },
    h("span", { className: "is-g" }, "g"), h("span", { className: "is-slope" }, "g′"), h("span", { className: "is-share" }, t("functions.where")));
  const list = h("div", { className: "function-list", tabIndex: 0, role: "group", "aria-label": t("functions.list") });
  const none = h("p", { className: "note", hidden: true }, t("functions.none"));
  root.append(h("div", { className: "function-head" }, control, legend), list, none);
  /** @type {ReturnType<typeof part>[]} */
  let parts = [];
  let built = "";
  let next = 0;
  /** @type {import("../types.js").State | null} */
  let last = null;
  slider.oninput = () => last && draw(last);

  /** @param {import("../types.js").State} state */
  function draw(state) {
    last = state;
    const { frame, panel } = state;
    if (panel !== "functions" || !frame?.lanes.every((lane) => lane.panel?.name === panel)) return;
    /** @type {Shown[]} */
    const shown = frame.lanes.flatMap(({ panel: { layers } }, lane) => (
      layers.map((/** @type {Shown} */ found, /** @type {number} */ layer) => ({ ...found, layer, lane }))
    ));
    const key = shown.map(({ layer, lane, activation, output }) => `${lane} ${layer} ${activation} ${output}`).join();
    if (key !== built) {
      built = key;
      parts = shown.map((one) => part(one, frame.lanes.length > 1, catalog, () => last && draw(last)));
      list.replaceChildren(...parts.map(({ root: element }) => element));
    }
    control.hidden = legend.hidden = !shown.length;
    none.hidden = shown.length > 0;
    const at = Number(slider.value);
    const z = `z = ${plain(frame.lanes[0].buffers["panel.z"].values[at])}`;
    say(reading, z);
    slider.setAttribute("aria-valuetext", z);
    slider.style.setProperty("--done", `${at / 4}%`);
    shown.forEach((one, i) => parts[i].tell(frame.lanes[one.lane], one, at));
    // A chart takes some milliseconds: in motion one is drawn at a time, at rest all of them.
    next = (next + 1) % Math.max(parts.length, 1);
    parts.forEach((one, i) => (!state.playing || i === next) && one.draw(state, at));
  }
  return draw;
}

/**
 * @param {Shown} shown
 * @param {boolean} two  lanes are shown
 * @param {import("../types.js").Catalog} catalog
 * @param {() => void} resized
 */
function part({ layer, lane: index, activation, output }, two, catalog, resized) {
  const row = catalog.activations.find(({ name }) => name === activation);
  const figure = h("figure", { "aria-label": t("functions.label", { l: layer + 1 }) });
  const rows = [...TABLE, MIDDLE].map((_, i) => h("tr", { className: i === TABLE.length ? "moved" : "" }, ...["z", "g", "slope"].map(() => h("td", {}))));
  const words = h("p", { className: "note" });
  const formulas = formulaBox();
  if (row) formulas.write([row.formula, row.derivative]);
  const root = h("div", { className: "layer-function" },
    figure,
    h("div", { className: "facts" },
      h("p", { className: "lane-name" }, ...(two ? [h("span", { className: `marker lane${index + 1}` })] : []), t(output ? "functions.output" : "functions.layer", { l: layer + 1, title: row?.title ?? "" })),
      formulas.root,
      h("table", {},
        h("thead", {}, h("tr", {}, ...["z", "g(z)", "g′(z)"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...rows)),
      words));
  /** @type {unknown} */
  let drawn = null;
  let looks = "";
  onResize(figure, () => {
    drawn = null;
    resized();
  });

  /**
   * The numbers of the notes' table and of the z that is moved, and what they mean for this layer.
   * @param {import("../types.js").Lane} lane
   * @param {Shown} now
   * @param {number} at  in z
   */
  function tell(lane, { beyond, flat }, at) {
    const z = lane.buffers["panel.z"].values;
    const curve = lane.buffers[`panel.curve_${activation}`].values;
    [...TABLE, at].forEach((i, r) => {
      const [first, second, third] = rows[r].children;
      say(first, plain(z[i]));
      say(second, short(curve[i]));
      say(third, short(curve[z.length + i]));
    });
    const dead = output ? 0 : lane.health[layer].dead;
    say(words, [
      flat === 0 ? t("functions.none_flat") : t("functions.flat", { share: percent(flat) }),
      ...(dead ? [t("functions.dead", { n: dead, units: lane.symmetry[layer].units })] : []),
      ...(beyond ? [t("functions.beyond", { share: percent(beyond) })] : []),
    ].join(" "));
  }

  /**
   * @param {import("../types.js").State} state
   * @param {number} at
   */
  function draw({ frame, theme }, at) {
    const key = `${theme} ${at}`;
    const lane = frame?.lanes[index];
    if (!lane || !canDraw(figure) || (frame === drawn && key === looks)) return;
    drawn = frame;
    looks = key;
    plot(figure, lane.buffers, { layer, activation, at }, theme);
  }
  return { root, tell, draw };
}

/**
 * @param {HTMLElement} figure
 * @param {Record<string, import("../types.js").Buffer>} buffers
 * @param {{layer: number, activation: string, at: number}} what
 * @param {import("../colour.js").Theme} theme
 */
function plot(figure, buffers, { layer, activation, at }, theme) {
  const { ink, muted, hairline, lanes, classes } = look(theme);
  const z = buffers["panel.z"].values;
  const [g, slope, before, after] = rowsOf(buffers[`panel.curve_${activation}`]);
  const share = rowsOf(buffers["panel.share"])[layer];
  const right = { yaxis: "y2" };
  const low = Math.min(...g, 0);
  const high = Math.max(...g, 1);
  const room = (high - low) * 0.06;
  Plotly.react(figure, [
    {
      name: "share", x: Array.from(buffers["panel.edges"].values), y: [...share, share[share.length - 1]], mode: "lines", fill: "tozeroy", fillcolor: hairline,
      line: { shape: "hv", width: 1, color: muted }, hovertemplate: `${t("functions.share")}<extra></extra>`,
    },
    { name: "g", ...right, x: z, y: g, mode: "lines", line: { color: lanes[0], width: 2 }, hovertemplate: "g(%{x:.2f}) = %{y:.4g}<extra></extra>" },
    { name: "slope", ...right, x: z, y: slope, mode: "lines", line: { color: lanes[1], width: 2, dash: "dash" }, hovertemplate: "g′(%{x:.2f}) = %{y:.4g}<extra></extra>" },
    { name: "tangent", ...right, x: [z[at] - 2, z[at] + 2], y: [before[at], after[at]], mode: "lines", line: { color: classes[1], width: 2 }, hoverinfo: "skip" },
    {
      name: "z", ...right, x: [z[at], z[at]], y: [g[at], slope[at]], mode: "markers", hoverinfo: "skip",
      marker: { color: classes[1], symbol: ["circle", "diamond"], size: 9, line: { color: ink, width: 1 } },
    },
  ], layout(figure, theme, {
    margin: { l: 28, r: 8, t: 4, b: 18 },
    xaxis: { range: [-10.2, 10.2], fixedrange: true, zeroline: true, zerolinecolor: hairline, showgrid: false, tickfont: { size: 9, color: muted } },
    yaxis: { visible: false, fixedrange: true, range: [0, Math.max(...share) * 1.05 || 1] },
    yaxis2: { overlaying: "y", side: "left", range: [low - room, high + room], fixedrange: true, gridcolor: hairline, zeroline: false, tickfont: { size: 9, color: muted }, tickmode: "auto", nticks: 6 },
    hovermode: "closest",
  }), CONFIG);
}

/** @param {import("../types.js").Buffer} matrix */
function rowsOf({ values, shape: [rows, columns] }) {
  return Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns));
}
