// The lists of calls are complete, and name the endpoints that the SDKs send to.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import {
  binanceApiNodeCalls,
  binanceSpotCalls,
  binanceUsdsFuturesCalls,
  bybitApiCalls,
  hyperliquidCalls,
  kucoinUniversalSdkCalls,
  nktkasHyperliquidCalls,
  nodeBinanceApiCalls,
  throttleClient,
} from 'multi-throttler/client';
import { binanceSpot } from 'multi-throttler/exchange';
import { load } from './support/load.mjs';
import { SDKS, sdkOf } from './support/sdks.mjs';
import { serve } from './support/server.mjs';

/**
 * The methods of an object and of its class.
 *
 * @param {object} object
 */
const methodsOf = (object) =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(object)).filter(
    (name) => name !== 'constructor',
  );

/**
 * Calls every method that a list names, and compares the request with what the list says.
 *
 * @param {any} target
 * @param {import('multi-throttler/client').ClientCalls} list
 * @param {string[]} names
 * @param {() => object} params of each call, which some SDKs change
 * @param {Awaited<ReturnType<typeof serve>>} server
 */
async function assertEndpoints(target, { calls }, names, params, server) {
  for (const name of names) {
    server.received.length = 0;
    await Promise.resolve(target[name](params())).catch(() => undefined);
    const [request] = server.received;
    const listed = /** @type {import('multi-throttler/client').Call} */ (calls[name]?.(params()));
    assert.equal(`${listed.method} ${listed.path}`, `${request?.method} ${request?.path}`, name);
    assert.equal(server.received.length, 1, name);
  }
}

describe('a list of another package', () => {
  for (const { name, make, calls } of SDKS) {
    // Their methods have names that no other client has.
    if (/hyperliquid|kucoin/.test(name)) continue;
    it(`is an error for a client of ${name} that has its methods`, async (t) => {
      const server = await serve(() => ({ body: [] }));
      t.after(server.close);
      const made = await make(server.url);
      const throttler = new MultiThrottler([]);
      t.after(() => throttler.close());
      const attach = (/** @type {import('multi-throttler/client').ClientCalls} */ list) =>
        throttleClient(made.client, throttler, { profile: binanceSpot, calls: list });
      attach(calls).detach();
      for (const { calls: other } of SDKS) {
        if (other.package === calls.package) continue;
        const error = { code: 'INVALID_CONFIG', name: 'InvalidConfigError' };
        assert.throws(() => attach(other).detach(), error, other.package);
      }
      made.stop?.();
    });
  }

  it('names both packages', async () => {
    const { RestClientV2, RestClientV3 } = await load('bitget-api');
    const throttler = new MultiThrottler([]);
    for (const Client of [RestClientV2, RestClientV3]) {
      const client = new Client();
      const options = { profile: binanceSpot, calls: bybitApiCalls };
      assert.throws(() => throttleClient(client, throttler, options), {
        field: 'calls',
        message:
          'calls must be the list of bitget-api, whose client this is, got "the list of bybit-api"',
      });
      assert.equal(Object.hasOwn(client, '_call'), false);
    }
    throttler.close();
  });
});

describe('@binance/spot and USD-S futures', () => {
  for (const list of [binanceSpotCalls, binanceUsdsFuturesCalls]) {
    it(`each method of restAPI is listed with its endpoint: ${list.package}`, async (t) => {
      const server = await serve(() => ({}));
      t.after(server.close);
      const { client } = await sdkOf(list.package).make(server.url);
      const names = methodsOf(client.restAPI);
      assert.deepEqual(Object.keys(list.calls).sort(), names.sort());
      // Has whatever parameter is asked for.
      const params = () => new Proxy({}, { get: () => '1' });
      const listed = names.filter((name) => !/^send(Signed)?Request$/.test(name));
      await assertEndpoints(client.restAPI, list, listed, params, server);
    });
  }

  it('generic requests are read by their arguments', () => {
    const read = binanceSpotCalls.calls.sendSignedRequest?.('/api/v3/x', 'PUT', { a: 1 }, { b: 2 });
    assert.deepEqual(read, { method: 'PUT', path: '/api/v3/x', params: { a: 1, b: 2 } });
  });
});

