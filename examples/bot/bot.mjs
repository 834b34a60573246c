/**
 * A trading bot that sends market data, account and order requests as fast as its throttler lets it. It is given the
 * throttler, so the same bot runs with one and without.
 *
 * @typedef {import('./mix.mjs').Kind} Kind
 * @typedef {'REQUEST_WEIGHT' | 'RAW_REQUESTS' | 'ORDERS'} RuleId
 * @typedef {{ [R in RuleId]: number }} PerRule
 *
 * @typedef {object} Throttler what the bot needs of one
 * @property {(cost: { [ruleId: string]: number }, options: { signal: AbortSignal }) => Promise<void>} throttle
 */

import { setMaxListeners } from 'node:events';
import { Client } from './client.mjs';
import { costOf } from './costs.mjs';
import { KINDS, nextRequest } from './mix.mjs';

/** @type {readonly RuleId[]} */
export const RULE_IDS = ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'];

export class Bot {
  sent = 0;
  /** Longest time a request waited for its grant, ms. */
  longestWait = 0;
  /** @type {PerRule} requests that wait for a grant, by the rules they need */
  waiting = { REQUEST_WEIGHT: 0, RAW_REQUESTS: 0, ORDERS: 0 };
  /** @type {PerRule} total cost granted */
  granted = { REQUEST_WEIGHT: 0, RAW_REQUESTS: 0, ORDERS: 0 };

  /** @type {{ symbol: string, orderId: number }[]} */
  #placed = [];
  #stop = new AbortController();
  #pausedUntil = 0;

  /**
   * @param {object} o
   * @param {string} o.url of the exchange
   * @param {{ ip: string, account: string }} o.as
   * @param {Throttler} o.throttler
   * @param {() => number} o.random
   * @param {{ [K in Kind]: number }} o.workers how many requests of each kind it keeps waiting or under way
   * @param {boolean} o.obeysRetryAfter false: it goes on whatever the exchange says
   */
  constructor({ url, as, throttler, random, workers, obeysRetryAfter }) {
    // Each request that waits listens to it.
    setMaxListeners(0, this.#stop.signal);
    this.as = as;
    this.throttler = throttler;
    this.random = random;
    this.workers = workers;
    this.obeysRetryAfter = obeysRetryAfter;
    this.client = new Client(url, { 'X-Forwarded-For': as.ip, 'X-MBX-APIKEY': as.account });
  }

  /** Works until `stop()`. Rejects when a request fails for a reason that no exchange gives, such as a lost connection. */
  async run() {
    const jobs = KINDS.flatMap((kind) => Array.from({ length: this.workers[kind] }, () => this.#work(kind)));
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
      const { ifFailed, ...costs } = costOf(request.endpoint, request.params);
      await this.#mayGo(costs);
      if (this.stopped) return;
      this.sent += 1;
      const answer = await this.client.send(request);
      this.#learn(request, answer);
      // Paid before this worker sends again, so no more failures than workers are ever unpaid.
      if (answer.status === 400 && ifFailed > 0)
        await this.#grant({ REQUEST_WEIGHT: ifFailed, RAW_REQUESTS: 0, ORDERS: 0 });
    }
  }

  /**
   * Waits for the grant, and for the end of a pause. A grant that came during the pause is stale, since the throttler
   * takes a granted request to be sent at once, so it is asked for again.
   *
   * @param {PerRule} costs
   */
  async #mayGo(costs) {
    do {
      await this.#sleep(this.#pausedUntil - performance.now());
      await this.#grant(costs);
    } while (!this.stopped && performance.now() < this.#pausedUntil);
  }

  /** @param {number} ms cut short when the bot is stopped */
  #sleep(ms) {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      if (ms <= 0 || signal.aborted) return resolve(undefined);
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve(undefined);
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
    });
  }

  /** @param {PerRule} costs */
  async #grant(costs) {
    const needed = RULE_IDS.filter((id) => costs[id] > 0);
    const from = performance.now();
    for (const id of needed) this.waiting[id] += 1;
    try {
      const cost = Object.fromEntries(needed.map((id) => [id, costs[id]]));
      await this.throttler.throttle(cost, { signal: this.#stop.signal });
    } catch (error) {
      if (this.stopped) return;
      throw error;
    } finally {
      for (const id of needed) this.waiting[id] -= 1;
    }
    for (const id of needed) this.granted[id] += costs[id];
    this.longestWait = Math.max(this.longestWait, performance.now() - from);
  }

  /**
   * @param {import('./mix.mjs').BotRequest} request
   * @param {import('./client.mjs').Answer} answer
   */
  #learn({ endpoint, params }, { status, headers, body }) {
    if (status === 429 || status === 418) {
      if (!this.obeysRetryAfter) return;
      const seconds = Number(headers['retry-after'] ?? 60);
      this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + seconds * 1000);
    } else if (status === 200 && endpoint === 'POST /api/v3/order') {
      const { orderId } = /** @type {{ orderId: number }} */ (body);
      this.#placed.push({ symbol: String(params.get('symbol')), orderId });
    }
  }
}
