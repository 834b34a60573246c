import type { RequestPriority } from '../index.js';

/** Requests that wait with the same costs, class and rank. */
export interface Lane {
  readonly lane: number;
  /** The number of the class, less a 4096th of the rank: lower levels are served first. */
  readonly level: number;
  readonly count: number;
  /** The arrival of its first waiter. */
  readonly arrival: number;
  readonly costs: (string | number)[];
  readonly key: string;
}

/** Returns a text that differs for other costs, classes and ranks. */
export const keyOf = (level: number, costs: readonly (string | number)[]): string =>
  `${level} ${costs.join(' ')}`;

/** Reads the list of `MultiThrottler.waitingLanes`, in the order of their first waiters. */
export function lanesOf(flat: readonly (string | number)[]): Lane[] {
  const lanes: Lane[] = [];
  for (let i = 0; i < flat.length; ) {
    const [lane, level, count, arrival] = flat.slice(i, i + 4) as [number, number, number, number];
    i += 4;
    const start = i;
    // A text starts a cost, a number the next lane.
    while (typeof flat[i] === 'string') i += 3;
    const costs = flat.slice(start, i);
    lanes.push({ lane, level, count, arrival, costs, key: keyOf(level, costs) });
  }
  return lanes.sort((a, b) => a.arrival - b.arrival);
}

/** Returns the costs above 0 of a request that does not wait, as of a lane. */
export function costsOf(
  cost: { readonly [rule: string]: unknown },
  priority: RequestPriority | undefined,
  throttler: { ceilingOf(rule: string, isCritical: boolean): number | undefined },
): Lane['costs'] {
  const isCritical = (typeof priority === 'object' ? priority.class : priority) === 'critical';
  return Object.entries(cost).flatMap(([rule, amount]) =>
    Number(amount) > 0 ? [rule, Number(amount), throttler.ceilingOf(rule, isCritical) ?? 0] : [],
  );
}
