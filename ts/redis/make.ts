import {
  type AnyRule,
  invalidConfig,
  MultiThrottler,
  type MultiThrottlerConfig,
} from '../index.js';
import type { RedisClient } from './connection.js';
import { textOf } from './rules.js';
import { checkSetAside, type SetAside } from './set-aside.js';
import { SharedRules } from './shared-rules.js';
import { SharedThrottler } from './shared-throttler.js';

/** The options of {@link sharedThrottler}, beside those of every throttler. */
export interface SharedOptions<Id extends string = string> extends MultiThrottlerConfig {
  /**
   * A client of `redis`, `ioredis`, `iovalkey` or `@valkey/valkey-glide`. It stays yours and is
   * never closed here.
   *
   * @defaultValue none: the throttler is one of this process alone, so that the same code runs
   *   without a server
   */
  readonly client?: RedisClient | undefined;
  /**
   * A second connection, for messages.
   *
   * @defaultValue `client.duplicate()`; a client of GLIDE has none, and asks a little more often
   */
  readonly subscriber?: RedisClient | undefined;
  /** The name of the limits that are shared, such as `binance:ip:203.0.113.7`. Not empty. */
  readonly key: string;
  /** The rules. All processes of a key and version must give the same ones. */
  readonly rules: Iterable<AnyRule<Id>>;
  /**
   * The version of the rules: a whole number of 0 or more. A higher one replaces the rules for all
   * processes, and what was used still counts.
   *
   * @defaultValue 0
   */
  readonly version?: number | undefined;
  /**
   * The longest time that a claim lives, in milliseconds, from 100 to 60 000. All processes must
   * give the same.
   *
   * @defaultValue 1000
   */
  readonly lease?: number | undefined;
  /**
   * The time after which a call without an answer is repeated, in milliseconds, from 10 to 10 000.
   * All processes must give the same.
   *
   * @defaultValue 250
   */
  readonly timeout?: number | undefined;
  /**
   * Requests while the server cannot be reached, or does not answer: `'wait'`, or a part of each
   * limit that is set aside for them, as fractions. A process then goes on with its `share`, while
   * the server never gives the `reserve`, so that all together stay within the limits.
   *
   * At most `reserve / share` processes may run at the same time: a process that has seen more does
   * not spend its share. A process may spend it of a rule once an interval has passed since it was
   * connected for the first time. Requests under a rule of spacing wait. All processes must give
   * the same.
   *
   * @defaultValue 'wait'
   *
   * @example
   * // Four processes: 80 % of each limit are shared, and 5 % are for each that is cut off.
   * sharedThrottler({ client, key, rules, whenUnreachable: { reserve: 0.2, share: 0.05 } });
   */
  readonly whenUnreachable?: 'wait' | SetAside | undefined;
}

const OWN = [
  ...['client', 'subscriber', 'key', 'rules', 'version', 'lease', 'timeout'],
  'whenUnreachable',
];

/**
 * Makes a throttler whose limits are shared by all processes that use the same `key` on a server of
 * Redis or Valkey. It needs no `await`: requests wait until the server has answered.
 *
 * @throws {InvalidConfigError} an option is invalid, or a rule cannot be shared (a bucket that
 *   allows debt)
 * @throws {InvalidRuleError} a rule is invalid
 *
 * @example
 * const throttler = sharedThrottler({
 *   client: new Redis(),
 *   key: 'binance:ip:203.0.113.7',
 *   rules: [fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000, jitter: 50 })],
 * });
 * await throttler.throttle({ REQUEST_WEIGHT: 5 });
 */
export function sharedThrottler<const Id extends string>(
  options: SharedOptions<Id>,
): SharedThrottler<Id> {
  if (typeof options !== 'object' || options === null) {
    throw invalidConfig('options', 'an object', options);
  }
  const { client, subscriber, key, rules, version = 0, lease = 1000, timeout = 250 } = options;
  const aside = checkSetAside(options.whenUnreachable ?? 'wait');
  const config = Object.fromEntries(
    Object.entries(options).filter(([name]) => !OWN.includes(name)),
  ) as MultiThrottlerConfig;
  if (typeof key !== 'string' || key === '') throw invalidConfig('key', 'a text', key);
  checkNumber('version', version, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('lease', lease, 100, 60_000);
  checkNumber('timeout', timeout, 10, 10_000);
  for (const [name, value] of Object.entries({ client, subscriber })) {
    if (value !== undefined && !isClient(value)) {
      throw invalidConfig(name, 'a client of redis, ioredis, iovalkey or valkey-glide', value);
    }
  }
  // A plain throttler checks the rules and the configuration, and words the errors.
  const list = typeof rules === 'string' ? rules : Array.from(rules ?? [], (rule) => ({ ...rule }));
  new MultiThrottler(list as AnyRule<Id>[], config).close();
  const shared = new SharedRules(textOf(list as AnyRule[], { lease, timeout }, aside));
  const session = client && { client, subscriber, key, version, timeout };
  return new SharedThrottler<Id>({ rules: list as AnyRule[], shared, config, session });
}

function checkNumber(field: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most && Number.isInteger(value)) {
    return;
  }
  throw invalidConfig(field, `a whole number from ${least} to ${most}`, value);
}

function isClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  return ['evalsha', 'evalSha', 'customCommand'].some(
    (name) => typeof (value as { [name: string]: unknown })[name] === 'function',
  );
}
