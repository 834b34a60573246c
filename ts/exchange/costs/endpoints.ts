/** A part of a path between slashes that stands for many texts. */
interface Pattern<T> {
  /** Undefined for `{name}` alone, which stands for any text. */
  readonly test: RegExp | undefined;
  /** Length of its own text: the more, the sooner it is tried. */
  readonly literal: number;
  readonly source: string;
  readonly node: Node<T>;
}

/** The endpoints whose paths begin alike. */
class Node<T> {
  readonly exact = new Map<string, Node<T>>();
  readonly patterns: Pattern<T>[] = [];
  value: T | undefined;
}

/**
 * Finds what is kept for an endpoint: by `METHOD /path`, where `{name}` in a path stands for any
 * text without a slash, and by `METHOD https://host/path` for one that differs between hosts, which
 * goes first.
 */
export class Endpoints<T> {
  /** By method and path, as most ask for it. */
  readonly #plain = new Map<string, Map<string, T>>();
  /** By method, with the host as the first part of a path. */
  readonly #patterns = new Map<string, Node<T>>();
  #hasHosts = false;

  constructor(entries: Iterable<readonly [endpoint: string, value: T]>) {
    for (const [endpoint, value] of entries) {
      const space = endpoint.indexOf(' ');
      const [method, path] = [endpoint.slice(0, space), endpoint.slice(space + 1)];
      const { host, bare } = partsOf(path);
      if (host !== '') this.#hasHosts = true;
      const key = host + bare;
      inner(this.#plain, method, () => new Map<string, T>()).set(key, value);
      if (key.includes('{')) this.#addPattern(method, key, value);
    }
  }

  /** Finds by the method and the path of a URL, or by the URL. */
  find(method: string, path: string): T | undefined {
    const found = this.#plain.get(method)?.get(path);
    if (found !== undefined) return found;
    const { host, bare } = partsOf(path);
    const verb = method.toUpperCase();
    const own = this.#hasHosts && host !== '' ? host + bare : undefined;
    const exact = this.#plain.get(verb);
    return (
      (own === undefined ? undefined : exact?.get(own)) ??
      exact?.get(bare) ??
      (own === undefined ? undefined : this.#match(verb, own)) ??
      this.#match(verb, bare)
    );
  }

  #match(method: string, path: string): T | undefined {
    const root = this.#patterns.get(method);
    return root && match(root, path.split('/'), 0);
  }

  #addPattern(method: string, path: string, value: T): void {
    let node = inner(this.#patterns, method, () => new Node<T>());
    for (const part of path.split('/')) node = next(node, part);
    node.value = value;
  }
}

function next<T>(node: Node<T>, part: string): Node<T> {
  if (!part.includes('{')) return inner(node.exact, part, () => new Node<T>());
  const known = node.patterns.find(({ source }) => source === part);
  if (known) return known.node;
  const texts = part.split(/\{[^{}]*\}/);
  const literal = texts.join('').length;
  const test =
    literal === 0 && texts.length === 2
      ? undefined
      : new RegExp(`^${texts.map(escaped).join('.+')}$`);
  const pattern = { test, literal, source: part, node: new Node<T>() };
  node.patterns.push(pattern);
  node.patterns.sort((a, b) => b.literal - a.literal);
  return pattern.node;
}

/**
 * The value of the first path that fits: at each part its own text first, then the pattern with the
 * most of it.
 */
function match<T>(node: Node<T>, parts: readonly string[], at: number): T | undefined {
  const part = parts[at];
  if (part === undefined) return node.value;
  const exact = node.exact.get(part);
  const found = exact && match(exact, parts, at + 1);
  if (found !== undefined) return found;
  for (const { test, node: below } of node.patterns) {
    if (part === '' || (test && !test.test(part))) continue;
    const value = match(below, parts, at + 1);
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * Splits a path or a URL: the host, with its scheme, and the path without query and without a slash
 * at its end.
 */
function partsOf(path: string): { host: string; bare: string } {
  const end = firstOf(path.indexOf('?'), path.indexOf('#'));
  let bare = end < 0 ? path : path.slice(0, end);
  let host = '';
  const scheme = bare.indexOf('://');
  if (scheme > 0) {
    const slash = bare.indexOf('/', scheme + 3);
    host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
    bare = slash < 0 ? '/' : bare.slice(slash);
  }
  let length = bare.length;
  while (length > 1 && bare.charCodeAt(length - 1) === 47) length -= 1;
  if (length < bare.length) bare = bare.slice(0, length);
  return { host, bare: bare.startsWith('/') ? bare : `/${bare}` };
}

/**
 * The name of an endpoint: the method in capitals, the path without query, host and slash at its
 * end.
 */
export function endpointName(method: string, path: string): string {
  return `${method.toUpperCase()} ${partsOf(path).bare}`;
}

function inner<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The first of two places in a text, of which one or both may be nowhere (-1). */
function firstOf(a: number, b: number): number {
  return a < 0 || b < 0 ? Math.max(a, b) : Math.min(a, b);
}
