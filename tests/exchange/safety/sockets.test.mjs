// Orders over a real WebSocket, by ccxt's own createOrderWs. The simulated Binance counts them
// together with requests over HTTP.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import ccxt from 'ccxt';
import { MultiThrottler } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot } from 'multi-throttler/exchange';
import { BTCUSDT } from '../../simulator/clients/ccxt.mjs';
import { listenToSockets } from '../../simulator/http/socket-server.mjs';
import { Time } from '../../simulator/time/time.mjs';
import { BINANCE_SPOT_LIMITS } from '../../simulator/venues/binance/limits.mjs';
import { RateLimiter } from '../../simulator/venues/binance/rate-limiter.mjs';

const CLIENT = { ip: '203.0.113.10', account: 'account' };

/** The age in milliseconds above which Binance refuses a timestamp, unless it is asked for more. */
const RECV_WINDOW = 5000;

/** A Binance whose clock stands still, 20 s into a minute. */
class Binance {
  limiter = new RateLimiter({ limits: BINANCE_SPOT_LIMITS });
  time = new Time();
  /** @type {{ method: string, params: Record<string, unknown> }[]} */
  requests = [];

  now = () => this.time.wallNow() + 20_000;

  /** @param {{ id: string, method: string, params: Record<string, unknown> }} message */
  respond({ id, method, params }) {
    this.requests.push({ method, params });
    if (this.now() - Number(params.timestamp) > RECV_WINDOW) {
      const msg = 'Timestamp for this request is outside of the recvWindow.';
      return { id, status: 400, error: { code: -1021, msg } };
    }
    const verdict = this.limiter.arrive({ ...CLIENT, weight: 1, orders: 1 }, this.now());
    const rateLimits = BINANCE_SPOT_LIMITS.filter(
      ({ rateLimitType }) => rateLimitType !== 'RAW_REQUESTS',
    ).map((limit) => ({ ...limit, count: this.limiter.counter(limit, CLIENT).used(this.now()) }));
    const usage = params.returnRateLimits === false ? {} : { rateLimits };
    if (verdict.outcome === 'accepted') {
      const result = {
        symbol: 'BTCUSDT',
        orderId: this.requests.length,
        status: 'NEW',
        transactTime: this.now(),
      };
      return { id, status: 200, result, ...usage };
    }
    const data = { serverTime: this.now(), retryAfter: Math.ceil(verdict.retryAt) };
    const error = { code: -1015, msg: 'Too many new orders.', data };
    return { id, status: verdict.outcome === 'banned' ? 418 : 429, error, ...usage };
  }
}

describe('orders over a WebSocket', () => {
  /** @type {Binance} */
  let binance;
  /** @type {Awaited<ReturnType<typeof listenToSockets>>} */
  let server;
  /** @type {import('ccxt').binance} */
  let exchange;
  /** @type {MultiThrottler} */
  let throttler;

  beforeEach(async () => {
    binance = new Binance();
    server = await listenToSockets((message) => binance.respond(message));
    const options = { returnRateLimits: true };
    exchange = new ccxt.pro.binance({
      apiKey: 'key',
      secret: 'secret',
      enableRateLimit: false,
      options,
    });
    exchange.milliseconds = binance.now;
    // ccxt requires this for sockets without TLS.
    await exchange.loadHttpProxyAgent();
    exchange.setMarkets([BTCUSDT]);
    /** @type {any} */ (exchange.urls).api.ws['ws-api'].spot = `${server.url}/ws-api/v3`;
    const { rules, headers } = binanceSpot;
    throttler = new MultiThrottler(rules, { headers, clock: binance.time });
    attachThrottler(exchange, { throttler });
  });

  afterEach(async () => {
    await exchange.close();
    await server.close();
  });

  const place = () => exchange.createOrderWs('BTC/USDT', 'limit', 'buy', 0.01, 64_000);
  const remaining = () => {
    const { REQUEST_WEIGHT, ORDERS } = throttler.getStatus();
    return { REQUEST_WEIGHT: REQUEST_WEIGHT?.tokens, ORDERS: ORDERS?.tokens };
  };

  it('take costs and report the usage of others', async () => {
    await place();
    assert.deepEqual(remaining(), { REQUEST_WEIGHT: 5999, ORDERS: 99 });
    for (let i = 0; i < 30; i += 1) {
      binance.limiter.arrive({ ...CLIENT, weight: 100, orders: 1 }, binance.now());
    }
    assert.deepEqual(remaining(), { REQUEST_WEIGHT: 5999, ORDERS: 99 });
    await place();
    assert.deepEqual(remaining(), { REQUEST_WEIGHT: 6000 - 2 - 3000, ORDERS: 100 - 2 - 30 });
    assert.deepEqual(
      new Set(binance.requests.map(({ method }) => method)),
      new Set(['order.place']),
    );
  });

  it('throw a ccxt error and pause when refused', async () => {
    for (let i = 0; i < 100; i += 1) {
      binance.limiter.arrive({ ...CLIENT, weight: 1, orders: 1 }, binance.now());
    }
    await assert.rejects(place(), ccxt.RateLimitExceeded);
    // The pause lasts to the end of the 10 s, which have just begun.
    assert.equal(throttler.estimateWait({ REQUEST_WEIGHT: 1 }), 10_000);
  });

  it('wait for a grant before they are sent', async () => {
    throttler.pause();
    const placed = place();
    const isSubmitted = () => throttler.getQueueLength() > 0 || binance.requests.length > 0;
    while (!isSubmitted()) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(binance.requests, []);
    throttler.resume();
    assert.equal((await placed).id, '1');
    assert.equal(binance.requests.length, 1);
  });

  it('are not too old after a wait of 6 s', async () => {
    throttler.pause({ ms: 6000 });
    const placed = place();
    while (throttler.getQueueLength() === 0) await new Promise((resolve) => setImmediate(resolve));
    await binance.time.run(binance.time.now() + 6000);
    assert.equal((await placed).id, '1');
    assert.equal(binance.requests[0]?.params.timestamp, binance.now());
  });
});
