// The parts that pictures are made of. Colours follow the reader's light or dark theme.

const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.small { font-size: 11px; fill: #59636e; }
.strong { font-weight: 600; }
.inside { font-weight: 600; fill: #ffffff; }
.panel { fill: #ffffff; stroke: #d1d9e0; }
.line { stroke: #d1d9e0; stroke-width: 1; }
.window { fill: #ddf4ff; stroke: #54aeff; }
.grant { fill: #0969da; }
.refused { fill: #cf222e; }
.free { fill: none; stroke: #818b98; stroke-dasharray: 4 3; }
.used { fill: #818b98; }
.first { fill: #bc4c00; }
.later { fill: #0969da; }
.way { stroke: #818b98; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .small { fill: #9198a1; }
  .inside { fill: #ffffff; }
  .panel { fill: #0d1117; stroke: #3d444d; }
  .line { stroke: #3d444d; }
  .window { fill: #121d2f; stroke: #1f6feb; }
  .grant { fill: #58a6ff; }
  .refused { fill: #f85149; }
  .used { fill: #656c76; }
  .later { fill: #1f6feb; }
}`;

/** @typedef {Record<string, string | number>} Attributes */

/** @param {unknown} value */
const escaped = (value) => String(value).replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** A coordinate with at most one decimal place. @param {string | number} value */
const short = (value) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value);

/**
 * Returns an element of SVG as text.
 *
 * @param {string} name
 * @param {Attributes} attributes
 * @param {string} [text]
 */
function element(name, attributes, text) {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(short(value))}"`,
  );
  return `<${name}${list.join('')}${text === undefined ? '/>' : `>${escaped(text)}</${name}>`}\n`;
}

/**
 * @param {number} x
 * @param {number} y of its baseline
 * @param {string} text
 * @param {Attributes} [more]
 */
export const label = (x, y, text, more) => element('text', { x, y, ...more }, text);

/**
 * @param {string} kind class of the style
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export const box = (kind, x, y, width, height) =>
  element('rect', { class: kind, x, y, width, height, rx: 3 });

/** @param {string} kind @param {number} cx @param {number} cy */
export const dot = (kind, cx, cy) => element('circle', { class: kind, cx, cy, r: 4 });

/**
 * @param {string} kind
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export const line = (kind, x1, y1, x2, y2) => element('line', { class: kind, x1, y1, x2, y2 });

/**
 * Returns a picture.
 *
 * @param {object} picture
 * @param {string} picture.title for readers who do not see it
 * @param {number} picture.width
 * @param {number} picture.height
 * @param {string[]} picture.parts
 */
export function svg({ title, width, height, parts }) {
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img">\n`;
  const background = box('panel', 0.5, 0.5, width - 1, height - 1);
  return `${head}<title>${escaped(title)}</title>\n<style>${STYLE}\n</style>\n${background}${parts.join('')}</svg>\n`;
}
