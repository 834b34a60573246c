/** The base class of all errors of this package. */
export class ThrottlerError extends Error {
  /** A stable code for programs, such as `UNKNOWN_RULE` or `QUEUE_OVERFLOW`. */
  readonly code: string;

  constructor(message: string, code: string, details?: object) {
    super(message);
    Object.assign(this, details);
    this.code = code;
  }
}

/** A cost names a rule that does not exist or was removed while the request waited. */
export class UnknownRuleError extends ThrottlerError {
  /** The id in the cost. */
  declare readonly ruleId: string;
}

/**
 * The queue is full. Requests come faster than the rules allow: ask later or less often, raise
 * `maxCapacity`, or choose by `overflow` which request is rejected.
 */
export class QueueOverflowError extends ThrottlerError {
  /** The largest number of waiting requests. */
  declare readonly maxCapacity: number;
}

/** A cost is not a finite number of 0 or more. */
export class InvalidCostError extends ThrottlerError {
  /** The id of the rule; undefined if the value is no object of costs at all. */
  declare readonly ruleId: string | undefined;
  /** The value, or its kind in words. */
  declare readonly cost: unknown;
}

/** A cost names a new key of a family of rules, but 10 000 keys are in use. */
export class TooManyKeysError extends ThrottlerError {
  /** The id in the cost. */
  declare readonly ruleId: string;
}

/** A permit was held for its `timeout` and was released. */
export class HoldTimeoutError extends ThrottlerError {
  /** The timeout, in milliseconds. */
  declare readonly timeout: number;
}

/** A cost exceeds the capacity of its rule, so it could never be granted. */
export class CostExceedsCapacityError extends ThrottlerError {
  /** The id of the rule. */
  declare readonly ruleId: string;
  /** The cost, in tokens. */
  declare readonly cost: number;
  /** The largest cost that the rule can grant, in tokens. */
  declare readonly capacity: number;
}

/** `maxWait` has passed, or the wait is known to be longer. */
export class WaitTimeoutError extends ThrottlerError {
  /** The timeout of the request, in milliseconds. */
  declare readonly maxWait: number;
  /**
   * The remaining wait in milliseconds, if all permits were released now and nothing else happened.
   */
  declare readonly estimatedWait: number;

  readonly #createdAt = Date.now();

  /**
   * Unix milliseconds at which the request could be granted, such as the end of a ban: the time of
   * the error plus {@link estimatedWait}. `Infinity` if nothing but a call ends the wait.
   */
  get until(): number {
    return this.#createdAt + this.estimatedWait;
  }
}

/** A rule, or a patch for one, is invalid. */
export class InvalidRuleError extends ThrottlerError {
  /** The id of the rule, if it is known. */
  declare readonly ruleId: string | undefined;
  /** The name of the field. */
  declare readonly field: string;
  /** The value, or its kind in words. */
  declare readonly value: unknown;
}

/** A configuration, an option or an argument is invalid. */
export class InvalidConfigError extends ThrottlerError {
  /** The name of the field. */
  declare readonly field: string;
  /** The value, or its kind in words. */
  declare readonly value: unknown;
}

/** The throttler was closed. */
export class ThrottlerClosedError extends ThrottlerError {}

/** The class for each code. Errors of the engine are plain `Error`s with a code and details. */
const classes: Record<string, typeof ThrottlerError> = {
  UNKNOWN_RULE: UnknownRuleError,
  QUEUE_OVERFLOW: QueueOverflowError,
  INVALID_COST: InvalidCostError,
  COST_EXCEEDS_CAPACITY: CostExceedsCapacityError,
  TOO_MANY_KEYS: TooManyKeysError,
  HOLD_TIMEOUT: HoldTimeoutError,
  WAIT_TIMEOUT: WaitTimeoutError,
  INVALID_RULE: InvalidRuleError,
  INVALID_CONFIG: InvalidConfigError,
  NEEDS_PERMIT: ThrottlerError,
  CLEARED: ThrottlerError,
  CLOSED: ThrottlerClosedError,
};

// Names as text, as a minifier renames the classes.
for (const [name, Class] of Object.entries({
  ThrottlerError,
  UnknownRuleError,
  QueueOverflowError,
  InvalidCostError,
  TooManyKeysError,
  HoldTimeoutError,
  CostExceedsCapacityError,
  WaitTimeoutError,
  InvalidRuleError,
  InvalidConfigError,
  ThrottlerClosedError,
})) {
  Object.defineProperty(Class.prototype, 'name', {
    value: name,
    configurable: true,
    writable: true,
  });
  // The name that Node prints.
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
}

/**
 * Returns the error of this package for an error of the engine, which is a plain `Error` of the
 * name `ThrottlerError` with a code and details. Other errors, of a getter or a clock, stay as they
 * are.
 */
export function toThrottlerError(error: unknown): unknown {
  if (
    !(error instanceof Error && error.name === 'ThrottlerError') ||
    error instanceof ThrottlerError
  )
    return error;
  const { name, code, ...details } = error as Error & { code: string };
  const Class = classes[code] ?? ThrottlerError;
  return new Class(error.message, code, details);
}

/** Runs `work`, in which errors of the engine become errors of this package. */
export function withTypedErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toThrottlerError(error);
  }
}
