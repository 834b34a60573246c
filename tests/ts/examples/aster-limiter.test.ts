// The limiter of examples/aster-limiter: all that the "Rate Limiter Enhancement Guide" for Aster
// asks for, on virtual time.

import { asterFutures } from 'multi-throttler/exchange';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AsterLimiter } from '../../../examples/aster-limiter/limiter.mjs';
import type { Options } from '../../../examples/aster-limiter/settings.mjs';
import { VirtualClock } from '../support/clock.ts';
import { follow, refusal } from '../support/helpers.ts';

const BASE = 'https://fapi.asterdex.com';

/** A request of weight 20. */
const BOOK = `${BASE}/fapi/v1/depth?symbol=BTCUSDT&limit=1000`;
const ORDER = `${BASE}/fapi/v1/order?symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1`;
const STOP = `${BASE}/fapi/v1/order?symbol=BTCUSDT&side=SELL&type=STOP_MARKET&stopPrice=1`;

interface Sent {
  readonly url: string;
  readonly at: number;
}

/** A limiter whose requests are answered at once, with 200 unless a test sets other answers. */
function setUp(options: Options = {}) {
  const clock = new VirtualClock();
  const sent: Sent[] = [];
  const answers: Response[] = [];
  const fetch = async (url: string) => {
    sent.push({ url, at: clock.now() });
    return answers.shift() ?? new Response('{}');
  };
  const events: [string, { [name: string]: unknown }][] = [];
  const limiter = new AsterLimiter({ clock, fetch, traffic: false, slowDown: false, ...options });
  limiter.addMonitorCallback((event, data) => void events.push([event, data]));
  const of = (event: string) => events.filter(([name]) => name === event).map(([, data]) => data);
  return { clock, limiter, sent, answers, events, of };
}

/** Sends `count` requests of one URL, which all go at once. */
const send = (limiter: AsterLimiter, url: string, count: number, init?: RequestInit) =>
  Promise.all(Array.from({ length: count }, () => limiter.fetch(url, init)));

const post = { method: 'POST' };

const left = (limiter: AsterLimiter, id = 'REQUEST_WEIGHT') =>
  limiter.throttler.getStatus()[id]?.tokens;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('weights', () => {
  test('of the guide', () => {
    const weight = (endpoint: string, params?: { [name: string]: string | number }) => {
      const [method = '', path = ''] = endpoint.split(' ');
      return new AsterLimiter({ clock: new VirtualClock() }).costOf(method, path, params)
        .REQUEST_WEIGHT;
    };
    const symbol = 'BTCUSDT';
    const table: [string, number, { [name: string]: string | number }?][] = [
      ['GET /fapi/v1/ping', 1],
      ['GET /fapi/v1/depth', 2, { symbol, limit: 50 }],
      ['GET /fapi/v1/depth', 5, { symbol, limit: 100 }],
      ['GET /fapi/v1/depth', 10, { symbol, limit: 500 }],
      ['GET /fapi/v1/depth', 20, { symbol, limit: 1000 }],
      ['GET /fapi/v1/trades', 1, { symbol }],
      ['GET /fapi/v1/historicalTrades', 20, { symbol }],
      ['GET /fapi/v1/aggTrades', 20, { symbol }],
      ['GET /fapi/v1/klines', 1, { symbol, limit: 99 }],
      ['GET /fapi/v1/klines', 2, { symbol, limit: 100 }],
      ['GET /fapi/v1/klines', 5, { symbol, limit: 1000 }],
      ['GET /fapi/v1/klines', 10, { symbol, limit: 1001 }],
      ['GET /fapi/v1/ticker/24hr', 1, { symbol }],
      ['GET /fapi/v1/ticker/24hr', 40],
      ['GET /fapi/v1/ticker/price', 2],
      ['GET /fapi/v1/ticker/bookTicker', 2],
      ['POST /fapi/v1/order', 1, { symbol }],
      ['POST /fapi/v1/batchOrders', 5, { batchOrders: '[{},{}]' }],
      ['DELETE /fapi/v1/allOpenOrders', 1, { symbol }],
      ['GET /fapi/v1/openOrders', 1, { symbol }],
      ['GET /fapi/v1/openOrders', 40],
      ['GET /fapi/v1/allOrders', 5, { symbol }],
      ['POST /fapi/v1/leverage', 1, { symbol }],
      ['GET /fapi/v1/income', 30],
      ['GET /fapi/v1/adlQuantile', 5],
      ['GET /fapi/v1/commissionRate', 20, { symbol }],
      ['GET /fapi/v1/forceOrders', 20, { symbol }],
      ['GET /fapi/v1/forceOrders', 50],
      ['GET /fapi/v2/account', 5],
      ['GET /fapi/v2/balance', 5],
      ['GET /fapi/v2/positionRisk', 5],
      ['GET /fapi/v1/userTrades', 5, { symbol }],
      ['POST /fapi/v1/listenKey', 1],
      // Aster's pages have more than the guide: 10 for its 2, 5 for its 1, and 30 for its 1.
      ['GET /fapi/v1/depth', 10, { symbol }],
      ['GET /fapi/v1/klines', 5, { symbol }],
      ['GET /fapi/v1/positionSide/dual', 30],
      ['GET /fapi/v1/multiAssetsMargin', 30],
    ];
    for (const [endpoint, expected, params] of table) {
      expect([endpoint, params, weight(endpoint, params)]).toEqual([endpoint, params, expected]);
    }
  });

  test('a batch counts each of its orders', async () => {
    const { limiter } = setUp();
    const batchOrders = encodeURIComponent('[{},{},{}]');
    await limiter.fetch(`${BASE}/fapi/v1/batchOrders?batchOrders=${batchOrders}`, post);
    expect(limiter.getStats()).toMatchObject({ currentWeight: 5, currentOrders: 3 });
  });
});

