import type { Call } from './call.js';

type Fetch = typeof fetch;

/** The global `fetch` at the time when each throttled one was made. */
const before = new WeakMap<Fetch, Fetch>();

/**
 * Sends with the global `fetch` for a throttled one. If the program has made the throttled one
 * itself the global `fetch`, it sends with the one before, as it would call itself without end and
 * pay each time. Wrappers that are put around it later, as tracers do, are recognized: it was the
 * global one in a turn of its own before, or it is called by the wrapper that it calls.
 */
export class GlobalFetch {
  readonly #own: Fetch;
  readonly #before: Fetch;
  /** Whether the throttled one was made global, so that a later global `fetch` leads to it. */
  #isGlobal = false;
  #isCalling = false;

  /** @param own the throttled one, which is being made */
  constructor(own: Fetch) {
    this.#own = own;
    this.#before = globalThis.fetch;
    before.set(own, globalThis.fetch);
    // Programs make it global at once, and others may wrap it before its first call.
    Promise.resolve().then(() => this.#look());
  }

  /**
   * Whether the throttled one is being called by the global `fetch` that it calls: for a request
   * that was granted.
   */
  get isCalling(): boolean {
    return this.#isCalling;
  }

  send({ input, init }: Call): Promise<Response> {
    if (this.#isCalling) this.#isGlobal = true;
    else this.#look();
    const fetch = this.#isGlobal ? this.#before : globalThis.fetch;
    const outer = this.#isCalling;
    this.#isCalling = !this.#isGlobal;
    try {
      return init === undefined ? fetch(input) : fetch(input, init);
    } finally {
      this.#isCalling = outer;
    }
  }

  /** Notes whether the global `fetch` is the throttled one, or one that was made beside it. */
  #look(): void {
    let current: Fetch | undefined = globalThis.fetch;
    while (current !== undefined && current !== this.#own) current = before.get(current);
    if (current !== undefined) this.#isGlobal = true;
  }
}
