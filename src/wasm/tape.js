// Values between JavaScript and Rust, as tapes. A tape is an array of numbers and a text: each
// value is its kind, followed by what it consists of, and the characters of all texts are in the
// text. A value crosses with two calls that way, whatever its parts. src/wasm/tape.rs is the other
// side, and tests/ts/core/protocol.test.ts compares the two.

/** @typedef {{ numbers: number[], text: string }} Tape */
/** @typedef {[name: string, value: any]} Entry */

const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
/** Followed by the number. */
const NUMBER = 4;
/** Followed by the length of the text. */
const TEXT = 5;
/** A text with lone surrogates, in place of which the tape has replacement characters. */
const BROKEN_TEXT = 6;
/** Followed by the number of items and the items. */
const LIST = 7;
/** Followed by the number of properties; of each the length of its name, and its value. */
const OBJECT = 8;
// Values of other kinds, of which only the kind is told.
const FUNCTION = 9;
const SYMBOL = 10;
const BIGINT = 11;
const AN_ARRAY = 12;
const AN_OBJECT = 13;

const SURROGATE = /\p{Surrogate}/u;
const SURROGATES = /\p{Surrogate}/gu;

/**
 * The numbers of the tape that was written last.
 * @type {number[]}
 */
let last = [];

/**
 * Writes two values on a tape and returns its text. `numbers` returns the rest.
 *
 * A shape names what is read of the first value, level by level, separated by `|`: `[` the items of
 * an array, `@` those of an iterable, `*` the own enumerable properties of an object that are not
 * undefined, `+` a list of the names and values of an object of costs, also undefined ones, and
 * `a,b` properties of these names, which may be inherited; with `!` before them also others of its
 * own; `=` does as `!`, except that an array is of another form. Where a value is of another form,
 * or the levels end, only its kind is told. Of the second value, the own properties are read.
 *
 * @param {unknown} first
 * @param {unknown} second
 * @param {string} shape
 */
export function read(first, second, shape) {
  /** @type {Tape} */
  const tape = { numbers: [], text: '' };
  write(tape, first, shape.split('|'), 0);
  write(tape, second, ['*'], 0);
  // Last, as a getter may call the throttler, which reads other values.
  last = tape.numbers;
  return tape.text;
}

export const numbers = () => last;

/**
 * @param {Tape} tape
 * @param {unknown} value
 * @param {string[]} shape
 * @param {number} level
 */
function write(tape, value, shape, level) {
  const { numbers } = tape;
  switch (typeof value) {
    case 'number':
      numbers.push(NUMBER, value);
      return;
    case 'string':
      numbers.push(SURROGATE.test(value) ? BROKEN_TEXT : TEXT);
      writeText(tape, value);
      return;
    case 'undefined':
      numbers.push(UNDEFINED);
      return;
    case 'boolean':
      numbers.push(value ? TRUE : FALSE);
      return;
    case 'function':
      numbers.push(FUNCTION);
      return;
    case 'symbol':
      numbers.push(SYMBOL);
      return;
    case 'bigint':
      numbers.push(BIGINT);
      return;
  }
  if (value === null) {
    numbers.push(NULL);
    return;
  }
  const part = shape[level] ?? '';
  const parts = partsOf(value, part);
  if (parts === undefined) {
    numbers.push(isArray(value) ? AN_ARRAY : AN_OBJECT);
  } else if (part === '[' || part === '@' || part === '+') {
    numbers.push(LIST, parts.length);
    for (const item of parts) write(tape, item, shape, level + 1);
  } else {
    numbers.push(OBJECT, parts.length);
    for (const [name, item] of parts) {
      writeText(tape, name);
      write(tape, item, shape, level + 1);
    }
  }
}

/**
 * Returns the items of a list or the properties of an object; undefined if it is neither.
 * @param {any} value
 * @param {string} part
 */
function partsOf(value, part) {
  switch (part) {
    case '':
      return undefined;
    case '[':
      return Array.isArray(value) ? Array.from(value) : undefined;
    case '@':
      return typeof value[Symbol.iterator] === 'function' ? Array.from(value) : undefined;
    case '*':
      return Array.isArray(value) ? undefined : defined(Object.entries(value));
    case '+': {
      const entries = Object.entries(value);
      // `{}` costs nothing; a Map or an array costs nothing by mistake.
      return entries.length > 0 || isPlain(value) ? entries.flat() : undefined;
    }
  }
  if (part.startsWith('=') && Array.isArray(value)) return undefined;
  const isExact = part.startsWith('!') || part.startsWith('=');
  const names = part.slice(isExact ? 1 : 0).split(',');
  const others = isExact ? Object.keys(value).filter((name) => !names.includes(name)) : [];
  return defined([...names, ...others].map((name) => /** @type {Entry} */ ([name, value[name]])));
}

const defined = (/** @type {Entry[]} */ entries) =>
  entries.filter(([, value]) => value !== undefined);

/** @param {object} object */
function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @param {unknown} value */
function isArray(value) {
  try {
    return Array.isArray(value);
  } catch {
    // A revoked proxy.
    return false;
  }
}

/**
 * Two lone surrogates that follow each other on the tape must not become one character.
 * @param {Tape} tape
 * @param {string} text
 */
function writeText(tape, text) {
  tape.numbers.push(text.length);
  tape.text += SURROGATE.test(text) ? text.replace(SURROGATES, '\ufffd') : text;
}

/**
 * Returns the value on a tape.
 * @param {ArrayLike<number>} numbers
 * @param {string} text
 */
export function build(numbers, text) {
  let at = 0;
  let from = 0;
  const number = () => /** @type {number} */ (numbers[at++]);
  const string = () => {
    const to = from + number();
    const part = text.slice(from, to);
    from = to;
    return part;
  };
  /** @returns {any} */
  const next = () => {
    switch (number()) {
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case NUMBER:
        return number();
      case TEXT:
        return string();
      case LIST:
        return Array.from({ length: number() }, next);
      case OBJECT:
        // Defines each name as an own property; assigning to `__proto__` would set the prototype.
        return Object.fromEntries(Array.from({ length: number() }, () => [string(), next()]));
    }
    return undefined;
  };
  return next();
}

/**
 * Returns an error with a message, and with the details on a tape as properties.
 * @param {string} message
 * @param {ArrayLike<number>} numbers
 * @param {string} text
 */
export function error(message, numbers, text) {
  const error = new Error(message);
  for (const [name, value] of Object.entries(build(numbers, text))) {
    // Assigning would fail where the properties of `Error.prototype` are frozen.
    Object.defineProperty(error, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return error;
}

/** Returns a number as JavaScript writes it. */
export const show = (/** @type {number} */ number) => `${number}`;

/** Returns a copy of the own enumerable properties of an object, without a prototype. */
export const copy = (/** @type {object} */ object) => ({ __proto__: null, ...object });