describe('modes', () => {
  test('buffer and reserve leave what the guide computes', () => {
    const { limiter } = setUp();
    const limits = () => {
      const { weightLimit, orderLimit } = limiter.getStats();
      return [weightLimit, orderLimit];
    };
    expect(limits()).toEqual([2160, 1080]);
    limiter.enableBurstMode();
    expect(limits()).toEqual([2280, 1140]);
    limiter.enableLiquidationMode();
    expect(limits()).toEqual([2280, 1140]);
  });

  test.each([
    ['normal', 86, 108],
    ['burst', 102, 114],
    ['liquidation', 108, 114],
  ] as const)('%s keeps its reserve for critical requests', async (mode, others, all) => {
    const { limiter, clock, sent } = setUp();
    if (mode === 'burst') limiter.enableBurstMode();
    if (mode === 'liquidation') limiter.enableLiquidationMode();
    for (let n = 0; n < 120; n++)
      limiter
        .fetchAs('low')(BOOK)
        .catch(() => {});
    await clock.advance(0);
    expect(sent).toHaveLength(others);
    for (let n = 0; n < 60; n++)
      limiter
        .fetchAs('critical')(BOOK)
        .catch(() => {});
    await clock.advance(0);
    expect(sent).toHaveLength(all);
    limiter.close();
  });

  test('a mode ends by itself', async () => {
    const { limiter, clock, of } = setUp();
    limiter.enableBurstMode(300_000);
    await clock.advance(299_999);
    expect(limiter.getStats().burstMode).toBe(true);
    await clock.advance(1);
    expect(limiter.throttler.mode).toBe('normal');
    expect(limiter.getStats()).toMatchObject({ burstMode: false, burstModeActivations: 1 });
    expect(of('burst_mode')).toEqual([{ enabled: true, duration: 300_000 }, { enabled: false }]);
    expect(clock.pending).toBe(0);
  });

  test('the burst mode is in force again after a shorter liquidation mode', async () => {
    const { limiter, clock, events } = setUp();
    limiter.enableBurstMode(60_000);
    limiter.enableLiquidationMode(10_000);
    expect(limiter.throttler.mode).toBe('liquidation');
    await clock.advance(10_000);
    expect(limiter.throttler.mode).toBe('burst');
    await clock.advance(50_000);
    expect(limiter.throttler.mode).toBe('normal');
    expect(events).toEqual([
      ['burst_mode', { enabled: true, duration: 60_000 }],
      ['liquidation_mode', { enabled: true, duration: 10_000 }],
      ['liquidation_mode', { enabled: false }],
      ['burst_mode', { enabled: false }],
    ]);
  });

  test('a mode that is on is extended, never shortened', async () => {
    const { limiter, clock, of } = setUp();
    limiter.enableLiquidationMode(10_000);
    limiter.enableLiquidationMode(20_000);
    limiter.enableLiquidationMode(5000);
    await clock.advance(19_999);
    expect(limiter.throttler.mode).toBe('liquidation');
    await clock.advance(1);
    expect(limiter.throttler.mode).toBe('normal');
    expect(of('liquidation_mode')).toHaveLength(2);
    limiter.enableLiquidationMode();
    limiter.disableLiquidationMode();
    limiter.disableLiquidationMode();
    limiter.disableBurstMode();
    expect(limiter.throttler.mode).toBe('normal');
    expect(limiter.getStats().liquidationModeActivations).toBe(2);
  });
});

