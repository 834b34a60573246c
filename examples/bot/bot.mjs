/**
 * A trading bot that sends market data, account and order requests as fast as its throttler allows.
 * It is given the throttler, so the same bot runs with one and without.
 *
 * @typedef {import('./mix.mjs').Kind} Kind
 * @typedef {'REQUEST_WEIGHT' | 'RAW_REQUESTS' | 'ORDERS'} RuleId
 * @typedef {{ [R in RuleId]: number }} PerRule
 *
 * @typedef {{ signal: AbortSignal, priority: 'critical' | 'normal' }} AcquireOptions
 *
 * @typedef {object} Throttler the part of a throttler that the bot uses
 * @property {(cost: { [ruleId: string]: number }, options: AcquireOptions) => Promise<any>} acquire
 * @property {(report: { status: number, headers: any, permit: any }) => void} report
 */

import { setMaxListeners } from 'node:events';
import { costOf } from './costs.mjs';
import { machine } from './machine.mjs';
import { KINDS, nextRequest } from './mix.mjs';

/** @type {readonly RuleId[]} */
export const RULE_IDS = ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'];

export class Bot {
  sent = 0;
  /** Longest wait for a grant, in ms. */
  longestWait = 0;
  /** @type {PerRule} number of waiting requests by rule */
  waiting = { REQUEST_WEIGHT: 0, RAW_REQUESTS: 0, ORDERS: 0 };
  /** @type {PerRule} total cost granted */
  granted = { REQUEST_WEIGHT: 0, RAW_REQUESTS: 0, ORDERS: 0 };

  /** @type {{ symbol: string, orderId: number }[]} */
  #placed = [];
  #stop = new AbortController();

  /**
   * @param {object} o
   * @param {string} o.url of the exchange
   * @param {{ ip: string, account: string }} o.as
   * @param {Throttler} o.throttler
   * @param {() => number} o.random
   * @param {{ [K in Kind]: number }} o.workers number of requests per kind that wait or are in
   *   flight
   * @param {(request: import('./mix.mjs').BotRequest) => { [ruleId: string]: number }} [o.costs]
   * @param {import('./machine.mjs').World} [o.world]
   */
  constructor({ url, as, throttler, random, workers, costs = costOf, world = machine }) {
    // Every waiting request listens to the signal.
    setMaxListeners(0, this.#stop.signal);
    this.as = as;
    this.throttler = throttler;
    this.random = random;
    this.workers = workers;
    this.costs = costs;
    this.clock = world.clock;
    this.client = world.connect(url, { 'X-Forwarded-For': as.ip, 'X-MBX-APIKEY': as.account });
  }

  /**
   * Works until `stop()`. Rejects if a request fails without a response, such as by a lost
   * connection.
   */
  async run() {
    const jobs = KINDS.flatMap((kind) =>
      Array.from({ length: this.workers[kind] }, () => this.#work(kind)),
    );
    try {
      await Promise.all(jobs);
    } finally {
      this.stop();
      await Promise.allSettled(jobs);
      this.client.close();
    }
  }

  stop() {
    this.#stop.abort();
  }

  get stopped() {
    return this.#stop.signal.aborted;
  }

  /** @param {Kind} kind */
  async #work(kind) {
    while (!this.stopped) {
      const request = nextRequest(kind, this.random, this.#placed);
      const permit = await this.#grant(
        this.costs(request),
        kind === 'orders' ? 'critical' : 'normal',
      );
      if (permit === undefined) return;
      this.sent += 1;
      try {
        const { status, headers, body } = await this.client.send(request);
        this.throttler.report({ status, headers, permit });
        this.#remember(request, status, body);
      } finally {
        permit.release();
      }
    }
  }

  /**
   * @param {{ [ruleId: string]: number }} costs
   * @param {'critical' | 'normal'} priority
   * @returns {Promise<any>} the permit; undefined if the bot was stopped
   */
  async #grant(costs, priority) {
    const needed = RULE_IDS.filter((id) => (costs[id] ?? 0) > 0);
    const from = this.clock.now();
    for (const id of needed) this.waiting[id] += 1;
    try {
      const permit = await this.throttler.acquire(costs, { signal: this.#stop.signal, priority });
      if (this.stopped) return undefined;
      for (const id of needed) this.granted[id] += costs[id] ?? 0;
      this.longestWait = Math.max(this.longestWait, this.clock.now() - from);
      return permit;
    } catch (error) {
      if (this.stopped) return undefined;
      throw error;
    } finally {
      for (const id of needed) this.waiting[id] -= 1;
    }
  }

  /**
   * @param {import('./mix.mjs').BotRequest} request
   * @param {number} status
   * @param {unknown} body
   */
  #remember({ endpoint, params }, status, body) {
    if (status !== 200 || endpoint !== 'POST /api/v3/order') return;
    const { orderId } = /** @type {{ orderId: number }} */ (body);
    this.#placed.push({ symbol: String(params.get('symbol')), orderId });
  }
}
