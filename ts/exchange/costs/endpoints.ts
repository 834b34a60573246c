/** Finds what is kept for an endpoint: by `METHOD /path`, where `{name}` in a path stands for any text without a slash. */
export class Endpoints<T> {
  readonly #exact = new Map<string, T>();
  readonly #patterns: { pattern: RegExp; literal: number; value: T }[] = [];

  constructor(entries: Iterable<readonly [string, T]>) {
    for (const [endpoint, value] of entries) {
      this.#exact.set(endpoint, value);
      if (!endpoint.includes('{')) continue;
      const parts = endpoint.split(/\{[^{}]*\}/);
      const pattern = new RegExp(`^${parts.map(escaped).join('[^/]+')}$`);
      this.#patterns.push({ pattern, literal: parts.join('').length, value });
    }
    // Of several patterns the one with the most text of its own.
    this.#patterns.sort((a, b) => b.literal - a.literal);
  }

  /** By the method and the path of a URL, or by the URL. */
  find(method: string, path: string): T | undefined {
    // As most ask for it.
    const found = this.#exact.get(`${method} ${path}`);
    if (found !== undefined) return found;
    const endpoint = endpointName(method, path);
    return this.#exact.get(endpoint) ?? this.#patterns.find(({ pattern }) => pattern.test(endpoint))?.value;
  }
}

/** The name of an endpoint: the method in capitals, the path without query, host and slash at its end. */
export function endpointName(method: string, path: string): string {
  const bare = path.replace(/[?#].*$/s, '').replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '');
  const trimmed = bare.length > 1 ? bare.replace(/\/+$/, '') : bare;
  return `${method.toUpperCase()} ${trimmed.startsWith('/') ? trimmed : `/${trimmed}`}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
