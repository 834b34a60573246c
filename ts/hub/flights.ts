import type { Permit } from '../index.js';

/**
 * Permits of requests that have no permit of their own. As in a throttler without a hub, such a
 * request counts as in flight for one measured round trip after its grant: until then the usage
 * that a server reports may not include it.
 */
export class Flights {
  #roundTrip = 0;
  /** In the order of their grants, from `#first` on. */
  #permits: { readonly permit: Permit; readonly at: number }[] = [];
  #first = 0;

  /** To be called when the response to a request is reported, `ms` after its grant. */
  measured(ms: number): void {
    this.#roundTrip = ms;
  }

  /** Ends a permit that was granted at `at`, a round trip after that. */
  end(permit: Permit, at: number): void {
    if (this.#roundTrip === 0) permit.release();
    else this.#permits.push({ permit, at });
  }

  /** Releases what has ended. Called often: there is no timer, as only reports depend on it. */
  sweep(now: number): void {
    const permits = this.#permits;
    for (; this.#first < permits.length; this.#first++) {
      const { permit, at } = permits[this.#first] as (typeof permits)[number];
      if (now - at < this.#roundTrip) return;
      permit.release();
    }
    this.#permits = [];
    this.#first = 0;
  }
}
