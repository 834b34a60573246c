/** The number of buckets for each doubling of a wait. */
const PARTS = 32;

/** The waits of granted requests. A quantile is within 1/32 of the wait that it stands for. */
export class Waits {
  #count = 0;
  #longest = 0;
  /** The number of waits in each bucket; waits of 0 are not in one. */
  readonly #buckets = new Map<number, number>();
  #zero = 0;

  add(wait: number): void {
    this.#count += 1;
    if (wait > this.#longest) this.#longest = wait;
    if (!(wait > 0)) {
      this.#zero += 1;
      return;
    }
    const bucket = Math.floor(Math.log2(wait) * PARTS);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  summary(): { p50: number; p95: number; p99: number; max: number } {
    const sorted = [...this.#buckets].sort(([a], [b]) => a - b);
    const quantile = (part: number) => {
      let left = Math.ceil(part * this.#count) - this.#zero;
      if (left <= 0) return 0;
      for (const [bucket, count] of sorted) {
        left -= count;
        if (left <= 0) return Math.min(this.#longest, 2 ** ((bucket + 0.5) / PARTS));
      }
      return this.#longest;
    };
    return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: this.#longest };
  }
}
