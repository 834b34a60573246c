import { ThrottlerError, toThrottlerError } from '../index.js';

// JSON has no infinite numbers, no NaN and no undefined. An object with the single key `MARK`
// stands for such a value.

const MARK = '\u0000';

/** The depth below which values are left out. Rules and configurations are less deep. */
const DEEPEST = 6;

/**
 * Returns a value as JSON-safe data. Values that no call takes, such as functions, keep their kind,
 * so that the error of the hub names it.
 */
export function pack(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : { [MARK]: String(value) };
    case 'object':
      break;
    default:
      return { [MARK]: typeof value };
  }
  if (value === null) return null;
  if (depth === DEEPEST) return { [MARK]: 'undefined' };
  if (Array.isArray(value)) return value.map((each) => pack(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, pack(each, depth + 1)]),
  );
}

/** Returns the value that was packed. */
export function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(unpack);
  if (!Object.hasOwn(value, MARK)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unpack(each)]));
  }
  const kind = (value as { [MARK]: unknown })[MARK];
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'function':
      return () => {};
    case 'symbol':
      return Symbol();
    case 'bigint':
      return 0n;
    default:
      return Number(kind);
  }
}

/** An error as JSON-safe data. */
export interface PackedError {
  readonly message: string;
  /** The code of an error of this package. */
  readonly code?: string;
  readonly details?: unknown;
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { message: String(error) };
  if (!(error instanceof ThrottlerError)) return { message: error.message };
  const { code, ...details } = error as ThrottlerError & { [field: string]: unknown };
  return { message: error.message, code, details: pack(details) };
}

/** Returns the error that was packed, of the class of its code. */
export function unpackError({ message, code, details }: PackedError): Error {
  const error = new Error(message);
  if (code === undefined) return error;
  error.name = 'ThrottlerError';
  Object.assign(error, unpack(details), { code });
  return toThrottlerError(error) as Error;
}
