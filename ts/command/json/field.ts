/** A value of a JSON file with its place and its path, for errors that name both. */

import { suggestion } from '../suggest.js';
import type { UserError } from '../user-error.js';
import { type Json, type Position, plainValue, type Source } from './parse.js';

export class Field {
  readonly #source: Source;
  readonly #json: Json;
  /** Path of the value: `jobs[0].every`; empty for the whole file. */
  readonly path: string;

  constructor(source: Source, json: Json, path = '') {
    this.#source = source;
    this.#json = json;
    this.path = path;
  }

  get kind(): Json['kind'] {
    return this.#json.kind;
  }

  /** The plain value. */
  get value(): unknown {
    return plainValue(this.#json);
  }

  /** Returns this field with another value at the same place. */
  as(value: string): Field {
    const { at } = this.#json;
    return new Field(this.#source, { kind: 'scalar', at, value }, this.path);
  }

  /** Returns an error that names place, path and value: `expected <expected>, got <value>`. */
  expected(expected: string): UserError {
    return this.error(`expected ${expected}, got ${shown(this.value)}`);
  }

  error(message: string, at: Position = this.#json.at): UserError {
    return this.#source.error(at, this.path === '' ? message : `${this.path}: ${message}`);
  }

  /** Checks that this is an object of known fields. */
  known(names: readonly string[], what: string): this {
    for (const [name, { keyAt }] of this.#entries(what)) {
      if (names.includes(name)) continue;
      const hint = suggestion(name, names) || `; known fields: ${names.join(', ')}`;
      throw this.error(`unknown field "${name}" of ${what}${hint}`, keyAt);
    }
    return this;
  }

  /** Returns a field of the object; undefined if it is absent. */
  get(name: string): Field | undefined {
    if (this.#json.kind !== 'object') return undefined;
    const entry = this.#json.entries.get(name);
    return entry && new Field(this.#source, entry.value, join(this.path, name));
  }

  /** The fields of the object. */
  fields(what: string): (readonly [name: string, field: Field])[] {
    return [...this.#entries(what)].map(([name, { value }]) => [
      name,
      new Field(this.#source, value, join(this.path, name)),
    ]);
  }

  /** The elements of the list. */
  items(what: string): Field[] {
    if (this.#json.kind !== 'array') throw this.expected(what);
    return this.#json.items.map((json, i) => new Field(this.#source, json, `${this.path}[${i}]`));
  }

  text(what = 'a text'): string {
    const { value } = this;
    if (typeof value !== 'string' || value === '') throw this.expected(what);
    return value;
  }

  number(what: string, isValid: (value: number) => boolean): number {
    const { value } = this;
    if (typeof value !== 'number' || !isValid(value)) throw this.expected(what);
    return value;
  }

  oneOf<T extends string>(values: readonly T[], what: string): T {
    const { value } = this;
    if (values.includes(value as T)) return value as T;
    const hint = typeof value === 'string' ? suggestion(value, values) : '';
    const list = hint === '' ? `; there are ${values.join(', ')}` : hint;
    throw this.error(`there is no ${what} ${shown(value)}${list}`);
  }

  #entries(what: string) {
    if (this.#json.kind !== 'object') throw this.expected(`an object (${what})`);
    return this.#json.entries;
  }
}

/** A value for an error, cut to one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function join(path: string, name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
