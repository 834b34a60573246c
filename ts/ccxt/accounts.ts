import {
  type AnyRule,
  type HeaderReader,
  invalidConfig,
  type ThrottleCost,
  type Throttler,
} from '../index.js';
import { type Allowances, setAllowances } from '../shared/allowance.js';
import type { CcxtExchange } from './types.js';

/** The fields of ccxt that tell accounts apart: the first of them that is set does. */
const CREDENTIALS = ['apiKey', 'walletAddress', 'login', 'token', 'uid', 'accountId'];

/** The accounts that one throttler serves, by the suffixes of their rules. */
class Served {
  readonly suffixes = new Set<string>();
  readonly #byCredentials = new Map<string, string>();

  /** Returns the suffix of an account: none for the first one, `@2` for the second. */
  suffixOf(credentials: string): string {
    const suffix = this.#byCredentials.get(credentials) ?? this.#next();
    this.add(suffix, credentials);
    return suffix;
  }

  add(suffix: string, credentials: string | undefined): void {
    this.suffixes.add(suffix);
    if (credentials !== undefined) this.#byCredentials.set(credentials, suffix);
  }

  #next(): string {
    let number = 1;
    const suffix = () => (number === 1 ? '' : `@${number}`);
    while (this.suffixes.has(suffix())) number += 1;
    return suffix();
  }
}

const served = new WeakMap<Throttler, Served>();

function servedBy(throttler: Throttler): Served {
  const accounts = served.get(throttler) ?? new Served();
  served.set(throttler, accounts);
  return accounts;
}

/** The accounts of one exchange: mostly one, but credentials can be set later, and changed. */
export class Accounts {
  readonly #exchange: CcxtExchange;
  readonly #name: string | undefined;
  readonly #account: (suffix: string) => Account;
  readonly #throttler: Throttler;
  readonly #bySuffix = new Map<string, Account>();

  /** @param name given by the user; else accounts are told apart by their credentials */
  constructor(
    exchange: CcxtExchange,
    name: string | undefined,
    throttler: Throttler,
    account: (suffix: string) => Account,
  ) {
    this.#exchange = exchange;
    this.#name = name;
    this.#throttler = throttler;
    this.#account = account;
  }

  /** The account that the exchange has now. */
  current(): Account {
    return this.#of(this.#suffix());
  }

  /** The account of requests that are not signed, which no server counts by account. */
  anonymous(): Account {
    return this.#of('');
  }

  #of(suffix: string): Account {
    const account = this.#bySuffix.get(suffix) ?? this.#account(suffix);
    this.#bySuffix.set(suffix, account);
    return account;
  }

  #suffix(): string {
    const accounts = servedBy(this.#throttler);
    const fields = this.#exchange as unknown as { readonly [field: string]: unknown };
    const field = CREDENTIALS.find((name) => fields[name]);
    const credentials = field && `${field}:${String(fields[field])}`;
    if (this.#name === undefined)
      return credentials === undefined ? '' : accounts.suffixOf(credentials);
    const suffix = `@${this.#name}`;
    accounts.add(suffix, credentials);
    return suffix;
  }
}

/** The ids that rules have for all accounts of a throttler. */
export function idsOfAll(throttler: Throttler, ruleIds: readonly string[]): string[] {
  const suffixes = new Set(['', ...servedBy(throttler).suffixes]);
  return ruleIds.flatMap((id) => [...suffixes].map((suffix) => id + suffix));
}

/**
 * The rules of one account under a throttler that may serve several from one address.
 *
 * Rules of the scope `'ip'` are shared by all. Rules of the scope `'account'` have their plain ids
 * for the first account; each further account has rules of its own: `ORDERS@2`, or `ORDERS@name`
 * for an account that has a name. Ids of families need no rule, as `20/2s:x@2` is a member too.
 */
export class Account {
  readonly #throttler: Throttler;
  readonly #suffix: string;
  readonly #rules: readonly AnyRule[];
  readonly #preferred: boolean;
  readonly #added = new Set<string>();

