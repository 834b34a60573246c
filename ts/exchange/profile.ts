import {
  checkFields,
  type HeaderReader,
  invalidConfig,
  type ReportedUsage,
  type Rule,
  type RulePatch,
} from '../index.js';
import { typeOf } from '../shared/binance-headers.js';
import { marked, type ViewReader } from '../shared/header-view.js';
import type { BodyReader, PausedRules } from '../shared/verdict.js';
import type { AllowanceReader } from './answers/allowance.js';
import { type AnswerReader, answerReader, type MessageReader } from './answers/message.js';
import { type CostFunction, type CostTable, costTable } from './costs/cost-table.js';
import { defaultJitter, type RateLimit, rulesFromExchangeInfo } from './costs/exchange-info.js';

/** Changes to a profile, for another account or other limits. */
export interface ProfileOptions {
  /**
   * Jitter of all rules: the longest time in milliseconds from a grant to the arrival.
   *
   * @defaultValue 250, and at most a twentieth of a rule's interval; 1000 for Hyperliquid's `IP`
   * @example
   * binanceSpot.with({ jitter: 100 });
   */
  readonly jitter?: number | undefined;
  /**
   * Tier of the account, for exchanges with limits by tier: `'intermediate'` at Kraken, `'vip1'` at
   * Bybit. `limits` and `rules` change its limits further.
   *
   * @defaultValue a plain account
   * @example
   * kraken.with({ tier: 'pro' });
   */
  readonly tier?: string | undefined;
  /**
   * Limits by rule id. The refill rate of a bucket changes in proportion to its capacity.
   *
   * @defaultValue those of the profile
   * @example
   * binanceSpot.with({ limits: { REQUEST_WEIGHT: 1200 } });
   */
  readonly limits?: { readonly [ruleId: string]: number } | undefined;
  /**
   * Other fields of rules by their ids.
   *
   * @defaultValue those of the profile
   * @example
   * binanceSpot.with({ rules: { ORDERS: { jitter: 50 } } });
   */
  readonly rules?: { readonly [ruleId: string]: RulePatch } | undefined;
  /**
   * Live `exchangeInfo` of Binance or Aster, whose limits replace those of the profile.
   *
   * @defaultValue the limits of the profile
   * @example
   * const answer = await fetch('https://api.binance.com/api/v3/exchangeInfo');
   * binanceSpot.with({ exchangeInfo: await answer.json() });
   */
  readonly exchangeInfo?: { readonly rateLimits: readonly RateLimit[] } | undefined;
}

/**
 * Knowledge of an exchange: its limits, the costs of its requests, and the readers of its
 * responses.
 *
 * @example
 * const throttler = new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
 * await throttler.throttle(binanceSpot.costs('GET', '/api/v3/depth', { limit: 1000 }));
 */
export interface ExchangeProfile {
  /** Name of the profile's export, such as `'binanceSpot'`. */
  readonly name: string;
  /** Limits of the exchange. */
  readonly rules: readonly Rule[];
  /** Returns the costs of a request under these rules. */
  readonly costs: CostFunction;
  /** Reads the usage of these rules out of response headers. */
  readonly headers: HeaderReader;
  /** Reads refusals out of bodies, where the exchange refuses with status 200. */
  readonly body?: BodyReader | undefined;
  /**
   * Reads responses over a WebSocket, for exchanges that take orders that way. The result is for
   * `report`, with the permit of the request: `{ ...answer, permit }`.
   */
  readonly answer: AnswerReader;
  /**
   * Reads the allowance of an account out of the answer in which the exchange tells it, for
   * `syncAllowance`.
   */
  readonly allowance?: AllowanceReader | undefined;
  /** Rules that a refusal pauses. */
  readonly pauses: PausedRules;
  /**
   * Tiers of accounts that {@link ProfileOptions.tier} takes, in the order of the exchange; absent
   * where limits do not go by tier.
   */
  readonly tiers?: readonly string[] | undefined;
  /**
   * Returns the profile with other limits.
   *
   * @throws {InvalidConfigError} an option is invalid, or the profile has no such rule
   *
   * @example
   * const mine = binanceSpot.with({ jitter: 100, limits: { REQUEST_WEIGHT: 1200 } });
   */
  with(options: ProfileOptions): ExchangeProfile;
}

/** Token bucket of a tier. */
export interface TierBucket {
  readonly capacity: number;
  readonly refillRate: number;
}

/** Definition of a profile. */
export interface ProfileSource {
  readonly name: string;
  /** Limits as rules; a rule without a jitter gets the default one. */
  readonly rules: readonly Rule[];
  /** Returns the cost table under these rules. */
  readonly costs: (rules: readonly Rule[]) => CostTable;
  /** Returns the reader of usage headers under these rules. */
  readonly headers: (rules: readonly Rule[]) => ViewReader<ReportedUsage>;
  readonly body?: BodyReader;
  /**
   * Reader of responses over WebSockets.
   *
   * @defaultValue none is read
   */
  readonly message?: MessageReader;
  /**
   * Reader of the answer in which the exchange tells the allowance of an account.
   *
   * @defaultValue none is read
   */
  readonly allowance?: AllowanceReader;
  /**
   * Rules that a refusal pauses.
   *
   * @defaultValue `'charged'`
   */
  readonly pauses?: PausedRules;
  /** Limits by tier and rule id: a number, or for a bucket its capacity and refill rate. */
  readonly tiers?: { readonly [tier: string]: { readonly [ruleId: string]: number | TierBucket } };
  /** Whether the exchange has an `exchangeInfo` in Binance's format. */
  readonly exchangeInfo?: boolean;
}

