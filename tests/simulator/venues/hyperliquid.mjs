/**
 * Hyperliquid: weight by IP in any minute, and an allowance of actions by address that no time
 * refills. When that is used up, one action passes every 10 s, counted from the answer to the one
 * before. Cancels have twice the allowance. A refusal counts nowhere. There are no usage headers.
 *
 * @typedef {import('../../../ts/simulator/counters.mjs').Counter} Counter
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const LIGHT = ['l2Book', 'allMids', 'clearinghouseState', 'orderStatus'];
/**
 * Number of fills in the answer to a user. The user's name is that number.
 *
 * @param {{ get(name: string): string | undefined }} params
 */
const fillsOf = (params) => Number(params.get('user') ?? 100);

/**
 * The actions of an address since it exists. Cancels count with all others, up to a limit of their
 * own.
 *
 * @implements {Counter}
 */
class Allowance {
  #passed = Number.NEGATIVE_INFINITY;

  /**
   * @param {{ used: number }} address
   * @param {number} limit
   */
  constructor(address, limit) {
    this.address = address;
    this.limit = limit;
  }

  remaining() {
    return this.limit - this.address.used;
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  fits(now, cost) {
    // The answer to an accepted action takes about a second.
    return cost <= this.remaining() || now >= this.#passed + 11_000;
  }

  /**
   * @param {number} now
   * @param {number} cost
   * @param {boolean} accepted
   */
  add(now, cost, accepted) {
    if (!accepted) return;
    if (cost > this.remaining()) this.#passed = now;
    this.address.used += cost;
  }
}

/**
 * @param {number} [allowance] of actions
 * @param {number} [used] actions before the start
 */
export function hyperliquid(allowance = 10_000, used = 0) {
  const address = { used };
  const ip = (/** @type {number} */ cost) => ({
    id: 'IP',
    make: () => new SlidingLog(1200, 60_000),
    cost,
  });
  /** @param {any} action */
  const charge = ({ type, orders = [{}], cancels }) => {
    const count = cancels ? cancels.length : orders.length;
    const isCancel = type === 'cancel';
    const limit = isCancel ? Math.min(allowance + 100_000, 2 * allowance) : allowance;
    const id = isCancel ? 'cancels' : 'actions';
    return [
      ip(1 + Math.floor(count / 40)),
      { id, make: () => new Allowance(address, limit), cost: count },
    ];
  };
  return new Venue({
    charges: (endpoint, params) => {
      if (endpoint === 'POST /exchange') return charge(JSON.parse(params.get('action') ?? '{}'));
      const type = params.get('type') ?? '';
      if (type === 'userFills') return [ip(20 + Math.ceil(fillsOf(params) / 20))];
      return [ip(LIGHT.includes(type) ? 2 : 20)];
    },
    success: (_endpoint, params) =>
      params.get('type') === 'userRateLimit'
        ? { cumVlm: '0.0', nRequestsUsed: address.used, nRequestsCap: allowance }
        : params.get('type') === 'userFills'
          ? Array.from({ length: fillsOf(params) }, (_, tid) => ({
              coin: 'BTC',
              px: '50000',
              sz: '0.01',
              tid,
            }))
          : { status: 'ok', response: { type: 'default' } },
    refusal: ({ id }, _now, { address: of, limit }) =>
      id === 'IP'
        ? { status: 429, body: null }
        : {
            body: {
              status: 'err',
              response: `Too many cumulative requests sent (${of.used + 1} > ${limit}) for cumulative volume traded $0.`,
            },
          },
  });
}
