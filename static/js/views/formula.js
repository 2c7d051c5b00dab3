// @ts-check
// Formulas in a box of their own. How wide they are depends on the fonts there are: where one is wider than its
// place, the keys scroll it too.

import { h } from "../dom.js";
import { t } from "../words.js";

/**
 * `write` shows formulas, one below the other, as MathML from our own tables, and a note.
 */
export function formulaBox() {
  const root = h("div", { className: "formula" });
  const sizes = new ResizeObserver(() => {
    if (root.scrollWidth > root.clientWidth) {
      root.tabIndex = 0;
      root.setAttribute("role", "group");
      root.setAttribute("aria-label", t("formula.label"));
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) root.removeAttribute(name);
    }
  });
  sizes.observe(root);
  return {
    root,
    /** @param {string[]} formulas @param {string | null} [note] */
    write(formulas, note = null) {
      for (const before of root.children) sizes.unobserve(before);
      root.replaceChildren(...formulas.map((formula) => h("div", { innerHTML: formula })));
      // Round a letter they are no larger than it, whatever fractions stand beside them.
      for (const mark of root.querySelectorAll("mo")) {
        if ("()".includes(mark.textContent ?? "")) mark.setAttribute("stretchy", "false");
      }
      if (note) root.append(h("p", { className: "note" }, note));
      for (const now of root.children) sizes.observe(now);
    },
  };
}
