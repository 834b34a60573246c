import { checkFields, type HeaderReader, invalidConfig, type Rule, type RulePatch } from '../index.js';
import { typeOf } from '../shared/binance-headers.js';
import type { BodyReader, PausedRules } from '../shared/verdict.js';
import { type AnswerReader, answerReader, type MessageReader } from './answers/message.js';
import { type CostFunction, type CostTable, costTable } from './costs/cost-table.js';
import { defaultJitter, type RateLimit, rulesFromExchangeInfo } from './costs/exchange-info.js';

/** What is to be different from a profile as it stands. */
export interface ProfileOptions {
  /** For all rules: how many milliseconds after its grant a request reaches the exchange at most. */
  readonly jitter?: number | undefined;
  /**
   * The tier of the account, where its limits go by one: `'intermediate'` at Kraken, `'vip1'` at Bybit. Its limits can be
   * changed by `limits` and `rules`.
   */
  readonly tier?: string | undefined;
  /**
   * Limits by rule id, for accounts of another tier. The refill rate of a bucket changes in the same proportion as its
   * capacity.
   */
  readonly limits?: { readonly [ruleId: string]: number } | undefined;
  /** Other fields of rules by their ids. */
  readonly rules?: { readonly [ruleId: string]: RulePatch } | undefined;
  /** The answer to a live `exchangeInfo`, whose limits replace those of the profile: Binance and Aster. */
  readonly exchangeInfo?: { readonly rateLimits: readonly RateLimit[] } | undefined;
}

/** What is known of an exchange: its limits, what requests cost, and how it tells what is used. */
export interface ExchangeProfile {
  /** Its own name: `'binanceSpot'`. */
  readonly name: string;
  /** For `new MultiThrottler(profile.rules, { headers: profile.headers })`. */
  readonly rules: readonly Rule[];
  /** What a request costs under these rules: `costs(method, path, params)`. */
  readonly costs: CostFunction;
  /** Reads what is used of them out of response headers. */
  readonly headers: HeaderReader;
  /** Reads refusals out of bodies, where the exchange refuses with status 200. */
  readonly body?: BodyReader | undefined;
  /**
   * Reads answers over a WebSocket, where the exchange takes orders that way. What it returns is for `report`, with the
   * permit of the request: `{ ...answer, permit }`.
   */
  readonly answer: AnswerReader;
  /** Which rules a refusal pauses. */
  readonly pauses: PausedRules;
  /**
   * The profile with other limits.
   *
   * @throws {InvalidConfigError} an option is not what it must be, or the profile has no such rule
   */
  with(options: ProfileOptions): ExchangeProfile;
}

/** A bucket of a tier. */
export interface TierBucket {
  readonly capacity: number;
  readonly refillRate: number;
}

/** What makes a profile. */
export interface ProfileSource {
  readonly name: string;
  /** The limits as rules; those without a jitter get the default one. */
  readonly rules: readonly Rule[];
  /** The cost table under these rules. */
  readonly costs: (rules: readonly Rule[]) => CostTable;
  /** The reader of usage headers under these rules. */
  readonly headers: (rules: readonly Rule[]) => HeaderReader;
  readonly body?: BodyReader;
  /** What answers over WebSockets amount to. Default: none does to anything. */
  readonly message?: MessageReader;
  /** Which rules a refusal pauses. Default: those of its request. */
  readonly pauses?: PausedRules;
  /** Limits by tiers of accounts: by rule id a limit, or for a bucket its capacity and what comes in in a millisecond. */
  readonly tiers?: { readonly [tier: string]: { readonly [ruleId: string]: number | TierBucket } };
  /** Whether its limits can be those of an `exchangeInfo` in Binance's format. */
  readonly exchangeInfo?: boolean;
}

/**
 * Makes a profile. Its source is passed as a function, so that a bundler sees that a profile which is
 * not used can be left out: a call within an argument might have an effect.
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
    headers: source.headers(rules),
    body,
    answer: answerReader(source.message, body, pauses),
    pauses,
    with: (options: ProfileOptions) => profileOf({ ...source, rules: changed(source, options) }),
  });
}

/** The rules of a profile with what the options change. */
function changed(source: ProfileSource, options: ProfileOptions): Rule[] {
  if (typeof options !== 'object' || options === null) throw invalidConfig('options', 'an object', options);
  checkFields(options, ['jitter', 'tier', 'limits', 'rules', 'exchangeInfo'], 'profile options');
  const { jitter, tier, limits = {}, rules = {}, exchangeInfo } = options;
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0)) {
    throw invalidConfig('jitter', 'a number of 0 or more', jitter);
  }
  if (exchangeInfo !== undefined && !source.exchangeInfo) {
    throw invalidConfig('exchangeInfo', `left out for ${source.name}, which has none`, exchangeInfo);
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
    const limited = Object.hasOwn(limits, rule.id) ? withLimit(rule, limits[rule.id] as number) : rule;
    const patched = Object.hasOwn(rules, rule.id) ? { ...limited, ...rules[rule.id] } : limited;
    return jitter === undefined || patched.algorithm === 'concurrency' ? patched : { ...patched, jitter };
  }) as Rule[];
}

/** The rules of a profile as they are for a tier. */
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

/** What an `exchangeInfo` tells, and the rules that none tells of. */
function withExchangeInfo(rules: readonly Rule[], exchangeInfo: NonNullable<ProfileOptions['exchangeInfo']>) {
  const told = rulesFromExchangeInfo(exchangeInfo?.rateLimits);
  if (!told.some(({ id }) => TOLD.includes(typeOf(id)))) {
    const types = told.map(({ id }) => id).join(', ');
    throw invalidConfig('exchangeInfo.rateLimits', `limits of a type among ${TOLD.join(', ')}`, types);
  }
  // Limits by account are those of orders.
  const scoped = told.map((rule) =>
    typeOf(rule.id) === 'ORDERS' ? { ...rule, scope: 'account' as const } : rule,
  );
  return [...scoped, ...rules.filter(({ id }) => !TOLD.includes(typeOf(id)))];
}

/** Types of limits that an `exchangeInfo` tells: all of them, so that one which it leaves out is none. */
const TOLD = ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS'];

function withLimit(rule: Rule, limit: number): Rule {
  if (!(typeof limit === 'number' && limit > 0 && limit <= Number.MAX_SAFE_INTEGER)) {
    throw invalidConfig(`limits[${JSON.stringify(rule.id)}]`, 'a number above 0', limit);
  }
  if (rule.algorithm !== 'token-bucket') return { ...rule, limit };
  return { ...rule, capacity: limit, refillRate: (rule.refillRate * limit) / rule.capacity };
}

function withDefaultJitter(rule: Rule): Rule {
  if (rule.algorithm === 'concurrency' || rule.jitter !== undefined) return { ...rule };
  // A bucket has no interval; the time in which it fills is next to it.
  const interval = rule.algorithm === 'token-bucket' ? rule.capacity / rule.refillRate : rule.interval;
  return { ...rule, jitter: defaultJitter(interval) };
}