describe('queues', () => {
  test('hold 100 requests of each class', async () => {
    const { limiter, clock, of } = setUp();
    limiter.throttler.pause();
    for (const priority of ['critical', 'normal', 'low'] as const) {
      for (let n = 0; n < 100; n++)
        limiter
          .fetchAs(priority)(BOOK)
          .catch(() => {});
    }
    await clock.advance(0);
    expect(limiter.getStats().queueSizes).toEqual({ critical: 100, normal: 100, low: 100 });
    for (const priority of ['critical', 'low'] as const) {
      expect(await refusal(limiter.fetchAs(priority)(BOOK))).toMatchObject({
        code: 'QUEUE_OVERFLOW',
      });
    }
    expect(limiter.getStats()).toMatchObject({
      requestsQueued: 300,
      requestsDropped: 2,
      missedCriticalRequests: 1,
    });
    expect(of('queue')[99]).toEqual({
      method: 'GET',
      endpoint: '/fapi/v1/depth',
      priority: 'critical',
      size: 100,
    });
    expect(of('dropped').map(({ priority, code }) => [priority, code])).toEqual([
      ['critical', 'QUEUE_OVERFLOW'],
      ['low', 'QUEUE_OVERFLOW'],
    ]);
    limiter.close();
  });

  test('are served by class: orders, stops, other requests', async () => {
    const { limiter, clock, sent } = setUp();
    limiter.throttler.pause();
    const cancel = { method: 'DELETE' };
    const leverage = `${BASE}/fapi/v1/leverage?leverage=5`;
    const all = [
      limiter.fetch(BOOK),
      limiter.fetch(STOP, post),
      limiter.fetch(leverage, post),
      limiter.fetch(ORDER, post),
      limiter.fetch(ORDER, cancel),
      // The type of an order may be in its body.
      limiter.fetch(`${BASE}/fapi/v1/order`, { ...post, body: 'type=TAKE_PROFIT&price=1' }),
      limiter.fetch(`${BASE}/fapi/v1/order`, { ...post, body: 'type=LIMIT&price=1' }),
    ];
    await clock.advance(0);
    expect(limiter.getStats().queueSizes).toEqual({ critical: 3, normal: 3, low: 1 });
    limiter.throttler.resume();
    await Promise.all(all);
    expect(sent.at(-1)?.url).toBe(BOOK);
    expect(sent.slice(0, 2).map(({ url }) => url)).toEqual([ORDER, ORDER]);
  });

  test('a longest wait by class drops what would wait longer', async () => {
    const { limiter, of } = setUp({ maxWait: { low: 0, critical: 5000 } });
    limiter.throttler.pause({ ms: 6000 });
    expect(await refusal(limiter.fetch(BOOK))).toMatchObject({ code: 'WAIT_TIMEOUT' });
    expect(await refusal(limiter.fetch(ORDER, post))).toMatchObject({ code: 'WAIT_TIMEOUT' });
    expect(limiter.getStats()).toMatchObject({ requestsDropped: 2, missedCriticalRequests: 1 });
    expect(of('dropped')).toHaveLength(2);
  });
});

describe('traffic', () => {
  test('more than 10 requests in 30 s switch the burst mode on for 3 minutes', async () => {
    const { limiter, clock, of } = setUp({ traffic: undefined });
    for (let n = 0; n < 10; n++) await limiter.fetch(ORDER, post);
    await clock.advance(30_001);
    await limiter.fetch(ORDER, post);
    expect(limiter.getStats()).toMatchObject({ burstMode: false, recentRequests: 11 });
    for (let n = 0; n < 10; n++) await limiter.fetch(ORDER, post);
    expect(limiter.throttler.mode).toBe('burst');
    expect(of('burst_mode')).toEqual([{ enabled: true, duration: 180_000 }]);
    await clock.advance(180_000);
    expect(limiter.throttler.mode).toBe('normal');
    expect(limiter.getStats().recentRequests).toBe(0);
  });

  test('other thresholds, or none', async () => {
    const high = setUp({ traffic: { requests: 2, within: 1000, duration: 5000 } });
    await send(high.limiter, BOOK, 3);
    expect(high.limiter.throttler.mode).toBe('burst');
    const none = setUp({ traffic: false });
    await send(none.limiter, BOOK, 50);
    expect(none.limiter.throttler.mode).toBe('normal');
  });

  test('a refusal ends the modes, and none begins by itself before a success', async () => {
    const { limiter, clock, answers } = setUp({
      traffic: { requests: 1, within: 60_000, duration: 5000 },
      retries: 0,
    });
    limiter.enableLiquidationMode();
    await send(limiter, BOOK, 2);
    expect(limiter.getStats()).toMatchObject({ burstMode: true, liquidationMode: true });
    const refused = () => new Response('{}', { status: 429, headers: { 'Retry-After': '1' } });
    answers.push(refused(), refused());
    await limiter.fetch(BOOK);
    expect(limiter.throttler.mode).toBe('normal');
    await clock.until(limiter.fetch(BOOK));
    expect(limiter.throttler.mode).toBe('normal');
    await clock.until(limiter.fetch(BOOK));
    await limiter.fetch(BOOK);
    expect(limiter.throttler.mode).toBe('burst');
  });
});

