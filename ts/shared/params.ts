/**
 * Parameters of a request as programs have them: an object, `URLSearchParams` or a `Map`, the text of a query or of a
 * JSON body, or a list, which is a batch.
 */
export type Params = object | string | null | undefined;

/** Looks up a parameter. One that is absent, `null` or empty is `undefined`. */
export type Lookup = (name: string) => unknown;

/** How to look up parameters. Only own properties of objects count. */
export function lookupIn(params: Params): Lookup {
  const source = typeof params === 'string' ? parse(params) : params;
  return (name) => present(parameterOf(source, name));
}

/**
 * What a parameter lists: the elements of an array, of a JSON array in a text, or of a text with commas. One thing
 * alone is a list of one; `undefined` if the parameter is absent. Parameters that are a list themselves are the batch,
 * whatever the parameter's name.
 */
export function itemsIn(params: Params, name: string): unknown[] | undefined {
  const source = typeof params === 'string' ? parse(params) : params;
  const value = Array.isArray(source) ? source : present(parameterOf(source, name));
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [value];
  const list = parseJson(value);
  if (Array.isArray(list)) return list;
  return value.split(',');
}

function parameterOf(source: object | null | undefined, name: string): unknown {
  if (source === null || source === undefined || Array.isArray(source)) return undefined;
  const { get } = source as { get?: unknown };
  if (source instanceof URLSearchParams || source instanceof Map) return source.get(name);
  // Of another realm, or another package's.
  if (typeof get === 'function' && !Object.hasOwn(source, 'get')) return get.call(source, name);
  return Object.hasOwn(source, name) ? (source as Record<string, unknown>)[name] : undefined;
}

function present(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function parse(text: string): object {
  const json = parseJson(text);
  return typeof json === 'object' && json !== null ? json : new URLSearchParams(text);
}

/** What a JSON text of an object or a list says; `undefined` for any other text. */
export function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, though it began like it.
    return undefined;
  }
}
