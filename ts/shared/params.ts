/**
 * Parameters of a request as programs have them: an object, `URLSearchParams` or a `Map`, the text
 * of a query or of a JSON body, or a list, which is a batch.
 */
export type Params = object | string | null | undefined;

/**
 * Reads the parameters of one request. A text is parsed once. Only own properties of objects count.
 */
export class Parameters {
  readonly #source: object | null | undefined;
  readonly #query: string | undefined;

  /** @param query text of a query that has the parameters which `params` lack */
  constructor(params: Params, query?: string | undefined) {
    this.#source = typeof params === 'string' ? parse(params) : params;
    this.#query = query;
  }

  /**
   * Returns a parameter; undefined if it is absent, `null` or empty. A name with dots
   * (`action.orders`) leads into objects within the parameters, unless a parameter bears the whole
   * name.
   */
  get(name: string): unknown {
    const value = present(parameterOf(this.#source, name)) ?? inQuery(this.#query, name);
    return value === undefined && name.includes('.') ? nested(this.#source, name) : value;
  }

  /**
   * Returns what a parameter lists: the elements of an array, of a JSON array in a text, or of a
   * text with commas. One thing alone is a list of one; undefined if the parameter is absent.
   * Parameters that are a list themselves are the batch, whatever the parameter's name.
   */
  items(name: string): readonly unknown[] | undefined {
    const value = Array.isArray(this.#source) ? this.#source : this.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value)) return value;
    if (typeof value !== 'string') return [value];
    const list = parseJson(value);
    return Array.isArray(list) ? list : value.split(',');
  }
}

// Functions, as a class with private methods takes longer to make an object of.

function inQuery(query: string | undefined, name: string): unknown {
  return query === undefined ? undefined : present(parameterOf(parse(query), name));
}

function nested(source: object | null | undefined, name: string): unknown {
  let value: unknown = source;
  for (const part of name.split('.')) {
    const inside = typeof value === 'string' ? parseJson(value) : value;
    if (typeof inside !== 'object') return undefined;
    value = present(parameterOf(inside, part));
  }
  return value;
}

function parameterOf(source: object | null | undefined, name: string): unknown {
  if (source === null || source === undefined || Array.isArray(source)) return undefined;
  if (source instanceof PlainQuery || source instanceof URLSearchParams || source instanceof Map)
    return source.get(name);
  if (Object.hasOwn(source, name)) return (source as Record<string, unknown>)[name];
  // Of another realm, or another package's.
  const { get } = source as { get?: unknown };
  return typeof get === 'function' && !Object.hasOwn(source, 'get')
    ? get.call(source, name)
    : undefined;
}

function present(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function parse(text: string): object {
  const json = parseJson(text);
  if (typeof json === 'object' && json !== null) return json;
  return /[%+?]/.test(text) ? new URLSearchParams(text) : new PlainQuery(text);
}

/**
 * The parameters of a query that needs no decoding: looked for in its text, as most requests ask
 * for one or two.
 */
class PlainQuery {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get(name: string): string | undefined {
    const text = this.#text;
    const wanted = `${name}=`;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      if (at > 0 && text.charCodeAt(at - 1) !== AMPERSAND) continue;
      const end = text.indexOf('&', at);
      return text.slice(at + wanted.length, end < 0 ? undefined : end);
    }
    return undefined;
  }
}

const AMPERSAND = 38;

/** Returns what a JSON text of an object or a list says; undefined for any other text. */
export function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, though it began like it.
    return undefined;
  }
}
