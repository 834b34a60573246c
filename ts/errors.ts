/** What every error of this package is an instance of. */
export class ThrottlerError extends Error {
  /** A stable code for programs: `UNKNOWN_RULE`, `QUEUE_OVERFLOW`, ... */
  readonly code: string;

  constructor(message: string, code: string, details?: object) {
    super(message);
    Object.assign(this, details);
    this.code = code;
  }
}

/** A cost names a rule that does not exist, or the rule was removed while the request waited on it. */
export class UnknownRuleError extends ThrottlerError {
  /** The id that was asked for. */
  declare readonly ruleId: string;
}

/** As many requests wait as may. */
export class QueueOverflowError extends ThrottlerError {
  /** How many may wait. */
  declare readonly maxCapacity: number;
}

/** A cost is not a finite number of 0 or more. */
export class InvalidCostError extends ThrottlerError {
  /** The rule whose cost it is; `undefined` if what was passed is no object of costs at all. */
  declare readonly ruleId: string | undefined;
  /** What was passed, or the name of its kind. */
  declare readonly cost: unknown;
}

/** A cost is above all that its rule can ever grant; waiting would be for ever. */
export class CostExceedsCapacityError extends ThrottlerError {
  /** The rule whose cost it is. */
  declare readonly ruleId: string;
  /** What was asked, in tokens. */
  declare readonly cost: number;
  /** The most that the rule can grant at once, in tokens. */
  declare readonly capacity: number;
}

/** `maxWait` has passed, or is known to be missed. */
export class WaitTimeoutError extends ThrottlerError {
  /** The longest wait that was accepted, in milliseconds. */
  declare readonly maxWait: number;
  /** How long the request would wait from now if all permits were released and nothing else happened, in milliseconds. */
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

/** A rule is not what a rule must be. */
export class InvalidRuleError extends ThrottlerError {
  /** The rule's id, where it is known. */
  declare readonly ruleId: string | undefined;
  /** The field that is wrong. */
  declare readonly field: string;
  /** What it was, or the name of its kind. */
  declare readonly value: unknown;
}

/** A configuration or an option is not what it must be. */
export class InvalidConfigError extends ThrottlerError {
  /** The field that is wrong. */
  declare readonly field: string;
  /** What it was, or the name of its kind. */
  declare readonly value: unknown;
}

/** The throttler was closed. */
export class ThrottlerClosedError extends ThrottlerError {}

/** By code; what the engine refuses arrives as a plain `Error` with a code and details. */
const classes: Record<string, typeof ThrottlerError> = {
  UNKNOWN_RULE: UnknownRuleError,
  QUEUE_OVERFLOW: QueueOverflowError,
  INVALID_COST: InvalidCostError,
  COST_EXCEEDS_CAPACITY: CostExceedsCapacityError,
  WAIT_TIMEOUT: WaitTimeoutError,
  INVALID_RULE: InvalidRuleError,
  INVALID_CONFIG: InvalidConfigError,
  NEEDS_PERMIT: ThrottlerError,
  CLEARED: ThrottlerError,
  CLOSED: ThrottlerClosedError,
};

// Names as text, since a minifier renames the classes.
for (const [name, Class] of Object.entries({
  ThrottlerError,
  UnknownRuleError,
  QueueOverflowError,
  InvalidCostError,
  CostExceedsCapacityError,
  WaitTimeoutError,
  InvalidRuleError,
  InvalidConfigError,
  ThrottlerClosedError,
})) {
  Object.defineProperty(Class.prototype, 'name', { value: name, configurable: true, writable: true });
  // What Node prints.
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
}

/**
 * The error of this package for one of the engine, which is a plain `Error` of the name `ThrottlerError` with a code
 * and details. Whatever else was thrown (by a getter, by a clock) stays as it is.
 */
export function toThrottlerError(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'ThrottlerError') || error instanceof ThrottlerError)
    return error;
  const { name, code, ...details } = error as Error & { code: string };
  const Class = classes[code] ?? ThrottlerError;
  return new Class(error.message, code, details);
}

/** Does what may throw an error of the engine. */
export function withTypedErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toThrottlerError(error);
  }
}
