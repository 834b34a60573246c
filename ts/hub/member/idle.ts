/** Promises of members that wait for a condition of their requests and permits. */
export class IdlePromises {
  #waiting: { readonly isIdle: () => boolean; readonly resolve: () => void }[] = [];

  wait(isIdle: () => boolean): Promise<void> {
    if (isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isIdle, resolve }));
  }

  /** To be called when a request has left or a permit was released. */
  changed(): void {
    if (this.#waiting.length === 0) return;
    const all = this.#waiting;
    this.#waiting = all.filter(({ isIdle }) => !isIdle());
    for (const each of all) if (!this.#waiting.includes(each)) each.resolve();
  }
}
