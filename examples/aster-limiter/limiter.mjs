// A rate limiter for bots on Aster's futures: the one of the "Rate Limiter Enhancement Guide",
// made of parts of multi-throttler. docs/guides/aster-limiter.md explains it.

import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { throttledFetch } from 'multi-throttler/exchange';
import { Callbacks } from './callbacks.mjs';
import { Modes } from './modes.mjs';
import { priorityOf } from './priority.mjs';
import { settingsOf } from './settings.mjs';
import { factorOf, SPACE } from './slow-down.mjs';
import { Traffic } from './traffic.mjs';

/**
 * @typedef {import('multi-throttler').Permit} Permit
 * @typedef {import('multi-throttler').Priority} Priority
 * @typedef {import('multi-throttler').Report} Report
 * @typedef {import('multi-throttler').ThrottleCost} ThrottleCost
 * @typedef {import('multi-throttler').ThrottleOptions} ThrottleOptions
 *
 * @typedef {object} Asked a request, as its callbacks name it
 * @property {string} method
 * @property {string} endpoint
 * @property {Priority} priority
 */

/** The rule that spaces requests. */
const PACE = 'PACE';

const MINUTE = 60_000;

export class AsterLimiter {
  /** The throttler behind it, with all else that it can do. */
  throttler;
  /**
   * `fetch`, delayed: waits for the grant in the class of the request, sends, and reports the
   * response. The class follows from the request; {@link fetchAs} sets another one.
   */
  fetch;

  #settings;
  #clock;
  #modes;
  #traffic;
  #callbacks = new Callbacks();
  /** The requests that costs were asked for; the costs of a request are one object. */
  #asked = /** @type {WeakMap<ThrottleCost, Asked>} */ (new WeakMap());
  #bannedUntil = 0;
  #counts = { queued: 0, weight: 0, refusals: 0, delayed: 0, missed: 0 };