/**
 * Makes a profile. Its source is passed as a function, so that a bundler sees that a profile which
 * is not used can be left out: a call within an argument might have an effect.
 */
export function profile(makeSource: () => ProfileSource): ExchangeProfile {
  return profileOf(makeSource());
}

function profileOf(source: ProfileSource): ExchangeProfile {
  const { body, pauses = 'charged' } = source;
  const rules = source.rules.map((rule) => Object.freeze(withDefaultJitter(rule)));
  return Object.freeze({
    name: source.name,
    rules: Object.freeze(rules),
    costs: costTable(source.costs(rules)),
    headers: marked(source.headers(rules)),
    body,
    answer: answerReader(source.message, body, pauses),
    allowance: source.allowance,
    pauses,
    tiers: source.tiers && Object.freeze(Object.keys(source.tiers)),
    with: (options: ProfileOptions) => profileOf({ ...source, rules: changed(source, options) }),
  });
}

/** Returns the rules of a profile with the changes of the options. */
function changed(source: ProfileSource, options: ProfileOptions): Rule[] {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, ['jitter', 'tier', 'limits', 'rules', 'exchangeInfo'], 'profile options');
  const { jitter, tier, limits = {}, rules = {}, exchangeInfo } = options;
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0)) {
    throw invalidConfig('jitter', 'a number of 0 or more', jitter);
  }
  if (exchangeInfo !== undefined && !source.exchangeInfo) {
    throw invalidConfig(
      'exchangeInfo',
      `left out for ${source.name}, which has none`,
      exchangeInfo,
    );
  }
  const ofTier = tier === undefined ? source.rules : atTier(source, tier);
  const base = exchangeInfo === undefined ? ofTier : withExchangeInfo(ofTier, exchangeInfo);
  const ids = base.map(({ id }) => id);
  for (const [field, byId] of Object.entries({ limits, rules })) {
    const unknown = Object.keys(byId).find((id) => !ids.includes(id));
    if (unknown !== undefined)
      throw invalidConfig(field, `an object with ids among ${ids.join(', ')}`, unknown);
  }
  return base.map((rule) => {
    const limited = Object.hasOwn(limits, rule.id)
      ? withLimit(rule, limits[rule.id] as number)
      : rule;
    const patched = Object.hasOwn(rules, rule.id) ? { ...limited, ...rules[rule.id] } : limited;
    return jitter === undefined || patched.algorithm === 'concurrency'
      ? patched
      : { ...patched, jitter };
  }) as Rule[];
}

/** Returns the rules of a profile for a tier. */
function atTier({ name, rules, tiers }: ProfileSource, tier: unknown): readonly Rule[] {
  if (!tiers) throw invalidConfig('tier', `left out for ${name}, whose limits go by none`, tier);
  if (typeof tier !== 'string' || !Object.hasOwn(tiers, tier)) {
    throw invalidConfig('tier', `one of ${Object.keys(tiers).join(', ')}`, tier);
  }
  const limits = tiers[tier] as NonNullable<ProfileSource['tiers']>[string];
  return rules.map((rule) => {
    const limit = Object.hasOwn(limits, rule.id) ? limits[rule.id] : undefined;
    if (limit === undefined) return rule;
    return typeof limit === 'number' ? withLimit(rule, limit) : ({ ...rule, ...limit } as Rule);
  });
}

/** Returns the rules of an `exchangeInfo`, and those of a profile that none has. */
function withExchangeInfo(
  rules: readonly Rule[],
  exchangeInfo: NonNullable<ProfileOptions['exchangeInfo']>,
) {
  const announced = rulesFromExchangeInfo(exchangeInfo?.rateLimits);
  if (!announced.some(({ id }) => ANNOUNCED.includes(typeOf(id)))) {
    const types = announced.map(({ id }) => id).join(', ');
    throw invalidConfig(
      'exchangeInfo.rateLimits',
      `limits of a type among ${ANNOUNCED.join(', ')}`,
      types,
    );
  }
  // Orders are counted by account, the rest by IP.
  const scoped = announced.map((rule) =>
    typeOf(rule.id) === 'ORDERS' ? { ...rule, scope: 'account' as const } : rule,
  );
  return [...scoped, ...rules.filter(({ id }) => !ANNOUNCED.includes(typeOf(id)))];
}

/** Types of limits in an `exchangeInfo`. It has all of them: one that it leaves out is no limit. */
const ANNOUNCED = ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS'];

function withLimit(rule: Rule, limit: number): Rule {
  if (!(typeof limit === 'number' && limit > 0 && limit <= Number.MAX_SAFE_INTEGER)) {
    throw invalidConfig(`limits[${JSON.stringify(rule.id)}]`, 'a number above 0', limit);
  }
  if (rule.algorithm === 'spacing') {
    const expected = 'left out for a rule of spacing, whose interval changes by `rules`';
    throw invalidConfig(`limits[${JSON.stringify(rule.id)}]`, expected, limit);
  }
  if (rule.algorithm !== 'token-bucket') return { ...rule, limit };
  return { ...rule, capacity: limit, refillRate: (rule.refillRate * limit) / rule.capacity };
}

function withDefaultJitter(rule: Rule): Rule {
  if (rule.algorithm === 'concurrency' || rule.jitter !== undefined) return { ...rule };
  // A bucket has no interval; the time in which it fills is nearest to one.
  const interval =
    rule.algorithm === 'token-bucket' ? rule.capacity / rule.refillRate : rule.interval;
  return { ...rule, jitter: defaultJitter(interval) };
}
