import { type AcquireOptions, invalidConfig, type ThrottleCost } from '../../index.js';
import { pack } from '../pack.js';

/** A request that has not been settled. */
export interface WaitingRequest {
  /** The number of the request, another one after a grant that came too late. */
  id: number;
  readonly isForPermit: boolean;
  /** The costs as they were read, for {@link MultiThrottler.clear} and events. */
  readonly cost: ThrottleCost;
  /** The costs as the hub takes them. */
  readonly packed: unknown;
  /** The options that the hub checks and follows. */
  readonly options: { readonly [name: string]: unknown };
  /** The name that the program gave it. */
  readonly name: string | undefined;
  /** Milliseconds; infinite if there is none. */
  readonly maxWait: number;
  /** On the clock of this member. */
  readonly startedAt: number;
  /** Resolves the promise: with a permit of the id, or with undefined. */
  readonly grant: (id: number, waited: number, connection: object | undefined) => void;
  readonly reject: (reason: unknown) => void;
  /** Stops to listen to the signal. */
  unlisten: (() => void) | undefined;
  /** The timer of the deadline. */
  timer: unknown;
  /** The class, which may have changed since. */
  priority: unknown;
}

/** The options of a request, checked as far as the hub does not see them. */
export interface CheckedOptions {
  readonly signal: AbortSignal | undefined;
  readonly name: string | undefined;
  readonly timeout: number | undefined;
  readonly maxWait: number;
  /** The other options, which the hub checks. */
  readonly rest: { readonly [name: string]: unknown };
}

/** @throws {InvalidConfigError} an option that concerns this member alone is invalid */
export function checkOptions(
  options: AcquireOptions | null | undefined,
  isForPermit: boolean,
): CheckedOptions {
  if (options === undefined) return NONE;
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  const { signal, id, ...others } = options;
  const { timeout, ...rest } = isForPermit ? others : { ...others, timeout: undefined };
  if (!(signal === undefined || isSignal(signal)))
    throw invalidConfig('signal', 'an AbortSignal', signal);
  if (!(id === undefined || typeof id === 'string')) throw invalidConfig('id', 'text', id);
  if (!(timeout === undefined || (typeof timeout === 'number' && timeout > 0)))
    throw invalidConfig('timeout', 'a number of milliseconds above 0', timeout);
  const { maxWait } = rest;
  const isLimited = typeof maxWait === 'number' && maxWait >= 0;
  return {
    signal,
    name: id,
    timeout,
    maxWait: isLimited ? maxWait : Number.POSITIVE_INFINITY,
    rest: isForPermit ? rest : others,
  };
}

const NONE: CheckedOptions = {
  signal: undefined,
  name: undefined,
  timeout: undefined,
  maxWait: Number.POSITIVE_INFINITY,
  rest: {},
};

function isSignal(signal: AbortSignal): boolean {
  return (
    typeof signal?.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function'
  );
}

/** Reads costs once. Returns them, and the form in which they travel. */
export function readCost(cost: unknown): { cost: ThrottleCost; packed: unknown } {
  if (typeof cost !== 'object' || cost === null || Array.isArray(cost))
    return { cost: {}, packed: pack(cost) };
  const read: ThrottleCost = {};
  let isPlain = true;
  for (const [id, amount] of Object.entries(cost)) {
    // Not by assignment, as an id may be `__proto__`.
    if (id === '__proto__') isPlain = false;
    else read[id] = amount;
    if (!Number.isFinite(amount)) isPlain = false;
  }
  return { cost: read, packed: isPlain ? read : pack(cost) };
}

/** Whether a cost names a rule: one of that id, or a member of the family of that id. */
export function names(cost: object, rule: string): boolean {
  if (Object.hasOwn(cost, rule)) return true;
  if (!rule.endsWith('*')) return false;
  const prefix = rule.slice(0, -1);
  return Object.keys(cost).some((id) => id.startsWith(prefix) && id.length >= rule.length);
}
