import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Bot } from '../../examples/bot/bot.mjs';
import { costOf, DEAREST } from '../../examples/bot/costs.mjs';
import { KINDS, nextRequest } from '../../examples/bot/mix.mjs';
import { seededRandom } from '../../examples/bot/random.mjs';
import { startExchange } from './binance.mjs';
import { ENDPOINTS } from './endpoints.mjs';
import { BINANCE_SPOT_LIMITS } from './limits.mjs';

const AS = { ip: '203.0.113.1', account: 'key' };
const ONE_EACH = { market: 1, account: 1, orders: 1 };

/**
 * @param {number} seed
 * @param {number} length
 */
function requests(seed, length) {
  const random = seededRandom(seed);
  /** @type {{ symbol: string, orderId: number }[]} */
  const placed = [];
  return Array.from({ length }, (_, i) => {
    const request = nextRequest(KINDS[i % KINDS.length] ?? 'market', random, placed);
    if (request.endpoint === 'POST /api/v3/order') placed.push({ symbol: 'BTCUSDT', orderId: i });
    return request;
  });
}

describe('the mix', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(requests(1, 300), requests(1, 300));
    assert.notDeepEqual(requests(1, 300), requests(2, 300));
  });

  it('costs what the exchange counts, never more than the dearest, and is never malformed', () => {
    const seen = new Set();
    for (const { endpoint, params } of requests(1, 5000)) {
      const served = ENDPOINTS[endpoint];
      assert.ok(served, endpoint);
      const text = new Map([...params].map(([name, value]) => [name, String(value)]));
      const weight = typeof served.weight === 'number' ? served.weight : served.weight(text);
      const cost = costOf(endpoint, params);
      assert.equal(cost.REQUEST_WEIGHT, served.weightIfDone ?? weight, endpoint);
      assert.equal(
        cost.ifFailed,
        served.weightIfDone === undefined ? 0 : weight - served.weightIfDone,
        endpoint,
      );
      assert.equal(cost.ORDERS, served.orders ?? 0, endpoint);
      assert.ok(cost.REQUEST_WEIGHT <= DEAREST.REQUEST_WEIGHT && cost.ORDERS <= DEAREST.ORDERS);
      assert.equal(served.check?.(text), undefined, endpoint);
      seen.add(`${endpoint} ${cost.REQUEST_WEIGHT}`);
    }
    assert.equal(seen.size, 13, 'all of the mix was drawn');
  });
});

describe('the bot', () => {
  /** @type {Awaited<ReturnType<typeof startExchange>>[]} */
  const open = [];
  afterEach(() => Promise.all(open.splice(0).map((exchange) => exchange.close())));

  /** @param {import('./binance.mjs').ExchangeOptions} o */
  async function start(o) {
    const exchange = await startExchange({ delay: [0, 0], now: () => Date.UTC(2026, 0, 1), ...o });
    open.push(exchange);
    return exchange;
  }

  /**
   * Grants the first `grants` requests and stops the bot at the next.
   *
   * @param {number} grants
   */
  function limited(grants) {
    const asked = /** @type {Record<string, number>[]} */ ([]);
    const throttler = {
      asked,
      /** @type {Bot | undefined} */
      bot: undefined,
      /** @param {Record<string, number>} cost */
      async throttle(cost) {
        if (asked.length >= grants) throttler.bot?.stop();
        else asked.push(cost);
      },
    };
    return throttler;
  }

  it('pays beforehand for all that the exchange counts, afterwards for orders that failed', async () => {
    // Every order is filled before its cancel arrives, so every cancel fails.
    const limits = BINANCE_SPOT_LIMITS.map((limit) => ({ ...limit, limit: 10_000 }));
    const { url, limiter } = await start({ limits, fillChance: 1 });
    const throttler = limited(400);
    const workers = { market: 0, account: 0, orders: 1 };
    const bot = new Bot({ url, as: AS, throttler, random: seededRandom(1), workers, obeysRetryAfter: true });
    throttler.bot = bot;
    await bot.run();

    const paid = (/** @type {string} */ rule) =>
      throttler.asked.reduce((sum, cost) => sum + (cost[rule] ?? 0), 0);
    for (const limit of limiter.limits) {
      // The last order may have failed when the bot was stopped, unpaid.
      const unpaid = limiter.counter(limit, AS).used(Date.UTC(2026, 0, 1)) - paid(limit.rateLimitType);
      assert.ok(unpaid === 0 || (unpaid === 1 && limit.rateLimitType === 'REQUEST_WEIGHT'), `${unpaid}`);
    }
    assert.ok(paid('REQUEST_WEIGHT') > 50, 'many cancels failed');
    assert.equal(bot.sent, limiter.record(AS.ip).accepted + limiter.record(AS.ip).refused);
  });

  it('stops sending for as long as Retry-After says, and can be stopped meanwhile', async () => {
    const limits = /** @type {const} */ ([
      { rateLimitType: 'RAW_REQUESTS', interval: 'DAY', intervalNum: 1, limit: 5 },
    ]);
    const { url, limiter } = await start({ limits });
    const throttler = limited(Number.POSITIVE_INFINITY);
    const bot = new Bot({
      url,
      as: AS,
      throttler,
      random: seededRandom(1),
      workers: ONE_EACH,
      obeysRetryAfter: true,
    });
    const done = bot.run();
    while (limiter.record(AS.ip).refused === 0) await new Promise((resolve) => setImmediate(resolve));
    // What was under way with the refused request may be refused too, nothing after it.
    const turns = 200;
    for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
    bot.stop();
    await done;
    const { accepted, refused, banned } = limiter.record(AS.ip);
    assert.deepEqual([accepted, banned], [5, 0]);
    assert.ok(refused <= 3, `${refused} refused`);
  });

  it('goes on when it is told to, and is banned', async () => {
    const limits = /** @type {const} */ ([
      { rateLimitType: 'RAW_REQUESTS', interval: 'DAY', intervalNum: 1, limit: 5 },
    ]);
    const { url, limiter } = await start({ limits, banAfter: 10 });
    const throttler = limited(100);
    const bot = new Bot({
      url,
      as: AS,
      throttler,
      random: seededRandom(1),
      workers: ONE_EACH,
      obeysRetryAfter: false,
    });
    throttler.bot = bot;
    await bot.run();
    const { accepted, refused, banned, bans } = limiter.record(AS.ip);
    assert.deepEqual([accepted, refused, banned, bans.length], [5, 10, bot.sent - 15, 1]);
    assert.ok(banned > 50);
  });

  it('fails when the exchange is gone', async () => {
    const exchange = await start({});
    await exchange.close();
    const bot = new Bot({
      ...{ url: exchange.url, as: AS, throttler: limited(10), random: seededRandom(1) },
      ...{ workers: ONE_EACH, obeysRetryAfter: true },
    });
    await assert.rejects(bot.run(), { code: 'ECONNREFUSED' });
  });
});
