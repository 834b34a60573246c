// Requests that SDKs send beyond the one that was asked for, and answers that look like others.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concurrency, rollingWindow } from 'multi-throttler';
import { bybit, hyperliquid, kucoin } from 'multi-throttler/exchange';
import { rig, usageOf } from './support/rig.mjs';
import { SDKS, sdkOf, successOf } from './support/sdks.mjs';

/** One request at a time. */
const SOCKETS = concurrency({ id: 'SOCKETS', limit: 1 });

/**
 * A profile whose requests also take a socket.
 *
 * @param {import('multi-throttler/exchange').ExchangeProfile} profile
 */
const withSockets = (profile) => ({
  ...profile,
  /** @type {any} */
  costs: (/** @type {[string, string, any?]} */ ...args) => ({
    ...profile.costs(...args),
    SOCKETS: 1,
  }),
});

describe('a call within a call', () => {
  it('of bybit-api, for the time of the server, neither hangs nor is free', async (t) => {
    const sdk = sdkOf('bybit-api');
    const time = { retCode: 0, result: { timeSecond: '1', timeNano: '1' }, time: Date.now() };
    const { client, signed, throttler, server } = await rig(t, sdk, {
      answer: ({ path }) => ({ body: path.endsWith('/time') ? time : sdk.success }),
      rules: [SOCKETS],
      options: { profile: withSockets(bybit) },
    });
    client.options.syncTimeBeforePrivateRequests = true;
    await signed();
    assert.deepEqual(
      server.received.map(({ path }) => path),
      ['/v5/market/time', '/v5/position/list'],
    );
    assert.equal(usageOf(throttler).IP, 2);
    assert.equal(usageOf(throttler).SOCKETS, undefined);
  });

  it('of binance, gated as method and as funnel, is paid once', async (t) => {
    const { signed, throttler, reports } = await rig(t, sdkOf('binance'), {
      options: {
        calls: {
          getOpenOrders: (params) => ({ method: 'GET', path: '/api/v3/openOrders', params }),
          _call: (method, path, params) => ({ method, path: `/${path}`, params }),
        },
      },
    });
    await signed();
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 6);
    assert.equal(reports.length, 1);
  });
});

describe('retries of an SDK', () => {
  const answers = { 503: () => ({ status: 503, body: {} }) };

  it('of @binance/spot are charged: three tries cost three times as much', async (t) => {
    const { client, throttler, server, reports } = await rig(t, sdkOf('@binance/spot'), {
      answer: answers[503],
    });
    Object.assign(client.restAPI.configuration, { retries: 3, backoff: 1 });
    await assert.rejects(client.restAPI.getOpenOrders({ symbol: 'BTCUSDT' }));
    assert.equal(server.received.length, 3);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 18);
    assert.equal(new Set(reports.map(({ permit }) => permit)).size, 3);
  });

  it('of kucoin-universal-sdk are charged, and each refusal is reported', async (t) => {
    const { client, throttler, server, reports } = await rig(t, sdkOf('kucoin-universal-sdk'), {
      answer: (_, count) =>
        count < 2
          ? { status: 429, headers: { 'retry-after': '3' }, body: { code: '429000' } }
          : { body: { code: '200000', data: [] } },
    });
    await client.restService().getSpotService().getMarketApi().getAllCurrencies();
    assert.equal(server.received.length, 2);
    assert.deepEqual(
      reports.map(({ status }) => status),
      [429, 200],
    );
    const cost = kucoin.costs('GET', '/api/v3/currencies');
    // The second is charged when the pause is over.
    assert.deepEqual(usageOf(throttler), cost);
    assert.equal(throttler.getQueueLength('critical'), 1);
  });
});

describe('a hidden request', () => {
  it('of binance-api-node, for the time, is charged, and leaves the permit alone', async (t) => {
    const { client, throttler, server, reports } = await rig(t, sdkOf('binance-api-node'), {
      answer: ({ path }) => ({
        headers: { 'x-of': path },
        body: path.endsWith('/time') ? { serverTime: Date.now() } : [],
      }),
    });
    const { acquire } = throttler;
    /** @type {unknown[]} */
    const permits = [];
    throttler.acquire = async (...args) => {
      const permit = await acquire.apply(throttler, args);
      permits.push(permit);
      return permit;
    };
    await client.openOrders({ symbol: 'BTCUSDT', useServerTime: true });
    assert.equal(server.received.length, 2);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 7);
    const of = reports.map(({ headers, permit }) => [
      new Headers(/** @type {any} */ (headers)).get('x-of'),
      permits.indexOf(permit),
    ]);
    assert.deepEqual(of, [
      ['/api/v3/time', 1],
      ['/api/v3/openOrders', 0],
    ]);
  });

  it('of hyperliquid, for the list of assets, pays by itself', async (t) => {
    const sdk = sdkOf('hyperliquid');
    const { client, throttler, server } = await rig(t, sdk);
    client.symbolConversion.initialized = false;
    await client.exchange.placeOrder({
      coin: 'BTC-PERP',
      is_buy: true,
      sz: '1',
      limit_px: '2',
      order_type: { limit: { tif: 'Gtc' } },
      reduce_only: false,
    });
    assert.deepEqual(
      server.received.map(({ path }) => path),
      ['/info', '/info', '/exchange'],
    );
    const info = hyperliquid.costs('POST', '/info', { type: 'metaAndAssetCtxs' }).IP ?? 0;
    assert.equal(usageOf(throttler).IP, 2 * info + 1);
  });
});

