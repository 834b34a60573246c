/** The global `fetch` at the time when each throttled one was made. */
const before = new WeakMap<typeof fetch, typeof fetch>();

/** Records the global `fetch` that a throttled one was made beside. */
export function rememberGlobalFetch(own: typeof fetch): void {
  before.set(own, globalThis.fetch);
}

/**
 * Returns the global `fetch` for a throttled one to send with. If the program has made the
 * throttled one itself the global `fetch`, it is the one before, as it would call itself without
 * end.
 */
export function globalFetchFor(own: typeof fetch): typeof fetch {
  let current: typeof fetch | undefined = globalThis.fetch;
  while (current && before.has(current)) {
    const inner = before.get(current);
    if (current === own) return inner ?? current;
    current = inner;
  }
  return globalThis.fetch;
}