  /**
   * @param rules of the profile
   * @param preferred whether the limits are those of the profile, also where the throttler has
   *   others for its first account
   */
  constructor(throttler: Throttler, suffix: string, rules: readonly AnyRule[], preferred: boolean) {
    this.#throttler = throttler;
    this.#suffix = suffix;
    this.#rules = rules;
    this.#preferred = preferred;
  }

  /** Returns the id that a rule has for this account. */
  idOf(ruleId: string): string {
    return this.#suffix !== '' && this.scopeOf(ruleId) === 'account'
      ? ruleId + this.#suffix
      : ruleId;
  }

  /** Returns whose requests a rule counts. */
  scopeOf(ruleId: string): 'ip' | 'account' {
    return this.#throttler.getRule(ruleId)?.scope ?? ruleIn(this.#rules, ruleId)?.scope ?? 'ip';
  }

  /** Returns the cost of a request under the rules of this account; missing rules are added. */
  costOf(cost: ThrottleCost): ThrottleCost {
    if (this.#suffix === '') return cost;
    const entries = Object.entries(cost).map(([id, amount]) => [this.#ensured(id), amount]);
    return Object.fromEntries(entries);
  }

  /**
   * Adds the rules of the profile that the throttler does not have.
   *
   * @throws {InvalidConfigError} others share its rules, and one is missing
   */
  addRules(): void {
    for (const rule of this.#rules) {
      if (rule.id.endsWith('*') || this.idOf(rule.id) === rule.id) {
        if (!hasRule(this.#throttler, rule.id)) this.#add(rule);
      } else {
        this.#ensured(rule.id);
      }
    }
  }

  /**
   * Sets the limits and the usage of rules, by their plain ids; missing rules are added.
   *
   * @param fail is called if a throttler that is shared says later that it could not
   */
  setAllowances(allowances: Allowances, fail: (error: unknown) => void): void {
    const own = Object.entries(allowances).map(([id, allowance]) => [this.#ensured(id), allowance]);
    setAllowances(this.#throttler, Object.fromEntries(own), fail);
  }

  /**
   * Returns a reader of usage headers that applies to this account what they tell; undefined where
   * the reader of the throttler does.
   *
   * @param charged the plain ids of the rules that the request was charged under
   */
  readerOf(charged: readonly string[] | undefined): HeaderReader | undefined {
    const { reader } = this.#throttler;
    if (this.#suffix === '' || reader === undefined) return undefined;
    return (headers, status) =>
      reader(headers, status, charged).map((usage) => ({ ...usage, rule: this.idOf(usage.rule) }));
  }

  /** Returns the id that a rule has for this account, for which a rule is added once. */
  #ensured(ruleId: string): string {
    const own = this.idOf(ruleId);
    if (own === ruleId || this.#added.has(own)) return own;
    const ofProfile = ruleIn(this.#rules, ruleId);
    const ofThrottler = this.#throttler.getRule(ruleId);
    const rule = this.#preferred ? (ofProfile ?? ofThrottler) : (ofThrottler ?? ofProfile);
    // A member of a family needs a rule only where its limit is another.
    const isThere =
      hasRule(this.#throttler, own) && (!rule?.id.endsWith('*') || rule === ofThrottler);
    if (rule && !isThere) this.#add({ ...rule, id: own, scope: 'account' });
    this.#added.add(own);
    return own;
  }

  /** @throws {InvalidConfigError} others share the rules */
  #add(rule: AnyRule): void {
    const throttler = this.#throttler;
    // Added by each of them, it would begin again with each.
    if (throttler.isShared === true)
      throw invalidConfig('throttler', `one with a rule ${rule.id}, as its rules are shared`, {});
    void throttler.addRule(rule);
  }
}

/** Whether the throttler has a rule of this id, or a family that includes it. */
export function hasRule(throttler: Throttler, id: string): boolean {
  return throttler.getRule(id) !== undefined;
}

/** The rule of an id, or the family with the longest prefix that includes it. */
function ruleIn(rules: readonly AnyRule[], id: string): AnyRule | undefined {
  const families = rules.filter(
    (rule) => rule.id.endsWith('*') && id.startsWith(rule.id.slice(0, -1)),
  );
  return (
    rules.find((rule) => rule.id === id) ?? families.sort((a, b) => b.id.length - a.id.length)[0]
  );
}
