/**
 * Counts the requests that keep a throttler from being idle: those that wait, and those that are
 * being submitted, which may wait in the engine before they have a promise.
 *
 * Re-entrancy is counted here and nowhere else: a submission is nested when it is made from within
 * another one, by a getter of its costs, by a clock or by a signal.
 */
export class Idle {
  #submissions = 0;
  #waiters = 0;
  #resolves: (() => void)[] = [];

  /**
   * Begins a submission. Returns whether it is nested. Each call needs one of {@link
   * endSubmission}.
   */
  beginSubmission(): boolean {
    return this.#submissions++ > 0;
  }

  endSubmission(): void {
    this.#submissions--;
    if (this.#resolves.length > 0) this.resolveIfIdle();
  }

  addWaiter(): void {
    this.#waiters++;
  }

  /**
   * Counts one waiter less. {@link resolveIfIdle} has to follow, once all that leave together have
   * left.
   */
  removeWaiter(): void {
    this.#waiters--;
  }

  get isIdle(): boolean {
    return this.#waiters === 0;
  }

  /** Resolves at once if nothing waits, else as soon as nothing waits any more. */
  wait(): Promise<void> {
    if (this.#waiters === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolves.push(resolve);
    });
  }

  resolveIfIdle(): void {
    if (this.#waiters > 0 || this.#submissions > 0) return;
    for (const resolve of this.#resolves.splice(0)) resolve();
  }
}
