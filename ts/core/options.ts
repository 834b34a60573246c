import type { Ranked, RequestPriority, ThrottleOptions } from '../config.js';
import { invalidConfig, unknownField } from './invalid-config.js';

/**
 * The number of a class and a rank in the engine: the place of the class in `Priority::ALL`, plus
 * three times the rank, where the ranks are counted as 0, -1, 1, -2, 2 and so on.
 */
export type PriorityNumber = number;

export const NORMAL: PriorityNumber = 1;

/** The highest rank; the lowest one is its negative. */
const HIGHEST_RANK = 1000;

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
        if (!(isForPermit && name === 'timeout')) checkUnknown(options, name, isForPermit);
    }
  }
}

/**
 * Checks the values of the options of a request, each of which was read once. The texts are those
 * of the engine for the options that it reads itself.
 *
 * @returns the number of the class and the rank
 * @throws {InvalidConfigError} a value is not what it must be
 */
export function checkValues(
  priority: RequestPriority | undefined,
  maxWait: number,
  id: string | undefined,
  signal: AbortSignal | undefined,
): PriorityNumber {
  const index = priorityNumber(priority);
  if (!(typeof maxWait === 'number' && maxWait >= 0)) {
    throw invalidConfig('maxWait', 'a number of milliseconds, 0 or more', maxWait);
  }
  if (!(id === undefined || typeof id === 'string')) throw invalidConfig('id', 'text', id);
  if (!(signal === undefined || isSignal(signal)))
    throw invalidConfig('signal', 'an AbortSignal', signal);
  return index;
}

/**
 * Returns the number of a class and a rank.
 *
 * @throws {InvalidConfigError} there is no such class, or the rank is out of its range
 */
function priorityNumber(priority: RequestPriority | undefined): PriorityNumber {
  const index = classIndex(priority);
  if (index !== undefined) return index;
  if (typeof priority === 'object' && priority !== null && !Array.isArray(priority))
    return rankedNumber(priority);
  throw invalidPriority(priority);
}

/**
 * Checks a priority that must be given.
 *
 * @returns the number of the class and the rank
 * @throws {InvalidConfigError} there is no such class, or the rank is out of its range
 */
export function checkPriority(priority: RequestPriority): PriorityNumber {
  if (priority === undefined) throw invalidPriority(priority);
  return priorityNumber(priority);
}

/** Returns the place of a class; undefined if there is no such class. */
function classIndex(name: unknown): 0 | 1 | 2 | undefined {
  switch (name) {
    case undefined:
    case 'normal':
      return 1;
    case 'critical':
      return 0;
    case 'low':
      return 2;
  }
  return undefined;
}

function rankedNumber(priority: Ranked): PriorityNumber {
  for (const [name, value] of Object.entries(priority)) {
    if (name !== 'class' && name !== 'rank' && value !== undefined)
      throw unknownField(name, value, 'a priority', ['class', 'rank']);
  }
  const { class: name, rank = 0 } = priority;
  const index = classIndex(name);
  if (index === undefined) throw invalidConfig('priority.class', CLASSES, name);
  if (!(Number.isInteger(rank) && Math.abs(rank) <= HIGHEST_RANK)) {
    const range = `a whole number from -${HIGHEST_RANK} to ${HIGHEST_RANK}`;
    throw invalidConfig('priority.rank', range, rank);
  }
  return index + 3 * (rank < 0 ? -2 * rank - 1 : 2 * rank);
}

const CLASSES = 'one of critical, normal, low';

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

function invalidPriority(value: unknown): Error {
  return invalidConfig('priority', `${CLASSES}, or an object with class and rank`, value);
}

/**
 * Throws unless the field counts as absent: undefined, a method of a class, or a property that some
 * program has given to all objects. Inherited fields count otherwise, which finds a signal that was
 * passed in place of options.
 */
function checkUnknown(options: object, name: string, isForPermit: boolean): void {
  const value = (options as Record<string, unknown>)[name];
  const isOwn = Object.hasOwn(options, name);
  if (value === undefined || (!isOwn && (typeof value === 'function' || name in Object.prototype)))
    return;
  throw unknownField(name, value, 'request options', isForPermit ? [...KNOWN, 'timeout'] : KNOWN);
}

function isSignal(signal: AbortSignal): boolean {
  return (
    typeof signal?.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function'
  );
}
