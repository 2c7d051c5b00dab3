// @ts-check
// The few lines every view needs to make and find elements.

/**
 * An element with properties and children: h("button", { className: "quiet" }, "Reset").
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties]  properties, or attributes where the name has a dash
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else /** @type {any} */ (element)[name] = value;
  }
  element.append(...children);
  return element;
}

/**
 * The element with this id; a page without it is broken.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * Sets the text only where it changed, so that nothing is laid out for nothing.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 */
export function svg(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/**
 * A view of parts: `same` decides from the state whether anything it shows has changed.
 * @template T
 * @param {(state: import("./types.js").State) => unknown[]} watched
 * @param {(state: import("./types.js").State) => void} draw
 */
export function whenChanged(watched, draw) {
  /** @type {unknown[]} */
  let before = [];
  return (/** @type {import("./types.js").State} */ state) => {
    const now = watched(state);
    if (now.length === before.length && now.every((value, i) => value === before[i])) return;
    before = now;
    draw(state);
  };
}
