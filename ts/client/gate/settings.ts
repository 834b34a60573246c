import { checkFields, invalidConfig, type ThrottleCost, type Throttler } from '../../index.js';
import { afterOf } from '../../shared/actual-cost.js';
import type {
  Call,
  CallReaders,
  ClientCalls,
  ClientProfile,
  ThrottleClientOptions,
} from '../types.js';
import { Reporter } from './reporter.js';

/** Options of {@link throttleClient} with their defaults. */
export interface Settings
  extends Pick<ThrottleClientOptions, 'profile' | 'only' | 'priority' | 'maxWait' | 'renew'> {
  readonly throttler: Throttler;
  readonly read: NonNullable<ThrottleClientOptions['read']>;
  readonly extra: 'charge' | 'ignore';
  readonly costs: ((call: Call) => ThrottleCost) | undefined;
  /** Returns the cost of a call whose answer had so many items. */
  readonly actual: ((call: Call, items: number) => ThrottleCost) | undefined;
  readonly reporter: Reporter;
}

const KNOWN: readonly (keyof ThrottleClientOptions)[] = [
  'profile',
  'calls',
  'only',
  'renew',
  'read',
  'extra',
  'priority',
  'maxWait',
  'version',
  'onError',
];

/** Returns the list of a known client; undefined for readers by name. */
export function listOf({ calls }: ThrottleClientOptions): ClientCalls | undefined {
  return typeof calls.calls === 'object' ? (calls as ClientCalls) : undefined;
}

/** @throws {InvalidConfigError} the throttler or an option is invalid */
export function settingsOf(throttler: Throttler, options: ThrottleClientOptions): Settings {
  if (typeof throttler?.acquire !== 'function' || typeof throttler.getRule !== 'function')
    throw invalidConfig('throttler', 'a throttler', throttler);
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, KNOWN, 'options of throttleClient');
  const { profile, calls, only, extra = 'charge', priority, maxWait, onError, version } = options;
  if (typeof calls !== 'object' || calls === null)
    throw invalidConfig('calls', 'a list of a client, or functions by names of methods', calls);
  const list = listOf(options);
  checkReaders(list?.calls ?? (calls as CallReaders));
  if (profile === undefined ? list !== undefined : typeof profile?.costs !== 'function')
    throw invalidConfig('profile', 'an ExchangeProfile', profile);
  if (extra !== 'charge' && extra !== 'ignore')
    throw invalidConfig('extra', 'charge or ignore', extra);
  const read = options.read ?? list?.read ?? 'http';
  if (read !== 'http' && read !== 'result' && typeof read !== 'function')
    throw invalidConfig('read', 'http, result or a function', read);
  const isBound = typeof maxWait === 'number' ? maxWait >= 0 : typeof maxWait === 'function';
  if (maxWait !== undefined && !isBound)
    throw invalidConfig('maxWait', 'a number of 0 or more, or a function', maxWait);
  if (version !== undefined && typeof version !== 'string')
    throw invalidConfig('version', 'a version such as 3.6.5', version);
  const renew = options.renew ?? list?.renew;
  const after = afterOf(profile?.costs);
  for (const [name, value] of Object.entries({ only, renew, onError })) {
    if (value !== undefined && typeof value !== 'function')
      throw invalidConfig(name, 'a function', value);
  }
  return {
    throttler,
    profile,
    only,
    read,
    extra,
    priority,
    maxWait,
    renew,
    costs: profile && ((call) => costOf(profile, call)),
    actual:
      after &&
      (({ method, path, params, exempt }, items) =>
        without(after(method, path, params, items), exempt)),
    reporter: new Reporter(throttler, {
      body: profile?.body,
      pauses: profile?.pauses ?? 'all',
      onError,
    }),
  };
}

function checkReaders(readers: CallReaders): void {
  for (const [method, reader] of Object.entries(readers)) {
    if (typeof reader !== 'function')
      throw invalidConfig(`calls.${method}`, 'a function of the arguments', reader);
  }
}

function costOf(profile: ClientProfile, { method, path, params, exempt }: Call): ThrottleCost {
  return without(profile.costs(method, path, params), exempt);
}

function without(cost: ThrottleCost, exempt: Call['exempt']): ThrottleCost {
  if (exempt === undefined || exempt.length === 0) return cost;
  // A copy, as a profile may return the same object for each call.
  return Object.fromEntries(Object.entries(cost).filter(([id]) => !exempt.includes(id)));
}
