import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { startExchange } from '../../simulator/venues/binance/exchange.mjs';
import { scaledUnits } from '../../simulator/venues/binance/limits.mjs';

// The clock stands still, so that no window ends while a test runs.
const NOW = Date.UTC(2026, 10, 21, 6, 0, 12, 345);
const ORDER = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.01',
  price: '64000',
};

/** @type {Awaited<ReturnType<typeof startExchange>>} */
let exchange;
let lastHost = 0;

before(async () => {
  exchange = await startExchange({
    delay: [0, 0],
    now: () => NOW,
    fillChance: 0,
    units: scaledUnits(6000),
    banAfter: 1,
  });
});
after(() => exchange.close());

/** A client with an IP address and an account of its own. */
function client() {
  lastHost += 1;
  const ip = `10.1.0.${lastHost}`;
  const headers = { 'X-Forwarded-For': ip, 'X-MBX-APIKEY': `key-${lastHost}` };
  return async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) => {
    const response = await fetch(`${exchange.url}${path}`, {
      ...init,
      headers: { ...headers, ...init.headers },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(await response.text()),
    };
  };
}

/** @param {Record<string, string>} fields */
const post = (fields) => ({ method: 'POST', body: new URLSearchParams(fields) });

describe('Binance weights', () => {
  for (const [path, weight] of [
    ['/api/v3/ping', 1],
    ['/api/v3/time', 1],
    ['/api/v3/exchangeInfo', 20],
    ['/api/v3/depth?symbol=BTCUSDT', 5],
    ['/api/v3/depth?symbol=BTCUSDT&limit=100', 5],
    ['/api/v3/depth?symbol=BTCUSDT&limit=101', 25],
    ['/api/v3/depth?symbol=BTCUSDT&limit=500', 25],
    ['/api/v3/depth?symbol=BTCUSDT&limit=501', 50],
    ['/api/v3/depth?symbol=BTCUSDT&limit=1001', 250],
    ['/api/v3/trades?symbol=BTCUSDT', 25],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1m', 2],
    ['/api/v3/ticker/24hr?symbol=BTCUSDT', 2],
    ['/api/v3/ticker/24hr', 80],
    ['/api/v3/account', 20],
    ['/api/v3/openOrders?symbol=BTCUSDT', 6],
    ['/api/v3/openOrders', 80],
  ]) {
    it(`GET ${path} weighs ${weight}`, async () => {
      const answer = await client()(String(path));
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('X-MBX-USED-WEIGHT-1M'), String(weight));
    });
  }
});

describe('Binance orders', () => {
  it('are placed by query string or form body and weigh nothing', async () => {
    const call = client();
    const placed = await call('/api/v3/order', post(ORDER));
    assert.equal(placed.status, 200);
    assert.equal(placed.headers.get('X-MBX-ORDER-COUNT-10S'), '1');
    const byQuery = await call(`/api/v3/order?${new URLSearchParams(ORDER)}`, { method: 'POST' });
    assert.equal(byQuery.headers.get('X-MBX-ORDER-COUNT-10S'), '2');
    assert.equal((await call('/api/v3/openOrders?symbol=BTCUSDT')).body.length, 2);
    const cancel = `/api/v3/order?symbol=BTCUSDT&orderId=${placed.body.orderId}`;
    assert.equal((await call(cancel, { method: 'DELETE' })).body.status, 'CANCELED');
    const again = await call(cancel, { method: 'DELETE' });
    assert.deepEqual([again.status, again.body.code], [400, -2011]);
    assert.equal(
      again.headers.get('X-MBX-USED-WEIGHT-1M'),
      '7',
      'the listing weighs 6, the failed cancel 1',
    );
  });
});

describe('Binance malformed requests', () => {
  for (const [name, path, init, status, code] of /** @type {const} */ ([
    ['an unknown endpoint', '/api/v3/nothing', {}, 404, -1100],
    ['the wrong method', '/api/v3/ping', { method: 'POST' }, 404, -1100],
    ['no symbol', '/api/v3/depth', {}, 400, -1102],
    ['an invalid symbol', '/api/v3/depth?symbol=btc', {}, 400, -1121],
    ['a non-numeric limit', '/api/v3/trades?symbol=BTCUSDT&limit=many', {}, 400, -1130],
    ['a limit above the maximum', '/api/v3/depth?symbol=BTCUSDT&limit=5001', {}, 400, -1130],
    ['an invalid interval', '/api/v3/klines?symbol=BTCUSDT&interval=7m', {}, 400, -1120],
    ['no API key', '/api/v3/account', { headers: { 'X-MBX-APIKEY': '' } }, 401, -2014],
    ['an order without a price', '/api/v3/order', post({ ...ORDER, price: '' }), 400, -1102],
    ['an order with quantity 0', '/api/v3/order', post({ ...ORDER, quantity: '0' }), 400, -1102],
    ['an invalid side', '/api/v3/order', post({ ...ORDER, side: 'HOLD' }), 400, -1117],
    ['a cancel without an order', '/api/v3/order?symbol=BTCUSDT', { method: 'DELETE' }, 400, -1102],
    [
      'an oversized body',
      '/api/v3/order',
      post({ ...ORDER, note: 'x'.repeat(20_000) }),
      413,
      -1101,
    ],
  ])) {
    it(`${name} counts and fails with ${status}, code ${code}`, async () => {
      const call = client();
      const answer = await call(path, init);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.notEqual(answer.headers.get('X-MBX-USED-WEIGHT-1M'), '0');
      assert.equal(answer.headers.get('X-MBX-ORDER-COUNT-10S'), null);
    });
  }
});

