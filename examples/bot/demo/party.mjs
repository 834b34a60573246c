/**
 * A bot in the demo, with the exchange's counts for it. Usage and numbers of accepted, refused and
 * banned requests come from the exchange and not from the bot, so they are the server's truth.
 */

import { RULE_IDS } from '../bot.mjs';

/**
 * @typedef {import('../bot.mjs').RuleId} RuleId
 * @typedef {import('../../../tests/simulator/venues/binance/rate-limiter.mjs').RateLimiter}
 *   RateLimiter
 * @typedef {{ rule: RuleId, used: number, limit: number, waiting: number, perSecond: number }}
 *   Usage
 */

export class Party {
  /** @type {{ at: number, granted: import('../bot.mjs').PerRule }[]} */
  #samples = [];

  /**
   * @param {object} o
   * @param {string} o.title
   * @param {boolean} o.throttled
   * @param {import('../bot.mjs').Bot} o.bot
   * @param {RateLimiter} o.limiter of the exchange
   */
  constructor({ title, throttled, bot, limiter }) {
    this.title = title;
    this.throttled = throttled;
    this.bot = bot;
    this.limiter = limiter;
  }

  get record() {
    return this.limiter.record(this.bot.as.ip);
  }

  /**
   * Usage of each limit now. Rates are over the last second, or since the last call if that is
   * longer ago.
   *
   * @param {number} now Unix ms
   * @returns {Usage[]}
   */
  usage(now) {
    this.#samples.push({ at: now, granted: { ...this.bot.granted } });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) <= now - 1000)
      this.#samples.shift();
    const [from = { at: now, granted: this.bot.granted }] = this.#samples;
    const passed = Math.max(1, now - from.at) / 1000;
    return this.#limits().map(({ rule, limit, counter }) => {
      const perSecond = (this.bot.granted[rule] - from.granted[rule]) / passed;
      return { rule, limit, used: counter.used(now), waiting: this.bot.waiting[rule], perSecond };
    });
  }

  /**
   * The used share of each limit, over whole windows. Limits without a whole window are left out.
   *
   * @param {{ from: number, to: number }} span Unix ms
   */
  shares({ from, to }) {
    return this.#limits()
      .map(({ rule, counter }) => ({ rule, ...counter.wholeWindows(from, to) }))
      .filter(({ windows }) => windows > 0)
      .map(({ rule, windows, accepted, possible }) => ({
        rule,
        windows,
        share: accepted / possible,
      }));
  }

  #limits() {
    return RULE_IDS.flatMap((rule) => {
      const limit = this.limiter.limits.find(({ rateLimitType }) => rateLimitType === rule);
      return limit
        ? [{ rule, limit: limit.limit, counter: this.limiter.counter(limit, this.bot.as) }]
        : [];
    });
  }
}
