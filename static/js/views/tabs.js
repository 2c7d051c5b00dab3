// @ts-check
// The tray's tabs: which numbers travel depends on the one that is open.

import { byId, h, say } from "../dom.js";
import { t } from "../words.js";

/**
 * @param {import("../types.js").Catalog} catalog
 * @param {import("../actions.js").Actions} actions
 */
export function tabsView(catalog, actions) {
  const tabs = catalog.panels.map((row) => ({
    row,
    tab: h("button", {
      id: `tab-${row.name}`, role: "tab", "aria-controls": "panel", onclick: () => actions.choosePanel(row.name),
    }, row.title),
  }));
  const list = byId("tabs");
  list.append(...tabs.map(({ tab }) => tab));
  list.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const here = tabs.findIndex(({ tab }) => tab === document.activeElement);
    if (!step || here < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(here + step + tabs.length) % tabs.length];
    next.tab.focus();
    actions.choosePanel(next.row.name);
  });
  const main = byId("panel").closest("main");
  const taller = byId("taller");
  taller.onclick = () => stretch(taller.getAttribute("aria-expanded") !== "true");
  let shown = "";

  /** @param {boolean} tall */
  function stretch(tall) {
    main?.classList.toggle("tall", tall);
    taller.setAttribute("aria-expanded", String(tall));
    say(taller, t(tall ? "tray.lower" : "tray.taller"));
  }

  return (/** @type {import("../types.js").State} */ { panel }) => {
    // The activations are read at a glance; every other tab is for reading, and gets room at once.
    if (shown === panel) return;
    shown = panel;
    stretch(panel !== "activations");
    for (const { row, tab } of tabs) {
      const open = row.name === panel;
      tab.setAttribute("aria-selected", String(open));
      tab.tabIndex = open ? 0 : -1;
      byId(row.name).hidden = !open;
      if (open) list.scrollLeft = tab.offsetLeft - list.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
    }
    say(byId("tab-hint"), t(`hint.${panel}`));
  };
}
