import type { IntervalType } from './types.js';

/**
 * A token bucket in ccxt's form. It has only these six data fields, so a plain object literal of them serves as well.
 *
 * The bucket starts with `tokens`, refills at `refillRate` tokens per millisecond up to `capacity`, and refills
 * whether anything waits or not.
 */
export class ThrottleRule {
  /** The name by which costs refer to the rule. Not empty. */
  id: string;
  /** The most that the bucket can hold, and so the highest cost it can ever grant: above 0, at most 2^53 - 1. */
  capacity: number;
  /** Tokens per millisecond, 0 or more. */
  refillRate: number;
  /** Tokens at the start, 0 or more; above the capacity counts as the capacity. */
  tokens: number;
  /** For readers only: the unit of the interval from which the rate was worked out. */
  intervalType: IntervalType;
  /** For readers only: how many such units. */
  intervalNum: number;

  constructor(
    id: string,
    capacity: number,
    refillRate: number,
    tokens: number = capacity,
    intervalType: IntervalType = 'SECOND',
    intervalNum = 1,
  ) {
    this.id = id;
    this.capacity = capacity;
    this.refillRate = refillRate;
    this.tokens = tokens;
    this.intervalType = intervalType;
    this.intervalNum = intervalNum;
  }
}
