import type { AnyRule } from '../index.js';
import { processesOf, type SetAside } from './set-aside.js';

/** The algorithm whose permits are released. */
const PERMITS = 5;

/** The algorithm whose windows are opened by their first requests. */
const FIRST = 4;

/** The algorithm that spaces requests. */
const SPACING = 6;

/** A rule as the ledger's script reads it. */
export interface Definition {
  readonly id: string;
  /** The number of the algorithm. */
  readonly k: number;
  /** The limit, in tokens. */
  readonly l: number;
  /** The interval, in milliseconds. */
  readonly w: number;
  /** The jitter, in milliseconds. */
  readonly j: number;
  /** The refill, in tokens per millisecond. */
  readonly r: number;
  /** Tokens at the start, where the bucket is not full. */
  readonly t?: number;
  /** The share of a process, in tokens, and the limit before a part was set aside. */
  readonly s?: number;
  readonly o?: number;
}

/** The rules of a ledger, and the times that all its processes share. */
export class SharedRules {
  readonly definitions: readonly Definition[];
  readonly lease: number;
  /** The part that is set aside for processes without the ledger. */
  readonly aside: SetAside | undefined;
  readonly #byId: Map<string, Definition>;

  /** @param text a text of another process, or one that {@link textOf} made */
  constructor(readonly text: string) {
    const { rules, lease, aside } = JSON.parse(text);
    this.definitions = rules;
    this.lease = lease;
    this.aside = aside;
    this.#byId = new Map(this.definitions.map((each) => [each.id, each]));
  }

  /** A number that differs where the rules differ. */
  get hash(): string {
    return hashOf(this.text);
  }

  /** Returns the definition of an id: its own, or that of the family with the longest prefix. */
  find(id: string): Definition | undefined {
    const own = this.#byId.get(id);
    if (own !== undefined) return own;
    return this.definitions
      .filter((each) => each.id.endsWith('*') && id.startsWith(each.id.slice(0, -1)))
      .sort((a, b) => b.id.length - a.id.length)[0];
  }

  /** The number of processes that may have a share. */
  get processes(): number {
    return this.aside === undefined ? 0 : processesOf(this.aside);
  }

  /** Returns the largest ceiling of a request under the rule of an id. */
  limitOf(id: string): number {
    const definition = this.find(id);
    return definition === undefined ? 0 : ceilingOf(definition);
  }

  /** Whether permits are held under the rule of an id. */
  hasPermits(id: string): boolean {
    return this.find(id)?.k === PERMITS;
  }

  /** Whether the rule of an id spaces requests. */
  isSpacing(id: string): boolean {
    return this.find(id)?.k === SPACING;
  }

  /** Whether others wait until a claim is settled: it opens a window, or spaces requests. */
  blocksOthers(id: string): boolean {
    const algorithm = this.find(id)?.k;
    return algorithm === FIRST || algorithm === SPACING;
  }

  /** Whether units of the rule of an id can be held for later requests. */
  hasSpares(id: string): boolean {
    return !this.hasPermits(id) && !this.isSpacing(id);
  }
}

/** Returns the rule under which a process waits for what the ledger gives it. */
export function heldRule(definition: Definition): AnyRule {
  const { id, k } = definition;
  const limit = ceilingOf(definition);
  return { id, algorithm: 'held', limit, permits: k === PERMITS } as unknown as AnyRule;
}

function ceilingOf({ k, l, r, j }: Definition): number {
  // A request of any cost is granted while a rule of spacing is free.
  return k === SPACING ? Number.MAX_SAFE_INTEGER : k === 2 ? l - r * j : l;
}

/** A hash of 53 bits (cyrb53). */
function hashOf(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return ((b >>> 0) * 2 ** 21 + (a >>> 11)).toString(36);
}
