import type { Priority, ThrottleOptions } from '../config.js';
import { invalidConfig, unknownField } from './invalid-config.js';

/** The number of a class in the engine: its place in `Priority::ALL`. */
export type PriorityIndex = 0 | 1 | 2;

export const NORMAL: PriorityIndex = 1;

const KNOWN: readonly (keyof ThrottleOptions)[] = ['priority', 'signal', 'maxWait', 'id'];

/**
 * Checks the names in the options of a request: a mistyped `maxwait` would be no limit. A loop in
 * place of `Object.keys`, which allocates.
 *
 * @throws {InvalidConfigError} a name is unknown, or there are no options in what was passed
 */
export function checkNames(options: ThrottleOptions | null, isForPermit: boolean): void {
  if (typeof options !== 'object') throw invalidConfig('options', 'an object', options);
  for (const name in options) {
    switch (name) {
      case 'priority':
      case 'signal':
      case 'maxWait':
      case 'id':
        continue;
      default:
        if (!(isForPermit && name === 'timeout')) checkUnknown(options as object, name);
    }
  }
}

/**
 * Checks the values of the options of a request, each of which was read once. The texts are those
 * of the engine for the options that it reads itself.
 *
 * @returns the number of the class
 * @throws {InvalidConfigError} a value is not what it must be
 */
export function checkValues(
  priority: Priority | undefined,
  maxWait: number,
  id: string | undefined,
  signal: AbortSignal | undefined,
): PriorityIndex {
  const index = priorityIndex(priority);
  if (index === undefined) throw invalidPriority(priority);
  if (!(typeof maxWait === 'number' && maxWait >= 0)) {
    throw invalidConfig('maxWait', 'a number of milliseconds, 0 or more', maxWait);
  }
  if (!(id === undefined || typeof id === 'string')) throw invalidConfig('id', 'text', id);
  if (!(signal === undefined || isSignal(signal)))
    throw invalidConfig('signal', 'an AbortSignal', signal);
  return index;
}

/** Returns the number of a class; undefined if there is no such class. */
export function priorityIndex(priority: Priority | undefined): PriorityIndex | undefined {
  switch (priority) {
    case undefined:
    case 'normal':
      return NORMAL;
    case 'critical':
      return 0;
    case 'low':
      return 2;
  }
}

/**
 * Checks how long a permit may be held.
 *
 * @throws {InvalidConfigError} it is no number above 0
 */
export function checkTimeout(timeout: number): void {
  if (!(typeof timeout === 'number' && timeout > 0)) {
    throw invalidConfig('timeout', 'a number of milliseconds above 0', timeout);
  }
}

export function invalidPriority(value: unknown): Error {
  return invalidConfig('priority', 'one of critical, normal, low', value);
}

/**
 * Throws unless the field counts as absent: undefined, a method of a class, or a property that some
 * program has given to all objects. Inherited fields count otherwise, which finds a signal that was
 * passed in place of options.
 */
function checkUnknown(options: object, name: string): void {
  const value = (options as Record<string, unknown>)[name];
  const isOwn = Object.hasOwn(options, name);
  if (value === undefined || (!isOwn && (typeof value === 'function' || name in Object.prototype)))
    return;
  throw unknownField(name, value, 'request options', KNOWN);
}

function isSignal(signal: AbortSignal): boolean {
  return (
    typeof signal?.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function'
  );
}
