import { memory } from '../../build/wasm/multi_throttler.js';
import type { ThrottleCost } from '../config.js';
import type { Core } from '../wasm/load.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** How many costs the engine's buffer holds. */
const BUFFERED = 32;

/** What was read where costs are unusual: each is read only once, for a getter may tell something else the next time. */
export type ReadCosts = [id: string, amount: unknown][];

/**
 * Writes a request's costs into the engine's buffer: for each the slot of its rule and an amount. Most requests name the
 * same rules as the one before, so its slots are left where they are.
 */
export class CostWriter {
  readonly #core: Core;
  /** The engine's slot of each rule that was used. */
  readonly #slotOf = new Map<string, number>();
  /** The ids whose slots are in the buffer, in its order. */
  readonly #ids: string[] = [];
  /** Views over the buffer. When the engine's memory grows, they are cut off from it and have no length any more. */
  #slots = new Uint32Array(0);
  #amounts = new Float64Array(0);
  /** What the engine's version was when these slots were those of the rules. */
  version = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Writes the costs, where all are numbers of rules whose slots are known. Returns how many they are, or what was read of
   * others.
   */
  write(cost: ThrottleCost): number | ReadCosts {
    const ids = this.#ids;
    let unusual: ReadCosts | undefined;
    let count = 0;
    for (const id in cost) {
      if (!hasOwn.call(cost, id)) continue;
      const amount: unknown = cost[id];
      if (unusual === undefined) {
        if ((id === ids[count] || this.#isKnown(id, count)) && typeof amount === 'number') {
          this.#view()[count++] = amount;
          continue;
        }
        unusual = this.written(count);
      }
      unusual.push([id, amount]);
    }
    return unusual ?? count;
  }

  /** Writes costs whose slots are not known yet. Returns how many; 0 if one is not what a cost is. */
  writeUnknown(costs: ReadCosts): number {
    const core = this.#core;
    const version = core.version();
    if (version !== this.version) this.forget();
    this.version = version;
    for (const [id] of costs) {
      if (this.#slotOf.has(id)) continue;
      const slot = core.slot(id);
      if (slot < 0) return 0;
      this.#slotOf.set(id, slot);
    }
    // A rule that was made of a family may have taken the place of one that was forgotten.
    if (core.version() !== version) return 0;
    for (const [place, [id, amount]] of costs.entries()) {
      if (typeof amount !== 'number' || !this.#isKnown(id, place)) return 0;
      this.#view()[place] = amount;
    }
    return costs.length;
  }

  /** The first costs that were written. */
  written(count: number): ReadCosts {
    const amounts = this.#view();
    return this.#ids.slice(0, count).map((id, place) => [id, amounts[place]]);
  }

  /** Whether the slot of an id is known and fits into the buffer; then it is written there. */
  #isKnown(id: string, place: number): boolean {
    const slot = this.#slotOf.get(id);
    if (slot === undefined || place >= BUFFERED) return false;
    this.#view();
    this.#slots[place] = slot;
    this.#ids[place] = id;
    return true;
  }

  /** The view over the amounts, made anew after the memory has grown. */
  #view(): Float64Array {
    if (this.#amounts.length === 0) {
      const { buffer } = memory();
      this.#slots = new Uint32Array(buffer, this.#core.slotsAt(), BUFFERED);
      this.#amounts = new Float64Array(buffer, this.#core.amountsAt(), BUFFERED);
    }
    return this.#amounts;
  }

  /** Slots are looked up anew from now on. */
  forget(): void {
    this.#slotOf.clear();
    this.#ids.length = 0;
  }
}
