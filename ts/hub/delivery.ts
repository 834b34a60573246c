import type { AnyRule } from '../index.js';

/** A grant has this fraction of the window of its rule to arrive, within the bounds below. */
const PART = 1 / 64;
const LEAST = 5;
const MOST = 250;

/**
 * Returns how many milliseconds a grant under a rule has to arrive at its member; a later one is
 * given back. A short time costs less of the limit, a long one suffers members that are busy.
 *
 * @param fixed the option `delivery`
 */
export function deliveryOf(rule: AnyRule, fixed: number | undefined): number {
  if (!('interval' in rule || 'refillRate' in rule)) return Number.POSITIVE_INFINITY;
  if (fixed !== undefined) return fixed;
  const memory = 'interval' in rule ? rule.interval : rule.capacity / rule.refillRate;
  const part = Math.min(MOST, Math.max(LEAST, memory * PART));
  return Number.isNaN(part) ? MOST : part;
}

/** The largest part of a token that a bucket refills in a delivery if it keeps its capacity. */
const SLOWEST = 1 / 8;

/**
 * Returns a rule as the engine of the hub takes it: its jitter also covers the way from the hub to
 * a member, since the request is sent when its grant has arrived.
 *
 * The jitter makes the capacity of a bucket smaller, so a request that costs all of it could never
 * be granted. A bucket without jitter that refills at most {@link SLOWEST} of a token within the
 * delivery therefore keeps its capacity and gains tokens more slowly: `rate' = rate / (1 + rate *
 * delivery)`. For costs of whole numbers this is as safe. Proof: requests that arrive in a stretch
 * of `w` were granted in one of `w + delivery`, in which the bucket grants at most `capacity + k`
 * tokens, `k = floor(rate' * (w + delivery))`. If `k` is 1 or more, then `w >= k / rate' -
 * delivery`, which is `k / rate + (k - 1) * delivery`. So the server's bucket has gained `k` tokens
 * within `w`.
 */
export function widened(rule: AnyRule, fixed: number | undefined): AnyRule {
  const delivery = deliveryOf(rule, fixed);
  const own = 'jitter' in rule ? (rule.jitter ?? 0) : 0;
  const jitter = own + delivery;
  if ('interval' in rule) return { ...rule, jitter };
  if (!('refillRate' in rule)) return rule;
  const { capacity, refillRate } = rule;
  // A bucket with debt grants any cost, as long as it can hold something.
  const isDebt = 'allowDebt' in rule && rule.allowDebt === true;
  const isSlow = own === 0 && refillRate * delivery <= SLOWEST && !isDebt;
  if (!isSlow && capacity > refillRate * jitter) return { ...rule, jitter } as AnyRule;
  return { ...rule, refillRate: refillRate / (1 + refillRate * delivery) } as AnyRule;
}
