/** The number of confirmed grants after which their ids are dropped. */
const MANY = 1024;

/** The ids of grants in the order in which they were sent to a member, which confirms them. */
export class GrantLog {
  #ids: number[] = [];
  /** The index of the first one that is not confirmed. */
  #next = 0;
  /** The number of confirmed ones. */
  #confirmed = 0;

  add(id: number): void {
    this.#ids.push(id);
  }

  /** Returns the ids that become confirmed when `count` are in all. */
  confirm(count: number): readonly number[] {
    const more = Math.min(count - this.#confirmed, this.#ids.length - this.#next);
    if (!(more > 0)) return [];
    const confirmed = this.#ids.slice(this.#next, this.#next + more);
    this.#next += more;
    this.#confirmed += more;
    if (this.#next >= MANY) {
      this.#ids = this.#ids.slice(this.#next);
      this.#next = 0;
    }
    return confirmed;
  }
}
