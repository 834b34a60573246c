import { ThrottlerError, type ThrottlerSnapshot } from '../index.js';
import { shown } from '../shared/shown.js';

const FORMAT = 'multi-throttler state';
const VERSION = 1;

/** The content of a store. */
export interface SavedState {
  /** The number of the snapshot; see ahead-log.ts. */
  readonly generation: number;
  /** Whether nothing was granted after the snapshot. */
  readonly isLast: boolean;
  /** The parts of the snapshot, in the order in which they were made. */
  readonly parts: readonly ThrottlerSnapshot[];
}

/** Returns the text of a state whose parts are texts. */
export function encode(generation: number, isLast: boolean, parts: readonly string[]): string {
  const fields = JSON.stringify({ format: FORMAT, version: VERSION, generation, isLast });
  return `${fields.slice(0, -1)},"parts":[${parts.join(',')}]}\n`;
}

/** @throws {Error} says why the text is not what `encode` returns */
export function decode(text: string): SavedState {
  const saved: unknown = JSON.parse(text);
  const { format, version, generation, isLast, parts } = Object(saved) as Record<string, unknown>;
  if (format !== FORMAT) throw new Error(`its format is ${shown(format)}, not "${FORMAT}"`);
  if (version !== VERSION)
    throw new Error(`it is of version ${shown(version)}, and this program knows ${VERSION}`);
  if (!Number.isSafeInteger(generation) || (generation as number) < 0)
    throw new Error(`its generation is ${shown(generation)}`);
  if (typeof isLast !== 'boolean') throw new Error(`its field isLast is ${shown(isLast)}`);
  if (!Array.isArray(parts)) throw new Error(`its field parts is ${shown(parts)}`);
  return { generation, isLast, parts } as SavedState;
}

/** The error for a saved state that cannot be used. */
export function damaged(reason: unknown, movedTo: string): ThrottlerError {
  const why = reason instanceof Error ? reason.message : String(reason);
  return new ThrottlerError(
    `The saved state cannot be used: ${why}. It was moved to ${movedTo}, and the throttler starts anew.`,
    'STORE_DAMAGED',
    { movedTo, cause: reason },
  );
}

/** The error for a store that another writer has. */
export function inUse(store: string, owner: string, details?: object): ThrottlerError {
  return new ThrottlerError(
    `${store} is in use by ${owner}. Nothing was read or written.`,
    'STORE_IN_USE',
    details,
  );
}
