/**
 * @typedef {(event: string, data: { [name: string]: unknown }) => void} Callback
 */

/** Functions that are called with each event. An error of one does not keep others from it. */
export class Callbacks {
  /** @type {Set<Callback>} */
  #all = new Set();

  /**
   * @param {Callback} callback
   * @returns {() => void} removes it
   */
  add(callback) {
    this.#all.add(callback);
    return () => void this.#all.delete(callback);
  }

  /** @type {Callback} */
  emit(event, data) {
    for (const callback of this.#all) {
      try {
        callback(event, data);
      } catch (error) {
        console.error('A callback of the limiter failed:', error);
      }
    }
  }
}
