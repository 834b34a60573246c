import type { HeaderView } from './header-view.js';
/** The forms of headers that {@link readHeaders} reads, in words for errors. */
export const HEADERS = 'Headers, name and value pairs, or a record of values by name';

/**
 * Returns headers of any form in which programs keep them as `Headers`: names in any case, repeated
 * values joined by a comma. A `Headers` of this realm is returned as it is. Undefined if the value
 * holds no headers.
 *
 * Names and values that HTTP does not allow (`:status` of HTTP/2, a line break) are left out.
 *
 * @throws errors of getters and iterators
 */
export function readHeaders(headers: unknown): Headers | undefined {
  if (headers instanceof Headers) return headers;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const read = new Headers();
  for (const [name, value] of pairs(headers)) {
    if (name === undefined) return undefined;
    for (const one of Array.isArray(value) ? value : [value]) append(read, name, one);
  }
  return read;
}

/**
 * Returns the number in a header: 0 or more, and at most 2^53 - 1. Undefined if the header is
 * absent or no plain decimal.
 */
export function numberOf(headers: HeaderView, name: string): number | undefined {
  return parseNumber(headers.get(name));
}

/**
 * Returns the number in a text: `12`, `0.5`. Undefined for a sign, an exponent, or a number above
 * `most`.
 */
export function parseNumber(
  text: string | null | undefined,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text == null || !/^\s*\d+(\.\d*)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

/** Yields the headers as pairs; an empty pair for an entry that is none. */
function* pairs(headers: object): Iterable<readonly unknown[]> {
  if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<unknown>) {
      yield Array.isArray(pair) && pair.length === 2 ? pair : [];
    }
  } else {
    // Own names alone, so that nothing is read from a prototype.
    for (const name of Object.keys(headers))
      yield [name, (headers as Record<string, unknown>)[name]];
  }
}

function append(headers: Headers, name: unknown, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number') return;
  try {
    headers.append(String(name), String(value));
  } catch {
    // HTTP allows no such name or value.
  }
}
