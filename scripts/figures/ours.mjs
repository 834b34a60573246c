// The cost that we charge for a request, by the profile and by the adapter for ccxt. No request is
// sent.

import { MultiThrottler } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { profiles } from './profiles.mjs';
import { exchangeOf } from './sources/ccxt.mjs';

/** @typedef {import('./types.ts').Figure} Figure */
/** @typedef {import('./types.ts').Ours} Ours */

/** Ends a call as soon as its cost is known. */
class Asked extends Error {}

/** Records costs and rules, and never grants. */
class AskingThrottler extends MultiThrottler {
  /** @type {Record<string, number>} */
  asked = {};
  /** @type {Map<string, import('multi-throttler').Rule>} */
  ruleById = new Map();

  /**
   * @override
   * @param {import('multi-throttler').Rule} rule
   */
  addRule(rule) {
    this.ruleById.set(rule.id, rule);
    super.addRule(rule);
  }

  /**
   * @override
   * @param {Record<string, number>} cost
   * @returns {Promise<never>}
   */
  async acquire(cost) {
    this.asked = cost;
    throw new Asked();
  }
}

/**
 * @typedef {{ throttler: AskingThrottler, call: (...args: unknown[]) => Promise<unknown> }} Adapter
 */

/** @type {Map<string, Adapter>} */
const attached = new Map();

/** @param {string} id */
function adapterOf(id) {
  const known = attached.get(id);
  if (known) return known;
  const throttler = new AskingThrottler([]);
  const live = exchangeOf(id);
  attachThrottler(live, { throttler });
  const made = { throttler, call: (/** @type {unknown[]} */ ...args) => live.fetch2(...args) };
  attached.set(id, made);
  return made;
}

/**
 * The charges of the profile and, for an endpoint of ccxt, of the adapter.
 * @param {Figure} figure
 * @returns {Promise<Ours[]>}
 */
export async function oursOf({ profile: name, endpoint, params, call }) {
  /** @type {Ours[]} */
  const ours = [];
  const profile = profiles[name];
  const [method = '', path = ''] = endpoint.split(' ');
  const ofRule = /^LIMIT (.+)$/.exec(endpoint)?.[1];
  if (profile && ofRule !== undefined)
    return [described('profile', { [ofRule]: 1 }, profile.rules, false)];
  if (profile) {
    const cost = profile.costs(method, path, params);
    const isKnown = profile.costs.has(method, path);
    ours.push(described('profile', cost, profile.rules, !isKnown));
  }
  if (call) {
    const { throttler, call: send } = adapterOf(call.id);
    throttler.asked = {};
    const group = Array.isArray(call.api) && call.api.length === 1 ? call.api[0] : call.api;
    await send(call.path, group, method, params, undefined, undefined, call.config).catch(
      (/** @type {unknown} */ error) => {
        if (!(error instanceof Asked)) throw error;
      },
    );
    ours.push(described('adapter', throttler.asked, [...throttler.ruleById.values()], false));
  }
  return ours;
}

/**
 * @param {Ours['by']} by
 * @param {Record<string, number>} cost
 * @param {readonly import('multi-throttler').Rule[]} rules
 * @param {boolean} unknown
 * @returns {Ours}
 */
function described(by, cost, rules, unknown) {
  const charges = Object.entries(cost)
    .filter(([, amount]) => amount > 0)
    .map(([id, amount]) => {
      const rule = rules.find(({ id: one }) => one === id) ?? familyOf(id, rules);
      if (!rule) throw new Error(`${by}: ${id} is no rule`);
      return { rule: id, pool: poolOf(id, rule), cost: amount, ...windowOf(rule) };
    });
  const text = charges.map(({ rule, cost: amount }) => `${rule} ${amount}`).join(', ');
  return { by, text: text || 'nothing', charges, unknown };
}

/**
 * @param {string} id
 * @param {readonly import('multi-throttler').Rule[]} rules
 */
function familyOf(id, rules) {
  return rules
    .filter((rule) => rule.id.endsWith('*') && id.startsWith(rule.id.slice(0, -1)))
    .sort((a, b) => b.id.length - a.id.length)[0];
}

/** @param {import('multi-throttler').Rule} rule */
function windowOf(rule) {
  if ('interval' in rule) {
    return { limit: 'limit' in rule ? rule.limit : 1, interval: rule.interval };
  }
  if ('refillRate' in rule)
    return { limit: rule.capacity, interval: rule.capacity / rule.refillRate };
  throw new Error(`${rule.id} has no time`);
}

/**
 * The name of a rule in the sources.
 * @param {string} id
 * @param {import('multi-throttler').Rule} rule
 */
function poolOf(id, rule) {
  const bare = id.replace(/^(api|fapi|eapi|papi|sapi|spot):/, '');
  if (bare === 'REQUEST_WEIGHT') return 'IP';
  if (/^ORDERS(_|$)/.test(bare)) {
    const { interval } = windowOf(rule);
    return { 10000: 'ORDERS_10S', 60000: 'ORDERS_1M', 86400000: 'ORDERS_1D' }[interval] ?? bare;
  }
  return /^(IP|UID|10\/s|1\/min):/.exec(bare)?.[1] ?? bare;
}
