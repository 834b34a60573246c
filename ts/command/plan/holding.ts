/** Finds out which rule holds a request back: that under which it would wait longest by itself. */

import type { MultiThrottler, RequestPriority, ThrottleCost } from '../../index.js';

/** Requests of a job that are looked at before every second one is left out. */
const SAMPLES = 64;

/** Waiting time of the requests of a job, by the rule that holds them back. */
export class Holding {
  readonly #waits = new Map<string, number>();
  #seen = 0;
  #next = 0;
  #step = 1;
  #samples = 0;

  /**
   * Takes a request into account that has to wait. An estimate simulates the queue, so the more
   * requests wait, the fewer of them are looked at.
   *
   * @param waiting number of requests that wait already
   */
  observe(
    throttler: MultiThrottler,
    cost: ThrottleCost,
    priority: RequestPriority,
    waiting: number,
  ): void {
    const index = this.#seen;
    this.#seen += 1;
    if (index < this.#next) return;
    this.#samples += 1;
    if (this.#samples % SAMPLES === 0) this.#step *= 2;
    const step = Math.max(this.#step, waiting);
    this.#next = index + step;
    let longest = -1;
    let by = '';
    for (const [id, amount] of Object.entries(cost)) {
      if (amount === 0) continue;
      const wait = throttler.estimateWait({ [id]: amount }, { priority });
      if (wait > longest) [longest, by] = [wait, id];
    }
    // A wait for the end of another request has no length that could be known.
    const weight = Number.isFinite(longest) ? longest : 1;
    this.#waits.set(by, (this.#waits.get(by) ?? 0) + weight * step);
  }

  /** Fractions of the waiting time by rule, the largest first. */
  shares(): { rule: string; fraction: number }[] {
    const total = [...this.#waits.values()].reduce((sum, ms) => sum + ms, 0);
    return [...this.#waits]
      .map(([rule, ms]) => ({ rule, fraction: total === 0 ? 0 : ms / total }))
      .sort((a, b) => b.fraction - a.fraction);
  }
}