  /** @param {import('./settings.mjs').Options} [options] */
  constructor(options = {}) {
    const settings = settingsOf(options);
    const { profile, modes, queues, clock } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.throttler = new MultiThrottler(
      [...profile.rules, rollingWindow({ id: PACE, limit: 1, interval: SPACE })],
      { modes, maxCapacity: queues, headers: profile.headers, clock: options.clock },
    );
    this.#modes = new Modes(this.throttler, clock, (mode, change) =>
      this.#callbacks.emit(`${mode}_mode`, change),
    );
    this.#traffic = new Traffic(MINUTE, () => clock.now());
    this.throttler.on('threshold', ({ rule, level, utilization }) => {
      if (rule !== PACE) this.#callbacks.emit('usage', { rule, level, utilization });
    });
    this.fetch = this.fetchAs(undefined);
  }

  /**
   * Returns a `fetch` whose requests are all of one class.
   *
   * @param {Priority | undefined} priority
   */
  fetchAs(priority) {
    const { fetch, prepare, retries, profile } = this.#settings;
    const { body, pauses } = profile;
    return throttledFetch(this, {
      costs: (request, content) => this.costOf(request.method, request.url, content, priority),
      body,
      pauses,
      fetch,
      prepare,
      retries,
    });
  }

  /**
   * Returns the cost of a request, for {@link acquire} and {@link estimateWait}.
   *
   * @param {string} method
   * @param {string} url or its path
   * @param {string | URLSearchParams | Record<string, string | number>} [params] beside its query
   * @param {Priority} [priority] by default that of the request
   * @returns {ThrottleCost}
   */
  costOf(method, url, params, priority) {
    const { pathname, searchParams } = new URL(url, 'https://fapi.asterdex.com');
    const query = new URLSearchParams(searchParams);
    const given = typeof params === 'object' && !(params instanceof URLSearchParams);
    const more = new URLSearchParams(given ? texts(params) : params);
    for (const [name, value] of more) query.set(name, value);
    const asked = {
      method,
      endpoint: pathname,
      priority: priority ?? priorityOf(method, pathname, query),
    };
    const cost = this.#settings.profile.costs(method, url, params);
    this.#asked.set(cost, asked);
    return cost;
  }

  /**
   * Waits for the grant of a request that the program sends itself: `costOf`, `acquire`, send,
   * `report` with the permit, release the permit.
   *
   * @param {ThrottleCost} cost of {@link costOf}
   * @param {ThrottleOptions} [options]
   * @returns {Promise<Permit>}
   */
  async acquire(cost, options) {
    const asked = this.#asked.get(cost);
    const given = options?.priority ?? asked?.priority ?? 'normal';
    const priority = typeof given === 'object' ? (given.class ?? 'normal') : given;
    const maxWait = options?.maxWait ?? this.#settings.maxWait[priority];
    const weight = cost.REQUEST_WEIGHT ?? 0;
    const { method, endpoint } = asked ?? {};
    const paced = this.#paced(cost, priority);
    const before = this.throttler.getQueueLength(priority);
    const granting = this.throttler.acquire(paced, { ...options, priority: given, maxWait });
    const size = this.throttler.getQueueLength(priority);
    if (size > before) {
      this.#counts.queued += 1;
      this.#callbacks.emit('queue', { method, endpoint, priority, size });
    }
    try {
      const permit = await granting;
      this.#counts.weight += weight;
      if (paced !== cost) this.#counts.delayed += 1;
      this.#callbacks.emit('request', {
        method,
        endpoint,
        priority,
        weight,
        waited: permit.waited,
      });
      this.#watchTraffic();
      return permit;
    } catch (error) {
      const { code } = /** @type {{ code?: string }} */ (error);
      if (code === 'QUEUE_OVERFLOW' || code === 'WAIT_TIMEOUT') {
        if (priority === 'critical') this.#counts.missed += 1;
        this.#callbacks.emit('dropped', { method, endpoint, priority, code });
      }
      throw error;
    }
  }

  /**
   * Reports a response: usage headers, refusals (429) and bans (418). After a refusal the normal
   * mode is in force, as a larger part of the limit would lead to a ban.
   *
   * @param {Report} report
   */
  report(report) {
    this.throttler.report(report);
    const { status } = report;
    if (status !== 429 && status !== 418) return;
    if (status === 429) this.#counts.refusals += 1;
    const { pausedUntil } = this.throttler.getStats();
    if (status === 418) this.#bannedUntil = pausedUntil ?? 0;
    this.#modes.disable('burst', 'liquidation');
    this.#callbacks.emit('refused', { status, pausedUntil });
  }

  /**
   * Returns how many milliseconds a request would wait now: 0 if it would be granted at once.
   *
   * @param {string} method
   * @param {string} url
   * @param {Record<string, string | number>} [params]
   * @param {Priority} [priority]
   */
  estimateWait(method, url, params, priority) {
    const cost = this.costOf(method, url, params, priority);
    const { priority: asked = 'normal' } = this.#asked.get(cost) ?? {};
    return this.throttler.estimateWait(this.#paced(cost, asked), { priority: asked });
  }

  /** @param {number} [ms] duration; a later end that the mode has already is kept */
  enableBurstMode(ms = 300_000) {
    this.#modes.enable('burst', ms);
  }

  disableBurstMode() {
    this.#modes.disable('burst');
  }

  /** @param {number} [ms] duration; a later end that the mode has already is kept */
  enableLiquidationMode(ms = 300_000) {
    this.#modes.enable('liquidation', ms);
  }

  disableLiquidationMode() {
    this.#modes.disable('liquidation');
  }

  /**
   * The factor of the slow-down, from 0 to 2. Requests that are not critical are 100 ms times the
   * factor apart.
   */
  get throttleFactor() {
    const { [PACE]: _, ...limits } = this.throttler.getStatus();
    return factorOf(Object.values(limits));
  }

  /**
   * Calls `callback` with each event: `request`, `queue`, `dropped`, `refused`, `usage` at 75, 90
   * and 100 % of a limit, `burst_mode` and `liquidation_mode`.
   *
   * @param {import('./callbacks.mjs').Callback} callback
   * @returns {() => void} removes it
   */
  addMonitorCallback(callback) {
    return this.#callbacks.add(callback);
  }

  /** Returns the statistics of the guide's `get_stats`, in camelCase. */
  getStats() {
    const stats = this.throttler.getStats();
    const status = this.throttler.getStatus();
    const used = (/** @type {string} */ id) =>
      (status[id]?.capacity ?? 0) - (status[id]?.tokens ?? 0);
    const { queued, weight, refusals, delayed, missed } = this.#counts;
    const { activations } = this.#modes;
    return {
      currentUsagePct: 100 * (status.REQUEST_WEIGHT?.utilization ?? 0),
      peakUsagePct: 100 * (stats.peakUtilization.REQUEST_WEIGHT ?? 0),
      currentWeight: used('REQUEST_WEIGHT'),
      weightLimit: status.REQUEST_WEIGHT?.capacity ?? 0,
      currentOrders: used('ORDERS'),
      orderLimit: status.ORDERS?.capacity ?? 0,
      burstMode: this.#modes.isOn('burst'),
      liquidationMode: this.#modes.isOn('liquidation'),
      banned: this.#clock.wallNow() < this.#bannedUntil,
      throttleFactor: this.throttleFactor,
      queueSizes: stats.waiting,
      recentRequests: this.#traffic.within(MINUTE),
      consecutive429s: stats.consecutive429,
      requestsSent: stats.granted,
      requestsQueued: queued,
      requestsDropped: (stats.rejected.QUEUE_OVERFLOW ?? 0) + (stats.rejected.WAIT_TIMEOUT ?? 0),
      missedCriticalRequests: missed,
      weightUsed: weight,
      received429: refusals,
      throttleDelays: delayed,
      burstModeActivations: activations.burst,
      liquidationModeActivations: activations.liquidation,
    };
  }

  /** Ends it: requests that wait reject. */
  close() {
    this.#modes.close();
    this.throttler.close();
  }

  /**
   * Returns the cost with that of the slow-down, if there is one for the class now.
   *
   * @param {ThrottleCost} cost
   * @param {Priority} priority
   */
  #paced(cost, priority) {
    const factor = this.#settings.slowDown && priority !== 'critical' ? this.throttleFactor : 0;
    if (factor === 0) return cost;
    this.throttler.updateRule(PACE, { interval: SPACE * factor });
    return { ...cost, [PACE]: 1 };
  }

  /** Switches the burst mode on if the traffic is high and the server refuses nothing. */
  #watchTraffic() {
    this.#traffic.add();
    const { traffic } = this.#settings;
    if (traffic === false || this.#modes.isOn('burst')) return;
    const { requests, within, duration } = traffic;
    if (this.#traffic.within(within) <= requests) return;
    if (this.throttler.getStats().consecutive429 > 0) return;
    this.#modes.enable('burst', duration);
  }
}

/** @param {Record<string, string | number>} params */
function texts(params) {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, `${value}`]));
}