describe('the slow-down', () => {
  test.each([
    [0, 0],
    [1079, 0],
    [1080, 0.2],
    [1512, 0.5],
    [1836, 1],
    [2052, 2],
  ])('at a weight of %d of 2160 the factor is %d', (weight, factor) => {
    const { limiter } = setUp({ slowDown: true });
    limiter.throttler.syncUsage({ REQUEST_WEIGHT: weight });
    expect(limiter.throttleFactor).toBe(factor);
    expect(limiter.getStats().throttleFactor).toBe(factor);
  });

  test('goes by the limit that is used most', () => {
    const { limiter } = setUp({ slowDown: true });
    limiter.throttler.syncUsage({ ORDERS: 900 });
    expect(limiter.throttleFactor).toBe(0.5);
  });

  test('spaces requests that are not critical, and no order', async () => {
    const { limiter, clock, sent } = setUp({ slowDown: true });
    await send(limiter, BOOK, 3);
    limiter.throttler.syncUsage({ REQUEST_WEIGHT: 1512 });
    const all = [BOOK, BOOK, BOOK].map((url) => limiter.fetch(url));
    all.push(limiter.fetch(ORDER, post), limiter.fetch(ORDER, post));
    await clock.until(Promise.all(all));
    const times = (url: string) => sent.filter((one) => one.url === url).map(({ at }) => at);
    expect(times(BOOK).map(Math.round)).toEqual([0, 0, 0, 0, 50, 100]);
    expect(times(ORDER)).toEqual([0, 0]);
    expect(limiter.getStats().throttleDelays).toBe(3);
    expect(limiter.estimateWait('GET', '/fapi/v1/depth', { symbol: 'A', limit: 5 })).toBeCloseTo(
      50,
    );
    expect(limiter.estimateWait('POST', '/fapi/v1/order', { symbol: 'A', type: 'LIMIT' })).toBe(0);
  });
});

describe('responses', () => {
  test('usage headers count, and the wait lasts until the window ends', async () => {
    const { limiter, clock, answers } = setUp();
    const headers = { 'X-MBX-USED-WEIGHT-1M': '2160', 'X-MBX-ORDER-COUNT-1M': '7' };
    answers.push(new Response('{}', { headers }));
    await limiter.fetch(BOOK);
    expect(limiter.getStats()).toMatchObject({
      currentWeight: 2160,
      currentUsagePct: 100,
      peakUsagePct: 100,
      currentOrders: 7,
    });
    // The guide waits one second and asks again. The minute of the exchange ends later.
    const wait = limiter.estimateWait('GET', '/fapi/v1/depth', { symbol: 'A', limit: 5 });
    const minute = 60_000 - (clock.wallNow() % 60_000);
    expect(wait).toBeGreaterThanOrEqual(minute);
    expect(wait).toBeLessThan(minute + 1000);
    expect(await clock.until(limiter.fetch(BOOK))).toBeCloseTo(wait, 6);
  });

  test('a refusal pauses for as long as the server asks, and is sent again', async () => {
    const { limiter, clock, answers, sent, of } = setUp();
    answers.push(new Response('{}', { status: 429, headers: { 'Retry-After': '7' } }));
    const response = limiter.fetch(ORDER, post);
    await clock.advance(0);
    const other = follow(clock, limiter.fetch(BOOK));
    expect(limiter.getStats()).toMatchObject({ received429: 1, consecutive429s: 1, banned: false });
    expect(of('refused')).toEqual([{ status: 429, pausedUntil: clock.wallNow() + 7000 }]);
    expect(await clock.until(response)).toBeCloseTo(7000, 6);
    expect((await response).status).toBe(200);
    expect(sent.map(({ url }) => url)).toEqual([ORDER, ORDER, BOOK]);
    await clock.advance(0);
    expect(other.at).toBeCloseTo(7000, 6);
    expect(limiter.getStats().consecutive429s).toBe(0);
  });

  test('refusals that name no time back off: 2, 4, 8 s and a tenth more at most', async () => {
    const { limiter, clock, answers } = setUp({ retries: 0 });
    for (const seconds of [2, 4, 8]) {
      answers.push(new Response('{}', { status: 429 }));
      await clock.until(limiter.fetch(BOOK));
      const wait = limiter.estimateWait('GET', BOOK);
      expect(wait).toBeGreaterThanOrEqual(seconds * 1000);
      expect(wait).toBeLessThanOrEqual(seconds * 1100);
    }
    expect(limiter.getStats()).toMatchObject({ received429: 3, consecutive429s: 3 });
  });

  test('a ban pauses all, and is shown until it ends', async () => {
    const { limiter, clock, answers, of } = setUp();
    answers.push(new Response('{}', { status: 418, headers: { 'Retry-After': '120' } }));
    expect((await limiter.fetch(BOOK)).status).toBe(418);
    expect(limiter.getStats().banned).toBe(true);
    expect(of('refused')).toEqual([{ status: 418, pausedUntil: clock.wallNow() + 120_000 }]);
    const order = follow(clock, limiter.fetch(ORDER, post));
    await clock.advance(119_999);
    expect([order.state, limiter.getStats().banned]).toEqual(['waiting', true]);
    await clock.advance(2);
    expect([order.state, limiter.getStats().banned]).toEqual(['granted', false]);
  });
});

