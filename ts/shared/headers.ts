/** What {@link readHeaders} reads, in words for errors. */
export const HEADERS = 'Headers, name and value pairs, or a record of values by name';

/**
 * Headers in any of the forms in which programs keep them, as `Headers`: names in any case, values that came several
 * times joined by a comma. A `Headers` of this realm is handed back as it is. `undefined` if there are no headers in
 * what was passed.
 *
 * What no HTTP header can be (the `:status` of HTTP/2, a line break in a value) is left out. What a getter or an
 * iterator throws is thrown on as it is.
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
 * The number in a header, of 0 or more and at most 2^53 - 1; `undefined` if there is none or it is no plain decimal.
 */
export function numberOf(headers: Headers, name: string): number | undefined {
  return parseNumber(headers.get(name));
}

/** The same of a text: `12`, `0.5`, nothing with an exponent or a sign. */
export function parseNumber(text: string | null | undefined): number | undefined {
  if (text == null || !/^\s*\d+(\.\d*)?\s*$/.test(text)) return undefined;
  const value = Number(text);
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** The headers by name; without a name what is no pair. */
function* pairs(headers: object): Iterable<readonly unknown[]> {
  if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<unknown>) {
      yield Array.isArray(pair) && pair.length === 2 ? pair : [];
    }
  } else {
    // Own names alone, so that nothing is read from a prototype.
    for (const name of Object.keys(headers)) yield [name, (headers as Record<string, unknown>)[name]];
  }
}

function append(headers: Headers, name: unknown, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number') return;
  try {
    headers.append(String(name), String(value));
  } catch {
    // No name or value of a header.
  }
}
