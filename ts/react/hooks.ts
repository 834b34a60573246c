import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { RequestPriority, RuleStatus, ThrottleCost, ThrottlerStats } from '../index.js';
import { type ObservedThrottler, type Sample, samplerOf } from './sampler.js';

/**
 * Returns the statistics of a throttler, looked at four times a second. A component renders again
 * only if they have changed. A server renders those of a throttler that has done nothing.
 *
 * @example
 * function Queue({ throttler }) {
 *   const { waiting, wait } = useThrottlerStats(throttler);
 *   return <p>{waiting.normal} waiting, p99 {wait.p99} ms</p>;
 * }
 */
export function useThrottlerStats(throttler: ObservedThrottler): ThrottlerStats {
  return useSample(throttler, readStats, AT_REST);
}

/**
 * Returns the status of a rule or of a member of a family, looked at four times a second:
 * remaining tokens, limit and used fraction. Undefined for a rule that does not exist, when the
 * throttler is closed, and on a server.
 *
 * @example
 * const orders = useRuleStatus(throttler, 'ORDERS');
 * return <meter value={orders?.utilization ?? 0} />;
 */
export function useRuleStatus(
  throttler: ObservedThrottler,
  ruleId: string,
): RuleStatus | undefined {
  const read = useCallback((sample: Sample) => sample.rule(ruleId), [ruleId]);
  return useSample(throttler, read, undefined);
}

/**
 * Returns how many milliseconds a request would wait, looked at four times a second: 0 if it would
 * be granted at once. `Infinity` if it cannot be granted, and when the throttler is closed. A
 * server renders 0.
 *
 * @param cost costs of the request; an object of the same costs may be a new one in each render
 * @throws {UnknownRuleError} a cost names a rule that does not exist
 * @throws {InvalidCostError} a cost is not a finite number of 0 or more
 * @throws {InvalidConfigError} there is no such class, or the rank is out of its range
 *
 * @example
 * const wait = useEstimatedWait(throttler, { ORDERS: 1 }, { priority: 'critical' });
 * return <button>{wait > 0 ? `Buy (in ${Math.ceil(wait / 1000)} s)` : 'Buy'}</button>;
 */
export function useEstimatedWait(
  throttler: ObservedThrottler,
  cost: ThrottleCost,
  options: { readonly priority?: RequestPriority | undefined } = {},
): number {
  const { priority } = options;
  const key = JSON.stringify([priority, Object.entries(cost).map(([id, n]) => [id, String(n)])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the costs
  const read = useCallback((sample: Sample) => sample.wait(key, cost, priority), [key]);
  return useSample(throttler, read, 0);
}

const readStats = (sample: Sample) => sample.stats();

/** Statistics of a throttler that has done nothing. */
const AT_REST: ThrottlerStats = Object.freeze({
  granted: 0,
  rejected: {},
  aborted: 0,
  waiting: { critical: 0, normal: 0, low: 0 },
  wait: { p50: 0, p95: 0, p99: 0, max: 0 },
  peakUtilization: {},
  throttleFactor: 0,
  mode: 'normal',
  consecutive429: 0,
  pausedUntil: null,
  timersFired: 0,
});

/**
 * Returns a part of the latest sample. An equal part keeps its identity, so that React does not
 * render again.
 *
 * @param atServer value on a server and while its markup is hydrated
 */
function useSample<T>(throttler: ObservedThrottler, read: (sample: Sample) => T, atServer: T): T {
  const { subscribe, getSnapshot } = useMemo(() => storeOf(throttler, read), [throttler, read]);
  return useSyncExternalStore(subscribe, getSnapshot, () => atServer);
}

function storeOf<T>(throttler: ObservedThrottler, read: (sample: Sample) => T) {
  const sampler = samplerOf(throttler);
  let last: { readonly sample: Sample; readonly value: T; readonly text: string } | undefined;
  return {
    subscribe: (listener: () => void) => sampler.subscribe(listener),
    getSnapshot: (): T => {
      const sample = sampler.sample();
      if (last?.sample === sample) return last.value;
      const value = read(sample);
      const text = textOf(value);
      last = { sample, text, value: last?.text === text ? last.value : value };
      return last.value;
    },
  };
}

/** A text that is the same for equal values; JSON knows no `Infinity`. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'number' ? String(part) : part)) ?? '';
}
