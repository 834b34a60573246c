/** Response headers as Node publishes them, read without a copy. */

import { type HeaderView, VIEW } from '../../shared/header-view.js';

type Read = (value: string, name: string) => void;

abstract class View implements HeaderView {
  // Of the prototype: a field that is computed takes a call of the runtime for each view.
  get [VIEW](): true {
    return true;
  }

  abstract get(name: string): string | null;

  abstract forEach(read: Read, prefix?: string): void;

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  [Symbol.iterator](): Iterator<[name: string, value: string]> {
    const pairs: [name: string, value: string][] = [];
    this.forEach((value, name) => {
      pairs.push([name, value]);
    });
    return pairs[Symbol.iterator]();
  }
}

/** The headers of a response of `http`: an object with names in lower case. */
export class NodeHeaders extends View {
  readonly #headers: { readonly [name: string]: unknown };

  constructor(headers: object) {
    super();
    this.#headers = headers as { readonly [name: string]: unknown };
  }

  get(name: string): string | null {
    const value = this.#headers[name];
    // Most that are asked for are absent.
    return value !== undefined && Object.hasOwn(this.#headers, name) ? textOf(value) : null;
  }

  forEach(read: Read, prefix = ''): void {
    const headers = this.#headers;
    const first = prefix.charCodeAt(0);
    for (const name of Object.keys(headers)) {
      // Few have a name that starts like the prefix.
      const isOther = prefix !== '' && (name.charCodeAt(0) !== first || !name.startsWith(prefix));
      const value = isOther ? null : textOf(headers[name]);
      if (value !== null) read(value, name);
    }
  }
}

/** The headers of a response of undici: names and values alternate as bytes or texts. */
export class RawHeaders extends View {
  readonly #raw: readonly unknown[];

  constructor(raw: readonly unknown[]) {
    super();
    this.#raw = raw;
  }

  get(name: string): string | null {
    const raw = this.#raw;
    let found: string | null = null;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      // Bytes and texts both have a length.
      if ((raw[i] as { length: number }).length !== name.length || nameOf(raw[i]) !== name)
        continue;
      found = found === null ? String(raw[i + 1]) : `${found}, ${raw[i + 1]}`;
    }
    return found;
  }

  forEach(read: Read, prefix = ''): void {
    const raw = this.#raw;
    const seen = new Set<string>();
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = nameOf(raw[i]);
      if (!name.startsWith(prefix) || seen.has(name)) continue;
      seen.add(name);
      read(this.get(name) as string, name);
    }
  }
}

function nameOf(bytes: unknown): string {
  return String(bytes).toLowerCase();
}

/** The value of a header, as Node has it: a text, or for `set-cookie` a list. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.join(', ') : null;
}
