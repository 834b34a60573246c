import type { HubView } from '../messages.js';
import { unpack } from '../pack.js';

/** The state of the hub as a member knows it. */
export class KnownView {
  readonly #now: () => number;
  #view: HubView | undefined;
  #at = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a packed state that has arrived. */
  set(packed: unknown): void {
    this.#view = unpack(packed) as HubView;
    this.#at = this.#now();
  }

  /** Returns the state that came last, and its age in milliseconds. */
  get(): { readonly view: HubView | undefined; readonly age: number } {
    return { view: this.#view, age: this.#now() - this.#at };
  }
}