describe('Binance rate limits', () => {
  it('are announced with the scaled unit lengths', async () => {
    const { body } = await client()('/api/v3/exchangeInfo');
    const announced = body.rateLimits.map((/** @type {any} */ l) => [
      l.rateLimitType,
      l.interval,
      l.intervalNum,
      l.limit,
    ]);
    assert.deepEqual(announced, [
      ['REQUEST_WEIGHT', 'MINUTE', 1, 6000],
      ['ORDERS', 'SECOND', 10, 100],
      ['RAW_REQUESTS', 'MINUTE', 5, 300_000],
    ]);
    assert.equal(body.simulation.unitMs.MINUTE, 6000);
    assert.equal(body.simulation.unitMs.SECOND, 100);
  });

  it('refuse with 429, then 418, with Retry-After and Date', async () => {
    const call = client();
    const heavy = '/api/v3/depth?symbol=BTCUSDT&limit=5000';
    for (let i = 0; i < 24; i += 1) assert.equal((await call(heavy)).status, 200);

    const refused = await call(heavy);
    assert.deepEqual([refused.status, refused.body.code], [429, -1003]);
    assert.match(refused.body.msg, /current limit is 6000 request weight per 1 MINUTE/);
    assert.equal(refused.headers.get('X-MBX-USED-WEIGHT-1M'), '6250');
    // The simulated minute ends at 06:00:18, 5.655 s after the clock's 06:00:12.345.
    assert.equal(refused.headers.get('Retry-After'), '6');
    assert.equal(refused.headers.get('Date'), 'Sat, 21 Nov 2026 06:00:12 GMT');

    const banned = await call('/api/v3/ping');
    assert.deepEqual([banned.status, banned.body.code], [418, -1003]);
    assert.match(banned.body.msg, new RegExp(`banned until ${NOW + 12_000}`));
    assert.equal(banned.headers.get('Retry-After'), '12');
  });

  it('refuse orders beyond their limit with -1015', async () => {
    const call = client();
    for (let i = 0; i < 100; i += 1)
      assert.equal((await call('/api/v3/order', post(ORDER))).status, 200);
    const refused = await call('/api/v3/order', post(ORDER));
    assert.deepEqual([refused.status, refused.body.code], [429, -1015]);
    assert.equal(refused.headers.get('X-MBX-ORDER-COUNT-10S'), null);
    assert.equal(refused.headers.get('Retry-After'), '1');
  });

  it('count an invalid X-Forwarded-For under the connection', async () => {
    const forged = { headers: { 'X-Forwarded-For': 'not an address' } };
    await client()('/api/v3/ping', forged);
    const answer = await client()('/api/v3/ping', forged);
    assert.equal(answer.headers.get('X-MBX-USED-WEIGHT-1M'), '2');
    assert.equal(exchange.limiter.record('127.0.0.1').accepted, 2);
  });
});

describe('Binance server', () => {
  it('fails requests in flight when it closes', async () => {
    const delays = new EventEmitter();
    const inFlight = once(delays, 'request');
    const random = () => {
      delays.emit('request');
      return 0;
    };
    const slow = await startExchange({ delay: [60_000, 60_000], random });
    const answer = assert.rejects(fetch(`${slow.url}/api/v3/ping`), TypeError);
    await inFlight;
    await slow.close();
    await answer;
  });

  it('counts a request whose client has hung up', async () => {
    const hangUp = new AbortController();
    let sent = 0;
    const random = () => {
      sent += 1;
      if (sent === 1) hangUp.abort();
      return 0;
    };
    const server = await startExchange({ delay: [1, 1], random });
    await assert.rejects(fetch(`${server.url}/api/v3/ping`, { signal: hangUp.signal }), {
      name: 'AbortError',
    });
    const next = await fetch(`${server.url}/api/v3/ping`);
    assert.equal(next.status, 200);
    assert.equal(server.limiter.record('127.0.0.1').accepted, 2);
    await server.close();
  });
});
