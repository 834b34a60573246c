import {
  MultiThrottler,
  type MultiThrottlerConfig,
  type Rule,
  ThrottleRule,
  type ThrottlerError,
} from 'multi-throttler';
import { VirtualClock } from './clock.ts';

/** A rule that starts full by default, and refills only if a rate is given. */
export function bucket(
  id: string,
  capacity: number,
  refillRate = 0,
  tokens = capacity,
): ThrottleRule {
  return new ThrottleRule(id, capacity, refillRate, tokens);
}

/** A throttler on virtual time. */
export function setUp(rules: Iterable<Rule | ThrottleRule>, config: MultiThrottlerConfig = {}) {
  const clock = new VirtualClock();
  return { clock, throttler: new MultiThrottler(rules, { clock, ...config }) };
}

/** Remaining tokens of each rule. */
export function tokens(throttler: MultiThrottler): Record<string, number> {
  return Object.fromEntries(
    Object.entries(throttler.getStatus()).map(([id, status]) => [id, status.tokens]),
  );
}

/** The outcome of a promise, and when it came. */
export interface Outcome {
  state: 'waiting' | 'granted' | 'rejected';
  at: number | undefined;
  reason: unknown;
}

/** Follows a promise from now on. */
export function follow(clock: VirtualClock, promise: Promise<unknown>): Outcome {
  const outcome: Outcome = { state: 'waiting', at: undefined, reason: undefined };
  promise.then(
    () => Object.assign(outcome, { state: 'granted', at: clock.now() }),
    (reason) => Object.assign(outcome, { state: 'rejected', at: clock.now(), reason }),
  );
  return outcome;
}

/** Returns the reason with which a promise rejects. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<ThrottlerError & Record<string, unknown>> {
  let reason: unknown;
  let granted = false;
  await promise.then(
    () => {
      granted = true;
    },
    (error) => {
      reason = error;
    },
  );
  if (granted) throw new Error('It was granted');
  return reason as ThrottlerError & Record<string, unknown>;
}

/** Returns the error that a function throws. */
export function thrown(work: () => unknown): ThrottlerError & Record<string, unknown> {
  try {
    work();
  } catch (error) {
    return error as ThrottlerError & Record<string, unknown>;
  }
  throw new Error('It threw nothing');
}

/**
 * Returns a generator of integers from 0 to below its argument, with the same numbers in each run
 * (Park and Miller's minimal standard generator).
 */
export function generator(seed: number) {
  let state = seed * 7919 + 1;
  return (below: number) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}
