import {
  type AnyRule,
  checkFields,
  invalidConfig,
  MultiThrottler,
  type MultiThrottlerConfig,
} from '../index.js';
import { dataOf, originOf } from './definitions.js';
import type { Definition } from './messages.js';

/** The options that all throttlers with a hub have. */
export interface HubOptions<Id extends string = string>
  extends Omit<MultiThrottlerConfig, 'delay' | 'clock'> {
  /** The name of what has the limits, such as `'binance:ip:203.0.113.7'`: not empty. */
  readonly key: string;
  /** The rules, the same in all members. */
  readonly rules: Iterable<AnyRule<Id>>;
  /**
   * The version of the rules and settings, a whole number of 0 or more. A member of a higher
   * version replaces those of all members, and usage is kept; one of a lower version adopts them.
   * Members of one version with other rules or settings reject with an error of code
   * `RULES_DIFFER`.
   *
   * @defaultValue 0
   */
  readonly version?: number | undefined;
  /**
   * The longest time in milliseconds, above 0, from a grant in the hub to its arrival at the member
   * that sends the request. A grant that comes later, as the member was busy, is given back and
   * asked for anew. The jitter of each rule is longer by this time.
   *
   * @defaultValue a 64th of the interval of a rule, or of the time in which its bucket fills: 5 to
   *   250
   */
  readonly delivery?: number | undefined;
  /**
   * Called with errors that occur in the background, such as a saved state that cannot be used.
   *
   * @defaultValue a warning on the console
   */
  readonly onError?: ((error: unknown) => unknown) | undefined;
}

/** Whether all members of a hub share an option, or each has its own. */
const FIELDS = {
  key: 'own',
  rules: 'own',
  version: 'own',
  headers: 'own',
  unref: 'own',
  timerWorker: 'own',
  onError: 'own',
  maxCapacity: 'shared',
  ordering: 'shared',
  share: 'shared',
  modes: 'shared',
  overflow: 'shared',
  aging: 'shared',
  adaptive: 'shared',
  backoff: 'shared',
  delivery: 'shared',
  // An option that is missing here, or unknown, fails the compilation.
} as const satisfies { readonly [field in keyof Required<HubOptions>]: 'own' | 'shared' };

type Fields = typeof FIELDS;

type SharedField = {
  [field in keyof Fields]: Fields[field] extends 'shared' ? field : never;
}[keyof Fields];

/** The settings that all members of a hub share. */
export type SharedConfig = Pick<HubOptions, SharedField>;

const NAMES = Object.keys(FIELDS) as (keyof Fields)[];
const SHARED = NAMES.filter((name): name is SharedField => FIELDS[name] === 'shared');

/**
 * Checks the options of a throttler with a hub, and returns what its members share.
 *
 * @param further the names of further options of the entry point
 * @throws {InvalidRuleError} a rule is invalid
 * @throws {InvalidConfigError} an option is unknown or invalid
 */
export function definitionOf(options: HubOptions, further: readonly string[] = []): Definition {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, [...NAMES, ...further], 'options');
  const { key, version = 0, delivery, onError } = options;
  if (typeof key !== 'string' || key === '') throw invalidConfig('key', 'text, not empty', key);
  if (!Number.isSafeInteger(version) || version < 0)
    throw invalidConfig('version', 'a whole number of 0 or more', version);
  const isTime = typeof delivery === 'number' && delivery > 0 && Number.isFinite(delivery);
  if (delivery !== undefined && !isTime)
    throw invalidConfig('delivery', 'a finite number of milliseconds above 0', delivery);
  if (onError !== undefined && typeof onError !== 'function')
    throw invalidConfig('onError', 'a function', onError);
  const config: { [field: string]: unknown } = {};
  for (const field of SHARED) if (options[field] !== undefined) config[field] = options[field];
  const isIterable = Symbol.iterator in Object(options.rules) && typeof options.rules !== 'string';
  if (!isIterable) throw invalidConfig('rules', 'an iterable of rules', options.rules);
  const given = Array.from(options.rules, (rule) =>
    typeof rule === 'object' && rule !== null ? dataOf(rule) : rule,
  );
  const { delivery: _, ...settings } = config as SharedConfig;
  // Has the errors for rules and settings.
  new MultiThrottler(given, settings).close();
  // The later one of two rules with the same id counts.
  const rules = [...new Map(given.map((rule) => [String(rule.id), rule])).values()];
  return { version, origin: originOf(rules, config), rules, config: config as SharedConfig };
}

/** Warns of an error where a program has no `onError`. */
export function warn(error: unknown): void {
  console.warn('multi-throttler: an error of a hub:', error);
}