describe('a redirect', () => {
  it('is one answer, with the permit of its call: binance', async (t) => {
    const { open, throttler, server, reports } = await rig(t, sdkOf('binance'), {
      answer: ({ path }) =>
        path === '/moved' ? { body: {} } : { status: 302, headers: { location: '/moved' } },
    });
    await open();
    assert.equal(server.received.length, 2);
    assert.deepEqual(
      reports.map(({ status, permit }) => [status, permit !== undefined]),
      [[200, true]],
    );
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 2);
  });
});

describe('refusals in a 200 pause, and come out as without a throttler', () => {
  it('bybit-api returns them', async (t) => {
    const refusal = { retCode: 10006, retMsg: 'Too many visits!' };
    const { signed, reports } = await rig(t, sdkOf('bybit-api'), {
      answer: () => ({ body: refusal }),
    });
    assert.equal(/** @type {any} */ (await signed()).retCode, 10006);
    assert.deepEqual(
      reports.map(({ status, permit }) => [status, permit !== undefined]),
      [[429, true]],
    );
  });

  it('okx-api throws them bare', async (t) => {
    const refusal = { code: '50011', msg: 'Too Many Requests', data: [] };
    const { signed, reports } = await rig(t, sdkOf('okx-api'), {
      answer: () => ({ body: refusal }),
    });
    await assert.rejects(signed(), refusal);
    assert.deepEqual(
      reports.map(({ status, rules }) => [status, rules]),
      [[429, ['10/2s:GET /api/v5/account/positions']]],
    );
  });
});

describe('200 calls at once', () => {
  for (const sdk of SDKS.filter(({ name }) => /^binance$|connector|api-node|nktkas/.test(name))) {
    it(`each get the report of their own answer: ${sdk.name}`, async (t) => {
      const { client, throttler, reports } = await rig(t, sdk, {
        answer: (received) => ({
          headers: { 'x-of': String(mark(received)) },
          body: successOf(sdk, received),
        }),
        rules: [rollingWindow({ id: 'FREE', limit: 1000, interval: 1000 })],
        options: { profile: /** @type {any} */ ({ ...sdk.profile, costs: () => ({ FREE: 1 }) }) },
      });
      /** @type {unknown[]} */
      const permits = [];
      const { acquire } = throttler;
      throttler.acquire = async (...args) => {
        const permit = await acquire.apply(throttler, args);
        permits.push(permit);
        return permit;
      };
      const send = marked(sdk.name, client);
      await Promise.all(Array.from({ length: 200 }, (_, number) => send(number)));
      assert.equal(reports.length, 200);
      for (const { headers, permit } of reports) {
        const of = new Headers(/** @type {any} */ (headers)).get('x-of');
        assert.equal(of, String(permits.indexOf(permit)));
      }
    });
  }
});

/**
 * The number of a call, which stands in its request. @param
 * {import('./support/server.mjs').Received} one
 */
const mark = ({ query, body }) => /(?:orderId=|"o":)(\d+)/.exec(`${query}${body}`)?.[1];

/** @param {string} name @param {any} client @returns {(orderId: number) => Promise<unknown>} */
function marked(name, client) {
  const symbol = 'BTCUSDT';
  if (name === 'binance') return (orderId) => client.getOrder({ symbol, orderId });
  if (name === 'binance-api-node') return (orderId) => client.getOrder({ symbol, orderId });
  if (name === 'node-binance-api') return (orderId) => client.orderStatus(symbol, orderId);
  if (name === '@binance/connector') {
    return (orderId) => client.signRequest('GET', '/api/v3/order', { symbol, orderId });
  }
  return (o) => client.cancel({ cancels: [{ a: 0, o }] });
}
