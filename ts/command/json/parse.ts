/** A parser of JSON that keeps where each value stands, so that errors can name lines. */

import { UserError } from '../user-error.js';

/** Offset in the text. */
export type Position = number;

export type Json =
  | { readonly kind: 'object'; readonly at: Position; readonly entries: Map<string, Entry> }
  | { readonly kind: 'array'; readonly at: Position; readonly items: readonly Json[] }
  | {
      readonly kind: 'scalar';
      readonly at: Position;
      readonly value: string | number | boolean | null;
    };

/** A field of an object. */
export interface Entry {
  readonly keyAt: Position;
  readonly value: Json;
}

/** Deeper values are no job file. */
const DEEPEST = 64;

/** A text with its name, which the errors about it begin with. */
export class Source {
  readonly name: string;
  readonly text: string;
  readonly #linesBefore: number;

  /** @param linesBefore number of lines of the file before the text */
  constructor(name: string, text: string, linesBefore = 0) {
    this.name = name;
    this.#linesBefore = linesBefore;
    // The mark with which some editors begin a file.
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** Returns an error about a place: `job.json:3:14: message`. */
  error(at: Position, message: string): UserError {
    const before = this.text.slice(0, at);
    const line = this.#linesBefore + before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    return new UserError(`${this.name}:${line}:${column}: ${message}`);
  }
}

/**
 * Parses a text.
 *
 * @throws {UserError} it is no JSON, or an object has a field twice
 */
export function parseJson(source: Source): Json {
  return new Parser(source).whole();
}

/** Returns the plain value. */
export function plainValue(json: Json): unknown {
  if (json.kind === 'scalar') return json.value;
  if (json.kind === 'array') return json.items.map(plainValue);
  return Object.fromEntries(
    [...json.entries].map(([name, { value }]) => [name, plainValue(value)]),
  );
}

const BLANKS = /[ \t\r\n]*/y;
const WORD = /-?\d[\w.+-]*|[A-Za-z_][\w-]*/y;
const COMMENT = /\/\/|\/\*|#/y;

class Parser {
  readonly #source: Source;
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  whole(): Json {
    this.#skipBlanks();
    if (this.#at === this.#source.text.length) throw this.#error('the file is empty');
    const json = this.#value(0);
    if (this.#at < this.#source.text.length)
      throw this.#error('expected the end of the file after the value');
    return json;
  }

  #value(depth: number): Json {
    if (depth > DEEPEST) throw this.#error(`values are nested more than ${DEEPEST} deep`);
    const at = this.#at;
    const next = this.#source.text[at];
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    const value = next === '"' ? this.#text() : this.#word();
    this.#skipBlanks();
    return { kind: 'scalar', at, value };
  }

  #object(depth: number): Json {
    const at = this.#at;
    const entries = new Map<string, Entry>();
    this.#take('{');
    while (!this.#takeIf('}')) {
      const keyAt = this.#at;
      if (this.#source.text[keyAt] !== '"') {
        throw this.#error('expected a field name in double quotes, or }');
      }
      const key = this.#text();
      if (entries.has(key)) throw this.#source.error(keyAt, `the field "${key}" is there twice`);
      this.#skipBlanks();
      this.#take(':');
      entries.set(key, { keyAt, value: this.#value(depth + 1) });
      this.#separator('}');
    }
    return { kind: 'object', at, entries };
  }

  #array(depth: number): Json {
    const at = this.#at;
    const items: Json[] = [];
    this.#take('[');
    while (!this.#takeIf(']')) {
      items.push(this.#value(depth + 1));
      this.#separator(']');
    }
    return { kind: 'array', at, items };
  }

  /** Takes the comma between two values; none stands before the end. */
  #separator(end: string): void {
    if (this.#source.text[this.#at] === end) return;
    this.#take(',', `, or ${end}`);
    if (this.#source.text[this.#at] === end)
      throw this.#error(`remove the comma before ${end}, which JSON does not allow`);
  }

  #text(): string {
    const at = this.#at;
    const all = this.#source.text;
    let end = all.indexOf('"', at + 1);
    while (end > 0 && isEscaped(all, end)) end = all.indexOf('"', end + 1);
    const text = all.slice(at, end + 1);
    if (end < 0 || text.includes('\n'))
      throw this.#error('this text has no closing quote on its line');
    this.#at = end + 1;
    try {
      return JSON.parse(text);
    } catch {
      throw this.#source.error(at, 'this text has an invalid escape or a control character');
    }
  }

  #word(): number | boolean | null {
    const at = this.#at;
    const word = this.#match(WORD);
    if (word === undefined) throw this.#error('expected a value');
    try {
      const value: unknown = JSON.parse(word);
      return value as number | boolean | null;
    } catch {
      throw this.#source.error(at, `${word} is no JSON; texts need double quotes`);
    }
  }

  #take(character: string, also = ''): void {
    if (!this.#takeIf(character)) throw this.#error(`expected ${character}${also}`);
  }

  #takeIf(character: string): boolean {
    if (this.#source.text[this.#at] !== character) return false;
    this.#at += 1;
    this.#skipBlanks();
    return true;
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
    COMMENT.lastIndex = this.#at;
    if (COMMENT.test(this.#source.text)) throw this.#error('JSON has no comments; remove this one');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #error(message: string): UserError {
    return this.#source.error(this.#at, message);
  }
}

/** Whether an odd number of backslashes stands before a character. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}