describe('binance-api-node', () => {
  it('each function is listed with its endpoint', async (t) => {
    const server = await serve(() => ({ body: [] }));
    t.after(server.close);
    const { default: Binance } = (await load('binance-api-node')).default;
    const { url } = server;
    const client = Binance({
      apiKey: 'key',
      apiSecret: 'secret',
      ...{ httpBase: url, httpFutures: url, httpDelivery: url, httpPortfolioMargin: url },
    });
    const functions = Object.keys(client).filter((name) => typeof client[name] === 'function');
    // Reads what earlier answers said of limits.
    const sending = functions.filter((name) => name !== 'getInfo');
    assert.deepEqual(Object.keys(binanceApiNodeCalls.calls).sort(), sending.sort());
    const listed = sending.filter((name) => !/^(private|public)Request$/.test(name));
    const params = () => ({
      ...{ symbol: 'BTCUSDT', pair: 'BTCUSDT', interval: '1m', asset: 'BTC', name: 'x' },
      ...{ side: 'BUY', type: 'LIMIT', quantity: 1, price: 1, stopPrice: 1, callbackRate: 1 },
      ...{ amount: 1, listenKey: 'x', orderId: 1, batchOrders: [] },
    });
    await assertEndpoints(client, binanceApiNodeCalls, listed, params, server);
    // Six functions have an endpoint for conditional orders as well.
    const six = Object.keys(client).filter((name) =>
      /^futures(Order|GetOrder|CancelOrder|CancelAllOpenOrders|OpenOrders|AllOrders)$/.test(name),
    );
    for (const extra of [{ conditional: true }, { algoId: 1 }, { type: 'STOP_MARKET' }]) {
      const changed = () => ({ ...params(), ...extra });
      await assertEndpoints(client, binanceApiNodeCalls, six, changed, server);
    }
    assert.equal(six.length, 6);
  });
});

describe('node-binance-api', () => {
  it('each method that sends is listed', async () => {
    const { default: Binance } = await load('node-binance-api');
    const sends = methodsOf(new Binance()).filter(
      (name) =>
        name !== 'proxyRequest' &&
        String(Binance.prototype[name]).includes('await this.proxyRequest('),
    );
    assert.deepEqual(Object.keys(nodeBinanceApiCalls.calls).sort(), sends.sort());
  });
});

describe('kucoin-universal-sdk', () => {
  it('one object below all services sends', async () => {
    const { client } = await sdkOf('kucoin-universal-sdk').make('http://127.0.0.1:1');
    const targets = kucoinUniversalSdkCalls.targets?.(client) ?? [];
    assert.equal(targets.length, 9);
    assert.equal(new Set(targets).size, 1);
  });
});

describe('@nktkas/hyperliquid', () => {
  it('each method of both clients is listed', async () => {
    const { ExchangeClient, InfoClient } = await load('@nktkas/hyperliquid');
    const names = [ExchangeClient, InfoClient].flatMap((Client) => methodsOf(new Client({})));
    assert.deepEqual(Object.keys(nktkasHyperliquidCalls.calls).sort(), [...new Set(names)].sort());
  });

  it('each method costs what its request does', async () => {
    const { ExchangeClient, InfoClient } = await load('@nktkas/hyperliquid');
    const { calls } = nktkasHyperliquidCalls;
    const info = new InfoClient({ transport: {} });
    const exchange = new ExchangeClient({ transport: {} });
    const socket = new ExchangeClient({ transport: { socket: {} } });
    assert.deepEqual(calls.l2Book?.call(info, { coin: 'BTC' }), {
      method: 'POST',
      path: '/info',
      params: { type: 'l2Book', coin: 'BTC' },
      signal: undefined,
    });
    const orders = [{ a: 0 }];
    const { signal } = new AbortController();
    const order = { method: 'POST', params: { action: { type: 'order', orders } }, signal };
    assert.deepEqual(calls.order?.call(exchange, { orders }, { signal }), {
      ...order,
      path: '/exchange',
    });
    assert.deepEqual(calls.order?.call(socket, { orders }, signal), { ...order, path: '/ws' });
    const both = [info, exchange].map((client) => calls.userDexAbstraction?.call(client, {}));
    assert.deepEqual(
      both.map((read) => read?.path),
      ['/info', '/exchange'],
    );
  });
});

describe('hyperliquid', () => {
  it('each method that sends an action is listed', async (t) => {
    const { success, make } = sdkOf('hyperliquid');
    const server = await serve((received) => ({
      body: /** @type {(received: unknown) => unknown} */ (success)(received),
    }));
    t.after(server.close);
    const { client, stop } = await make(server.url);
    t.after(() => stop?.());
    const sends = methodsOf(client.exchange).filter((name) =>
      String(client.exchange[name]).includes('.makeRequest('),
    );
    const listed = Object.keys(hyperliquidCalls.calls).filter((name) => name !== 'makeRequest');
    assert.deepEqual(listed.sort(), sends.sort());
    const posting = hyperliquidCalls.targets?.(client) ?? [];
    assert.deepEqual(
      posting.map((target) => target !== undefined),
      [true, true, true, true],
    );
  });
});
