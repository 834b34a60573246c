/** Waits of the requests of a job, in ms. */
export class Waits {
  #values = new Float64Array(64);
  #count = 0;
  #isSorted = true;

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = ms;
    this.#count += 1;
    this.#isSorted = false;
  }

  get count(): number {
    return this.#count;
  }

  /** The smallest wait that a fraction of the requests did not exceed; 0 without requests. */
  quantile(fraction: number): number {
    if (!this.#isSorted) {
      this.#values.subarray(0, this.#count).sort();
      this.#isSorted = true;
    }
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    return this.#count === 0 ? 0 : (this.#values[rank - 1] as number);
  }
}
