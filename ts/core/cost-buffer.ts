import { memory } from '../../build/wasm/multi_throttler.js';
import type { Core } from '../wasm/load.js';
import { COST_BUFFER_LENGTH } from './protocol.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** Answer of {@link CostBuffer.write}: costs were read that could not be written. */
export const UNKNOWN = -1;

/**
 * Writes the costs of a request into the engine's buffer: for each the slot of its rule and an
 * amount. Each cost is read only once, as a getter may return something else the next time.
 *
 * Most requests name the same rules as the one before, so the slots are left where they are.
 */
export class CostBuffer {
  readonly #core: Core;
  /** The engine's slot of each rule that was named so far. */
  readonly #slotOf = new Map<string, number>();
  /** The ids whose slots are in the buffer, in its order. */
  readonly #ids: string[] = [];
  /** The costs that were read when {@link write} answered {@link UNKNOWN}. */
  #read: [id: string, amount: unknown][] = [];
  /**
   * Views over the buffer. When the engine's memory grows, they are detached and have the length 0.
   */
  #slots = new Uint32Array(0);
  #amounts = new Float64Array(0);
  /** The engine's version at which the slots are valid. */
  version = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Writes the costs if all are numbers of rules whose slots are known. Returns how many there are,
   * or {@link UNKNOWN}.
   */
  write(cost: object): number {
    const ids = this.#ids;
    let read: [id: string, amount: unknown][] | undefined;
    let count = 0;
    for (const id in cost) {
      if (!hasOwn.call(cost, id)) continue;
      const amount = (cost as Record<string, unknown>)[id];
      if (read === undefined) {
        if ((id === ids[count] || this.#writeSlot(id, count)) && typeof amount === 'number') {
          this.#view()[count++] = amount;
          continue;
        }
        read = this.#written(count);
      }
      read.push([id, amount]);
    }
    if (read === undefined) return count;
    this.#read = read;
    return UNKNOWN;
  }

  /**
   * Looks up the slots of the costs that were read, and writes the costs. Returns how many there
   * are; 0 if one of them names no rule, is no number or does not fit in.
   */
  writeUnknown(): number {
    const core = this.#core;
    const read = this.#read;
    const version = core.version();
    if (version !== this.version) this.#forget();
    this.version = version;
    for (const [id] of read) {
      if (this.#slotOf.has(id)) continue;
      const slot = core.slot(id);
      if (slot < 0) return 0;
      this.#slotOf.set(id, slot);
    }
    // A new member of a family may have taken the slot of one that was dropped.
    if (core.version() !== version) return 0;
    for (const [place, [id, amount]] of read.entries()) {
      if (typeof amount !== 'number' || !this.#writeSlot(id, place)) return 0;
      this.#view()[place] = amount;
    }
    return read.length;
  }

  /**
   * Returns the costs that were read last as an object, and forgets all slots, which may be stale.
   *
   * @param written the answer of {@link write}
   */
  takeRead(written: number): object {
    const read = written === UNKNOWN ? this.#read : this.#written(written);
    this.#read = [];
    this.#forget();
    return Object.fromEntries(read);
  }

  #written(count: number): [id: string, amount: unknown][] {
    const amounts = this.#view();
    return this.#ids.slice(0, count).map((id, place) => [id, amounts[place]]);
  }

  /** Writes the slot of a rule. Returns false if the slot is not known or the buffer is full. */
  #writeSlot(id: string, place: number): boolean {
    const slot = this.#slotOf.get(id);
    if (slot === undefined || place >= COST_BUFFER_LENGTH) return false;
    this.#view();
    this.#slots[place] = slot;
    this.#ids[place] = id;
    return true;
  }

  /** Returns the view over the amounts, made anew after the memory has grown. */
  #view(): Float64Array {
    if (this.#amounts.length === 0) {
      const { buffer } = memory();
      const address = this.#core.costBuffer();
      this.#slots = new Uint32Array(buffer, address, COST_BUFFER_LENGTH);
      this.#amounts = new Float64Array(
        buffer,
        address + this.#slots.byteLength,
        COST_BUFFER_LENGTH,
      );
    }
    return this.#amounts;
  }

  #forget(): void {
    this.#slotOf.clear();
    this.#ids.length = 0;
  }
}
