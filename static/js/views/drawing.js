// @ts-check
// Any panel of the page as one SVG: charts, canvases, edges, boxes and texts, where they stand and as they look.

import { h, svg, say } from "../dom.js";

const MARGIN = 12;
/** What one presses is no part of a picture; a weight in its table is read too. */
const CONTROLS = ["button:not(.cell)", "select", "input", "textarea", "dialog", ".tip", ".hidden"].join();
const SHAPES = ["path", "line", "circle", "rect", "polyline"].join();

/** @typedef {{left: number, top: number}} Origin */

/**
 * @param {Element} root
 * @param {string} title
 * @param {string} background  behind all of it
 * @returns {Promise<SVGElement>}
 */
export async function drawing(root, title, background) {
  const { left, top } = root.getBoundingClientRect();
  const origin = { left: left - root.scrollLeft - MARGIN, top: top - root.scrollTop - MARGIN };
  const name = svg("title");
  say(name, title);
  const picture = svg("svg", {});
  const reach = { right: 0, bottom: 0 };
  const content = await drawn(root, origin, reach, true);
  const [width, height] = [Math.ceil(reach.right + MARGIN), Math.ceil(reach.bottom + MARGIN)];
  for (const [attribute, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) picture.setAttribute(attribute, String(value));
  picture.append(name, svg("rect", { width, height, ...filled(background) }), content);
  return picture;
}

/**
 * @param {Element} element
 * @param {Origin} origin
 * @param {{right: number, bottom: number}} reach  how far anything goes
 * @param {boolean} [whole]  whether what is scrolled away is drawn too
 * @returns {Promise<SVGElement>}
 */
async function drawn(element, origin, reach, whole = false) {
  const group = svg("g");
  const style = getComputedStyle(element);
  if (style.display === "contents") return children(element, group, origin, reach);
  const box = element.getBoundingClientRect();
  if (element.matches(CONTROLS) || style.visibility === "hidden" || !box.width || !box.height) return group;
  const place = { x: box.left - origin.left, y: box.top - origin.top, width: box.width, height: box.height };
  reach.right = Math.max(reach.right, place.x + place.width);
  reach.bottom = Math.max(reach.bottom, place.y + place.height);
  if (Number(style.opacity) < 1) group.setAttribute("opacity", style.opacity);
  if (element.localName !== "svg") group.append(...boxed(place, style, element));
  if (element.classList.contains("js-plotly-plot")) group.append(await chart(element, place));
  else if (element instanceof HTMLCanvasElement) group.append(...bitmap(element, place, style));
  else if (element instanceof SVGSVGElement) group.append(lines(element, place));
  else {
    if (element.localName === "mfrac") group.append(bar(element, origin, style));
    const clips = !whole && style.overflowX !== "visible" && style.overflowX !== "clip";
    // What a box inside scrolls away stays away.
    const within = clips ? { right: 0, bottom: 0 } : reach;
    const inside = clips ? svg("svg", { ...place, viewBox: `${place.x} ${place.y} ${place.width} ${place.height}` }) : group;
    if (clips) group.append(inside);
    await children(element, inside, origin, within);
  }
  return group;
}

/**
 * @param {Element} element
 * @param {SVGElement} group
 * @param {Origin} origin
 * @param {{right: number, bottom: number}} reach
 */
async function children(element, group, origin, reach) {
  for (const child of element.childNodes) {
    if (child instanceof Text) group.append(...written(child, origin, getComputedStyle(element)));
    else if (child instanceof Element) group.append(await drawn(child, origin, reach));
  }
  return group;
}

/**
 * Background and border.
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {CSSStyleDeclaration} style
 * @param {Element} element
 */
function boxed({ x, y, width, height }, style, element) {
  const parts = [];
  const sides = ["Top", "Right", "Bottom", "Left"].map((side) => {
    const [thick, kind, colour] = ["Width", "Style", "Color"].map((what) => style[/** @type {any} */ (`border${side}${what}`)]);
    return { thick: kind === "none" ? 0 : parseFloat(thick), colour };
  });
  const turned = style.transform === "none" ? 0 : (Math.atan2(new DOMMatrix(style.transform).b, new DOMMatrix(style.transform).a) * 180) / Math.PI;
  if (turned && element instanceof HTMLElement) {
    // The box around what is turned is larger than what is turned.
    const scale = width / (element.offsetWidth * (Math.abs(Math.cos((turned * Math.PI) / 180)) + Math.abs(Math.sin((turned * Math.PI) / 180))));
    const side = element.offsetWidth * scale;
    const [cx, cy] = [x + width / 2, y + height / 2];
    return [svg("rect", { x: cx - side / 2, y: cy - side / 2, width: side, height: side, transform: `rotate(${turned} ${cx} ${cy})`, ...filled(style.backgroundColor) })];
  }
  const [{ thick, colour }] = sides;
  const even = sides.every((side) => side.thick === thick && side.colour === colour);
  const percent = style.borderTopLeftRadius.endsWith("%");
  const radius = Math.min(percent ? width / 2 : parseFloat(style.borderTopLeftRadius), width / 2, height / 2);
  const inset = even ? thick / 2 : 0;
  const shape = { x: x + inset, y: y + inset, width: Math.max(width - 2 * inset, 0), height: Math.max(height - 2 * inset, 0), rx: Math.max(radius - inset, 0) };
  const back = filled(style.backgroundColor);
  /** @type {Record<string, string | number>} */
  const framed = even && thick ? { stroke: plainColour(colour).colour, "stroke-opacity": plainColour(colour).opacity, "stroke-width": thick } : {};
  if (back["fill-opacity"] || framed.stroke) parts.push(svg("rect", { ...shape, ...back, ...framed }));
  if (even) return parts;
  const corners = [[x, y, x + width, y], [x + width, y, x + width, y + height], [x, y + height, x + width, y + height], [x, y, x, y + height]];
  sides.forEach(({ thick: wide, colour: stroke }, i) => {
    const [x1, y1, x2, y2] = corners[i];
    if (wide) parts.push(svg("line", { x1, y1, x2, y2, stroke: plainColour(stroke).colour, "stroke-opacity": plainColour(stroke).opacity, "stroke-width": wide }));
  });
  return parts;
}

/**
 * @param {Element} plot
 * @param {{x: number, y: number, width: number, height: number}} place
 */
async function chart(plot, place) {
  const { width, height } = place;
  const source = await Plotly.toImage(plot, { format: "svg", width, height });
  const made = new DOMParser().parseFromString(decodeURIComponent(source.slice(source.indexOf(",") + 1)), "image/svg+xml").documentElement;
  for (const [name, value] of Object.entries(place)) made.setAttribute(name, String(value));
  const shown = plot.querySelector("image");
  if (shown) for (const image of made.querySelectorAll("image")) image.setAttribute("style", `image-rendering: ${getComputedStyle(shown).imageRendering}`);
  return made;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {CSSStyleDeclaration} style
 */
function bitmap(canvas, place, style) {
  if (!canvas.width || !canvas.height) return [];
  return [svg("image", { ...place, href: canvas.toDataURL(), preserveAspectRatio: "none", style: `image-rendering:${style.imageRendering};clip-path:inset(0 round ${style.borderTopLeftRadius})` })];
}

/**
 * The page's own lines, with the looks that its style sheets give them.
 * @param {SVGSVGElement} shown
 * @param {{x: number, y: number, width: number, height: number}} place
 */
function lines(shown, place) {
  const made = /** @type {SVGSVGElement} */ (shown.cloneNode(true));
  const looks = [...shown.querySelectorAll(SHAPES)].map((shape) => getComputedStyle(shape));
  made.querySelectorAll(SHAPES).forEach((shape, i) => {
    const { stroke, strokeWidth, strokeDasharray, fill, opacity } = looks[i];
    shape.removeAttribute("class");
    const given = { stroke, "stroke-width": strokeWidth, "stroke-dasharray": strokeDasharray, fill, opacity };
    for (const [name, value] of Object.entries(given)) shape.setAttribute(name, value);
  });
  for (const [name, value] of Object.entries(place)) made.setAttribute(name, String(value));
  made.removeAttribute("class");
  return made;
}

/**
 * A fraction's bar.
 * @param {Element} fraction
 * @param {Origin} origin
 * @param {CSSStyleDeclaration} style
 */
function bar(fraction, { left, top }, style) {
  const [over, under] = [...fraction.children].map((child) => child.getBoundingClientRect());
  const whole = fraction.getBoundingClientRect();
  return svg("rect", { x: whole.left - left, y: (over.bottom + under.top) / 2 - top - 0.5, width: whole.width, height: 1, ...filled(style.color) });
}

/**
 * A text, line by line.
 * @param {Text} text
 * @param {Origin} origin
 * @param {CSSStyleDeclaration} style
 */
function written(text, { left, top }, style) {
  const words = [...text.data.matchAll(style.whiteSpace.startsWith("pre") ? /[^\n]+/g : /\S+/g)];
  /** @type {{said: string, box: DOMRect, right: number}[]} */
  const rows = [];
  for (const word of words) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const box = range.getBoundingClientRect();
    const row = rows[rows.length - 1];
    if (!box.width) continue;
    if (row && Math.abs(row.box.top - box.top) < 2) {
      row.said += ` ${word[0]}`;
      row.right = box.right;
    } else rows.push({ said: word[0], box, right: box.right });
  }
  const { ascent, descent } = metrics(style);
  return rows.map(({ said, box, right }) => {
    const made = svg("text", {
      x: box.left - left, y: box.top - top + (box.height * ascent) / (ascent + descent), ...filled(style.color),
      textLength: right - box.left, lengthAdjust: "spacingAndGlyphs",
      "font-family": style.fontFamily, "font-size": style.fontSize, "font-weight": style.fontWeight, "font-style": style.fontStyle,
    });
    say(made, style.textTransform === "uppercase" ? said.toUpperCase() : said);
    return made;
  });
}

/** @type {Map<string, {ascent: number, descent: number}>} */
const known = new Map();

/** @param {CSSStyleDeclaration} style  How far its font goes above and below the line. */
function metrics({ fontStyle, fontWeight, fontSize, fontFamily }) {
  const font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
  const found = known.get(font);
  if (found) return found;
  const brush = pixel();
  brush.font = font;
  const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = brush.measureText("x");
  known.set(font, { ascent, descent });
  return { ascent, descent };
}

function pixel() {
  const brush = h("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  if (!brush) throw new Error("this browser gives no canvas");
  return brush;
}

/** @type {Map<string, {colour: string, opacity: number}>} */
const colours = new Map();

/** @param {string} css  Any colour of a style sheet, as every program reads it. */
function plainColour(css) {
  const found = colours.get(css);
  if (found) return found;
  const brush = pixel();
  brush.fillStyle = css;
  brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  const made = { colour: `rgb(${r}, ${g}, ${b})`, opacity: a / 255 };
  colours.set(css, made);
  return made;
}

/** @param {string} css */
function filled(css) {
  const { colour, opacity } = plainColour(css);
  return { fill: opacity ? colour : "none", "fill-opacity": opacity };
}
