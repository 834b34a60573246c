// Finds the comments of a source file, leaving out strings, templates and regular expressions.

/**
 * @typedef {object} Span
 * @property {number} start offset of the first character of the comment
 * @property {number} end offset behind its last character
 */

/** Keywords after which a `/` begins a regular expression, and not a division. */
const BEFORE_REGEX =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|yield|await)$/;

/**
 * The comments of JavaScript or TypeScript.
 * @param {string} source
 * @returns {Span[]}
 */
export function scanJavaScript(source) {
  /** @type {Span[]} */
  const spans = [];
  // Depths of braces at which a `}` leads back into a template.
  /** @type {number[]} */
  const templates = [];
  let depth = 0;
  let at = source.startsWith('#!') ? lineEnd(source, 0) : 0;
  while (at < source.length) {
    const char = source[at];
    if (source.startsWith('//', at)) {
      const end = lineEnd(source, at);
      spans.push({ start: at, end });
      at = end;
    } else if (source.startsWith('/*', at)) {
      const end = indexOrEnd(source, '*/', at + 2);
      spans.push({ start: at, end });
      at = end;
    } else if (char === '"' || char === "'") {
      at = stringEnd(source, at + 1, char);
    } else if (char === '`' || (char === '}' && depth === templates.at(-1))) {
      if (char === '}') templates.pop();
      const end = templateEnd(source, at + 1);
      if (source.startsWith('${', end - 2)) templates.push(depth);
      at = end;
    } else if (char === '/' && beginsRegex(source, at, spans)) {
      at = regexEnd(source, at + 1);
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      at += 1;
    }
  }
  return spans;
}

const RAW_STRING = /[bc]?r(#*)"/y;
const CHARACTER = /'(?:\\(?:u\{[^}]*\}|x[0-9a-fA-F]{2}|[^ux])|[^\\'])'/y;

/**
 * The comments of Rust.
 * @param {string} source
 * @returns {Span[]}
 */
export function scanRust(source) {
  /** @type {Span[]} */
  const spans = [];
  let at = 0;
  while (at < source.length) {
    const char = source[at] ?? '';
    if (source.startsWith('//', at)) {
      const end = lineEnd(source, at);
      spans.push({ start: at, end });
      at = end;
    } else if (source.startsWith('/*', at)) {
      const end = nestedEnd(source, at);
      spans.push({ start: at, end });
      at = end;
    } else if (char === '"') {
      at = stringEnd(source, at + 1, '"', true);
    } else if (char === "'") {
      // Without a match it is a lifetime.
      at += match(CHARACTER, source, at)?.[0].length ?? 1;
    } else if (/\w/.test(char)) {
      const raw = match(RAW_STRING, source, at);
      at = raw
        ? indexOrEnd(source, `"${raw[1]}`, at + raw[0].length)
        : at + (match(/\w+/y, source, at)?.[0].length ?? 1);
    } else {
      at += 1;
    }
  }
  return spans;
}

/**
 * The comments of languages in which they begin with `#`: TOML, YAML, shells.
 * @param {string} source
 * @returns {Span[]}
 */
export function scanHash(source) {
  /** @type {Span[]} */
  const spans = [];
  let at = source.startsWith('#!') ? lineEnd(source, 0) : 0;
  while (at < source.length) {
    const char = source[at];
    if (char === '#' && /^$|\s/.test(source[at - 1] ?? '')) {
      const end = lineEnd(source, at);
      spans.push({ start: at, end });
      at = end;
    } else if (char === '"' || char === "'") {
      at = stringEnd(source, at + 1, char);
    } else {
      at += 1;
    }
  }
  return spans;
}

/**
 * @param {RegExp} sticky
 * @param {string} source
 * @param {number} at
 */
function match(sticky, source, at) {
  sticky.lastIndex = at;
  return sticky.exec(source);
}

/**
 * @param {string} source
 * @param {number} from
 */
function lineEnd(source, from) {
  const end = source.indexOf('\n', from);
  return end < 0 ? source.length : end;
}

/**
 * The offset behind the next `text`.
 * @param {string} source
 * @param {string} text
 * @param {number} from
 */
function indexOrEnd(source, text, from) {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found + text.length;
}

/**
 * The offset behind the closing quote. A string that must end within its line ends there at the
 * latest.
 * @param {string} source
 * @param {number} from
 * @param {string} quote
 */
function stringEnd(source, from, quote, multiline = false) {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === quote) return at + 1;
    else if (source[at] === '\n' && !multiline) return at;
  }
  return source.length;
}

/**
 * The offset behind the closing backtick or the next `${`.
 * @param {string} source
 * @param {number} from
 */
function templateEnd(source, from) {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '`') return at + 1;
    else if (source.startsWith('${', at)) return at + 2;
  }
  return source.length;
}

/**
 * The offset behind the comment at `from`, which may hold others.
 * @param {string} source
 * @param {number} from
 */
function nestedEnd(source, from) {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    if (source.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (source.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return source.length;
}

/**
 * Whether a `/` begins a regular expression: it does unless a value stands before it.
 * @param {string} source
 * @param {number} at
 * @param {Span[]} spans comments before it
 */
function beginsRegex(source, at, spans) {
  let end = at;
  for (let last = spans.length - 1; ; last -= 1) {
    while (end > 0 && /\s/.test(source[end - 1] ?? '')) end -= 1;
    const comment = spans[last];
    if (comment?.end !== end) break;
    end = comment.start;
  }
  const before = source.slice(Math.max(0, end - 12), end);
  return !/[\w$)\]}'"`]$/.test(before) || BEFORE_REGEX.test(before);
}

/**
 * The offset behind the closing slash.
 * @param {string} source
 * @param {number} from
 */
function regexEnd(source, from) {
  let inClass = false;
  for (let at = from; at < source.length && source[at] !== '\n'; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    else if (source[at] === '/' && !inClass) return at + 1;
  }
  return lineEnd(source, from);
}