describe('monitoring', () => {
  test('getStats has all that the guide has', async () => {
    const { limiter } = setUp({ traffic: undefined });
    await send(limiter, BOOK, 3);
    await limiter.fetch(ORDER, post);
    expect(limiter.getStats()).toEqual({
      currentUsagePct: expect.closeTo((100 * 61) / 2160, 9),
      peakUsagePct: expect.closeTo((100 * 61) / 2160, 0),
      currentWeight: 61,
      weightLimit: 2160,
      currentOrders: 1,
      orderLimit: 1080,
      burstMode: false,
      liquidationMode: false,
      banned: false,
      throttleFactor: 0,
      queueSizes: { critical: 0, normal: 0, low: 0 },
      recentRequests: 4,
      consecutive429s: 0,
      requestsSent: 4,
      requestsQueued: 0,
      requestsDropped: 0,
      missedCriticalRequests: 0,
      weightUsed: 61,
      received429: 0,
      throttleDelays: 0,
      burstModeActivations: 0,
      liquidationModeActivations: 0,
    });
  });

  test('callbacks tell of requests and of high usage', async () => {
    const { limiter, of, clock } = setUp();
    await limiter.fetch(STOP, post);
    expect(of('request')).toEqual([
      { method: 'POST', endpoint: '/fapi/v1/order', priority: 'normal', weight: 1, waited: 0 },
    ]);
    for (let n = 0; n < 107; n++) await limiter.fetchAs('critical')(BOOK);
    await clock.advance(0);
    expect(of('usage').map(({ rule, level }) => [rule, level])).toEqual([
      ['REQUEST_WEIGHT', 0.75],
      ['REQUEST_WEIGHT', 0.9],
    ]);
  });

  test('a callback that throws disturbs nobody, and can be removed', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { limiter, of } = setUp();
    const remove = limiter.addMonitorCallback(() => {
      throw new Error('no');
    });
    await limiter.fetch(BOOK);
    expect(error).toHaveBeenCalledTimes(1);
    remove();
    await limiter.fetch(BOOK);
    expect(error).toHaveBeenCalledTimes(1);
    expect(of('request')).toHaveLength(2);
  });
});

test('a program that sends by itself acquires, reports and releases', async () => {
  const { limiter, of } = setUp();
  const cost = limiter.costOf('GET', '/fapi/v2/positionRisk', { symbol: 'BTCUSDT' });
  const permit = await limiter.acquire(cost);
  limiter.report({ status: 200, headers: { 'X-MBX-USED-WEIGHT-1M': '25' }, permit });
  permit.release();
  expect(limiter.getStats()).toMatchObject({ currentWeight: 25, weightUsed: 5 });
  expect(of('request')[0]).toMatchObject({ endpoint: '/fapi/v2/positionRisk', priority: 'low' });
});

test('other limits of an account', () => {
  const profile = asterFutures.with({ limits: { REQUEST_WEIGHT: 6000 } });
  const { limiter } = setUp({ profile });
  expect(left(limiter)).toBe(5400);
});
