import type { Holdings } from './holdings.js';

/** The time within which what was spent is settled, in leases. */
const SETTLE = 0.5;

/** The state that decides when a process calls. */
export interface Plan {
  readonly now: number;
  /** The instant at which what waits may be served; infinite if nothing waits. */
  readonly askAt: number;
  readonly lastCall: number;
  readonly lease: number;
  readonly roundTrip: number;
  /** Whether requests were submitted since the last call. */
  readonly isBusy: boolean;
  /** Whether messages of other processes arrive. */
  readonly listens: boolean;
}

/**
 * Returns the instant of the next call: to ask again, to settle, to renew permits. Infinite if
 * nothing is to do.
 */
export function dueAt(holdings: Holdings, plan: Plan): number {
  const { now, lastCall, lease } = plan;
  let at = plan.askAt;
  const { end, isUnsettled } = holdings.state(now);
  if (end < Number.POSITIVE_INFINITY) {
    // A busy process asks ahead of the end; an idle one returns the rest at it.
    const ahead = plan.isBusy ? 2 * Math.min(plan.roundTrip, 50) + 5 : 0;
    at = Math.min(at, Math.max(end - ahead, now + 5));
  } else if (isUnsettled) at = Math.min(at, lastCall + lease * SETTLE);
  // Nothing else tells of a loss where no messages arrive.
  if (!plan.listens && holdings.hasSpent(now)) at = Math.min(at, lastCall + lease * SETTLE);
  if (holdings.hasPermits) at = Math.min(at, lastCall + lease / 3);
  return at;
}
