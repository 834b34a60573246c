import type { ThrottleCost } from './types.js';
import { type Core, costBuffer } from './wasm.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** What was read where costs are unusual: each is read only once, for a getter may tell something else the next time. */
export type ReadCosts = [id: string, amount: unknown][];

/**
 * Writes a request's costs into the engine's buffer: for each the slot of its rule and an amount, by the ids and slots
 * of the request before, as most requests name the same.
 */
export class CostWriter {
  readonly #core: Core;
  /** The engine's slot of each rule that was used. */
  readonly #slots = new Map<string, number>();
  /** The ids and slots of costs by their place in the last request. */
  readonly #lastIds: string[] = [];
  readonly #lastSlots: number[] = [];
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
    const lastIds = this.#lastIds;
    const lastSlots = this.#lastSlots;
    let unusual: ReadCosts | undefined;
    let count = 0;
    for (const id in cost) {
      if (!hasOwn.call(cost, id)) continue;
      const amount: unknown = cost[id];
      if (unusual === undefined) {
        if ((id === lastIds[count] || this.#isKnown(id, count)) && typeof amount === 'number') {
          const buffer = costBuffer();
          buffer[2 * count] = lastSlots[count] as number;
          buffer[2 * count + 1] = amount;
          count++;
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
      if (this.#slots.has(id)) continue;
      const slot = core.slot(id);
      if (slot < 0) return 0;
      this.#slots.set(id, slot);
    }
    // A rule that was made of a family may have taken the place of one that was forgotten.
    if (core.version() !== version) return 0;
    // Only now, as looking slots up may have made the engine's memory grow.
    const buffer = costBuffer();
    for (const [place, [id, amount]] of costs.entries()) {
      if (typeof amount !== 'number' || !this.#isKnown(id, place)) return 0;
      buffer[2 * place] = this.#lastSlots[place] as number;
      buffer[2 * place + 1] = amount;
    }
    return costs.length;
  }

  /** The first costs that were written. */
  written(count: number): ReadCosts {
    return this.#lastIds.slice(0, count).map((id, place) => [id, costBuffer()[2 * place + 1]]);
  }

  /** Whether the slot of an id is known and fits into the buffer; then it is made the one that came last at its place. */
  #isKnown(id: string, place: number): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined || 2 * place >= costBuffer().length) return false;
    this.#lastIds[place] = id;
    this.#lastSlots[place] = slot;
    return true;
  }

  /** Slots are looked up anew from now on. */
  forget(): void {
    this.#slots.clear();
    this.#lastIds.length = 0;
  }
}
