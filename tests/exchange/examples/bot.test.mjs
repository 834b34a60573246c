import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { Bot } from '../../../examples/bot/bot.mjs';
import { costOf } from '../../../examples/bot/costs.mjs';
import { KINDS, nextRequest } from '../../../examples/bot/mix.mjs';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { ENDPOINTS } from '../../simulator/venues/binance/endpoints.mjs';
import { startExchange } from '../../simulator/venues/binance/exchange.mjs';
import { BINANCE_SPOT_LIMITS } from '../../simulator/venues/binance/limits.mjs';

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

describe('mix of requests', () => {
  it('depends on the seed only', () => {
    assert.deepEqual(requests(1, 300), requests(1, 300));
    assert.notDeepEqual(requests(1, 300), requests(2, 300));
  });

  it('costs what the exchange counts and is well-formed', () => {
    const seen = new Set();
    for (const { endpoint, params } of requests(1, 5000)) {
      const served = ENDPOINTS[endpoint];
      assert.ok(served, endpoint);
      const text = new Map([...params].map(([name, value]) => [name, String(value)]));
      const weight = typeof served.weight === 'number' ? served.weight : served.weight(text);
      const cost = costOf({ endpoint, params });
      assert.equal(cost.REQUEST_WEIGHT, weight, endpoint);
      assert.equal(cost.ORDERS ?? 0, served.orders ?? 0, endpoint);
      assert.equal(served.check?.(text), undefined, endpoint);
      seen.add(`${endpoint} ${cost.REQUEST_WEIGHT}`);
    }
    assert.equal(seen.size, 13, 'each kind of the mix was drawn');
  });
});

describe('bot', () => {
  /** @type {Awaited<ReturnType<typeof startExchange>>[]} */
  const open = [];
  afterEach(() => Promise.all(open.splice(0).map((exchange) => exchange.close())));

  /** @param {import('../../simulator/venues/binance/exchange.mjs').ExchangeOptions} o */
  async function start(o) {
    const exchange = await startExchange({ delay: [0, 0], now: () => Date.UTC(2026, 0, 1), ...o });
    open.push(exchange);
    return exchange;
  }

  /**
   * A throttler that grants the first `grants` requests, whatever the exchange responds, and stops
   * the bot at the next one.
   *
   * @param {number} grants
   */
  function limited(grants) {
    const asked = /** @type {Record<string, number>[]} */ ([]);
    const throttler = {
      asked,
      reports: /** @type {{ status: number, headers: any }[]} */ ([]),
      /** @type {Bot | undefined} */
      bot: undefined,
      /** @param {Record<string, number>} cost */
      async acquire(cost) {
        if (asked.length >= grants) throttler.bot?.stop();
        else asked.push(cost);
        return { release: () => undefined };
      },
      /** @param {{ status: number, headers: any }} report */
      report(report) {
        throttler.reports.push(report);
      },
    };
    return throttler;
  }

  it('takes the highest cost and reports usage headers', async () => {
    // Every order is filled before its cancel arrives, so every cancel fails.
    const limits = BINANCE_SPOT_LIMITS.map((limit) => ({ ...limit, limit: 10_000 }));
    const { url, limiter } = await start({ limits, fillChance: 1 });
    const throttler = limited(400);
    const workers = { market: 0, account: 0, orders: 1 };
    const bot = new Bot({ url, as: AS, throttler, random: seededRandom(1), workers });
    throttler.bot = bot;
    await bot.run();

    const failed = throttler.reports.filter(({ status }) => status === 400);
    assert.ok(failed.length > 50, 'many cancels failed');
    assert.equal(failed.at(-1)?.headers['x-mbx-used-weight-1m'], String(failed.length));
    for (const limit of limiter.limits) {
      const id = limit.rateLimitType;
      const paid = throttler.asked.reduce((sum, cost) => sum + (cost[id] ?? 0), 0);
      const free = id === 'REQUEST_WEIGHT' ? bot.sent - failed.length : 0;
      assert.equal(limiter.counter(limit, AS).used(Date.UTC(2026, 0, 1)), paid - free, id);
    }
    assert.equal(bot.sent, limiter.record(AS.ip).accepted + limiter.record(AS.ip).refused);
  });

  const FIVE_A_DAY = /** @type {const} */ ([
    { rateLimitType: 'RAW_REQUESTS', interval: 'DAY', intervalNum: 1, limit: 5 },
  ]);

  it('pauses for Retry-After and can be stopped meanwhile', async () => {
    const { url, limiter } = await start({ limits: FIVE_A_DAY });
    const throttler = new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
    const bot = new Bot({ url, as: AS, throttler, random: seededRandom(1), workers: ONE_EACH });
    const done = bot.run();
    while (limiter.record(AS.ip).refused === 0)
      await new Promise((resolve) => setImmediate(resolve));
    // Requests in flight with the refused one may be refused too, later ones may not.
    while (throttler.getQueueLength() < 3) await new Promise((resolve) => setImmediate(resolve));
    bot.stop();
    await done;
    throttler.close();
    const { accepted, refused, banned } = limiter.record(AS.ip);
    assert.deepEqual([accepted, banned], [5, 0]);
    assert.ok(refused <= 3, `${refused} refused`);
  });

  it('is banned if its throttler does not pause', async () => {
    const { url, limiter } = await start({ limits: FIVE_A_DAY, banAfter: 10 });
    const throttler = limited(100);
    const bot = new Bot({ url, as: AS, throttler, random: seededRandom(1), workers: ONE_EACH });
    throttler.bot = bot;
    await bot.run();
    const { accepted, refused, banned, bans } = limiter.record(AS.ip);
    assert.deepEqual([accepted, refused, banned, bans.length], [5, 10, bot.sent - 15, 1]);
    assert.ok(banned > 50);
  });

  it('fails when the exchange is closed', async () => {
    const exchange = await start({});
    await exchange.close();
    const bot = new Bot({
      ...{ url: exchange.url, as: AS, throttler: limited(10), random: seededRandom(1) },
      workers: ONE_EACH,
    });
    await assert.rejects(bot.run(), { code: 'ECONNREFUSED' });
  });
});
