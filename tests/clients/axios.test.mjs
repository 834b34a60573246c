// The adapter of axios.

import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MultiThrottler } from 'multi-throttler';
import { throttledAxios } from 'multi-throttler/client';
import { binanceSpot, bybit } from 'multi-throttler/exchange';
import { Time } from '../simulator/time/time.mjs';
import { ok, refuseFirst, setUp } from './support/http.mjs';
import { load } from './support/load.mjs';
import { throughPause, usageOf } from './support/rig.mjs';

const { default: axios } = await load('axios');

afterEach(() => mock.timers.reset());

/**
 * @param {any} throttler
 * @param {string} baseURL
 * @param {object} [options]
 * @param {object} [defaults] of axios
 */
function instance(throttler, baseURL, options = {}, defaults = {}) {
  const adapter = throttledAxios(throttler, {
    adapter: axios.getAdapter('http'),
    profile: binanceSpot,
    ...options,
  });
  return axios.create({ baseURL, adapter, ...defaults });
}

describe('throttledAxios', () => {
  it('waits, signs after the wait, pays, and reports', async (t) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const time = new Time();
    const { server, throttler, reports } = await setUp(t, ok, time);
    const api = instance(throttler, server.url, {
      prepare: (/** @type {any} */ config) => ({
        ...config,
        params: { ...config.params, timestamp: Date.now() },
      }),
    });
    const config = { params: { symbol: 'BTCUSDT' }, timeout: 3000 };
    const get = () => api.get('/api/v3/openOrders', config);
    assert.deepEqual((await throughPause(throttler, time, get)).data, { done: true });
    assert.ok(Number(server.received[0]?.age) < 1000);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 777);
    assert.ok(reports[0]?.permit);
  });

  it('waits by the rank that was asked for', async (t) => {
    const { server, throttler } = await setUp(t, ok);
    const asked = mock.method(throttler, 'acquire');
    /** @type {number[]} */
    const sent = [];
    const api = instance(throttler, server.url, {
      priority: (/** @type {any} */ { params }) => ({ class: 'low', rank: params.rank }),
      adapter(/** @type {any} */ config) {
        sent.push(config.params.rank);
        return axios.getAdapter('http')(config);
      },
    });
    throttler.pause();
    const ranks = [0, -4, 9];
    const calls = ranks.map((rank) => api.get('/api/v3/time', { params: { rank } }));
    while (throttler.getQueueLength('low') < ranks.length) await turn();
    assert.deepEqual(
      asked.mock.calls.map(({ arguments: [, options] }) => options?.priority),
      ranks.map((rank) => ({ class: 'low', rank })),
    );
    throttler.resume();
    await Promise.all(calls);
    assert.deepEqual(sent, [9, 0, -4]);
    await assert.rejects(
      instance(throttler, server.url, { priority: { rank: 1001 } }).get('/api/v3/time'),
      {
        code: 'INVALID_CONFIG',
      },
    );
  });

  it('charges by params, query and body of any request', async (t) => {
    const { server, throttler } = await setUp(t, () => ({}));
    const api = instance(throttler, `${server.url}/api/`);
    await api.get('v3/depth', { params: { symbol: 'BTCUSDT', limit: 5000 } });
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 250);
    await api.get(`${server.url}/api/v3/depth?limit=5000`);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 500);
    await api.post('v3/order', new URLSearchParams({ symbol: 'BTCUSDT' }));
    assert.equal(usageOf(throttler).ORDERS, 1);
    assert.deepEqual([...binanceSpot.costs.unknown.keys()], []);
  });

  it('sends a refused request again, prepared anew, also with a body', async (t) => {
    const { server, throttler, reports } = await setUp(t, refuseFirst);
    /** @type {number[]} */
    const attempts = [];
    const api = instance(throttler, server.url, {
      prepare: (/** @type {any} */ config, /** @type {number} */ attempt) => {
        attempts.push(attempt);
        return config;
      },
    });
    throttler.resume();
    const { data } = await api.post('/api/v3/order', { symbol: 'BTCUSDT' });
    assert.deepEqual(data, { count: 2 });
    assert.deepEqual(attempts, [1, 2]);
    assert.deepEqual(
      server.received.map(({ body }) => body),
      ['{"symbol":"BTCUSDT"}', '{"symbol":"BTCUSDT"}'],
    );
    assert.deepEqual(
      reports.map(({ status }) => status),
      [429, 200],
    );
  });

  it('throws the error of axios after its retries, and never repeats a 503', async (t) => {
    const { server, throttler } = await setUp(t, () => ({ status: 503 }));
    const api = instance(throttler, server.url);
    const error = await api.get('/api/v3/time').catch((/** @type {unknown} */ thrown) => thrown);
    assert.ok(axios.isAxiosError(error));
    assert.equal(error.response.status, 503);
    assert.equal(server.received.length, 1);
  });

  it('does not repeat a POST that was redirected', async (t) => {
    const { server, throttler } = await setUp(t, ({ path }) =>
      path === '/moved' ? { status: 429 } : { status: 303, headers: { location: '/moved' } },
    );
    const api = instance(throttler, server.url);
    await assert.rejects(api.post('/api/v3/order', {}), { status: 429 });
    assert.equal(server.received.length, 2);
  });

  it('reads refusals in a 200', async (t) => {
    const refusal = { retCode: 10006, retMsg: 'Too many visits!' };
    const rules = [...bybit.rules];
    const { server, throttler, reports } = await setUp(
      t,
      () => ({ body: refusal }),
      undefined,
      rules,
    );
    const api = instance(throttler, server.url, { profile: bybit, retries: 0 });
    const { data } = await api.get('/v5/market/tickers');
    assert.deepEqual(data, refusal);
    assert.equal(reports[0]?.status, 429);
  });

  it('a signal and a cancel token end the wait, and nothing is paid', async (t) => {
    const { server, throttler } = await setUp(t, ok, new Time());
    const api = instance(throttler, server.url);
    throttler.pause({ ms: 60_000 });
    const controller = new AbortController();
    const source = axios.CancelToken.source();
    const bySignal = api.get('/api/v3/time', { signal: controller.signal });
    const byToken = api.get('/api/v3/time', { cancelToken: source.token });
    await turn();
    assert.equal(throttler.getQueueLength(), 2);
    controller.abort();
    source.cancel('enough');
    for (const request of [bySignal, byToken]) {
      assert.ok(axios.isCancel(await request.catch((/** @type {unknown} */ error) => error)));
    }
    assert.equal(throttler.getQueueLength(), 0);
    assert.deepEqual([server.received.length, usageOf(throttler)], [0, {}]);
  });

  it('refunds what is never sent', async (t) => {
    const { server, throttler } = await setUp(t, ok);
    const api = instance(throttler, server.url, {
      prepare: () => {
        throw new Error('no key');
      },
    });
    await assert.rejects(api.get('/api/v3/time'), { message: 'no key' });
    assert.deepEqual([server.received.length, usageOf(throttler)], [0, {}]);
    const other = instance(throttler, 'ftp://127.0.0.1');
    await assert.rejects(other.get('/api/v3/time'));
    assert.deepEqual(usageOf(throttler), {});
  });

  it('refunds what is cancelled while it is prepared', async (t) => {
    const { server, throttler } = await setUp(t, ok);
    const controller = new AbortController();
    const api = instance(throttler, server.url, {
      prepare: async (/** @type {any} */ config) => {
        controller.abort(new Error('changed my mind'));
        return config;
      },
    });
    const { signal } = controller;
    await assert.rejects(api.get('/api/v3/time', { signal }), { code: 'ERR_CANCELED' });
    assert.deepEqual([server.received.length, usageOf(throttler)], [0, {}]);
  });

  it('leaves no listener at the cancel token of a request whose options fail', async () => {
    const listeners = new Set();
    const cancelToken = {
      subscribe: (/** @type {unknown} */ listener) => listeners.add(listener),
      unsubscribe: (/** @type {unknown} */ listener) => listeners.delete(listener),
      throwIfRequested: () => undefined,
    };
    const api = instance(new MultiThrottler(binanceSpot.rules), 'http://127.0.0.1', {
      priority: () => {
        throw new Error('no class');
      },
    });
    await assert.rejects(api.get('/api/v3/time', { cancelToken }), { message: 'no class' });
    assert.equal(listeners.size, 0);
  });

  it('leaves streams and bytes unread', async (t) => {
    const { server, throttler } = await setUp(t, ok);
    const api = instance(throttler, server.url);
    const { data: stream } = await api.get('/api/v3/time', { responseType: 'stream' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    assert.equal(text, '{"done":true}');
    const { data: bytes } = await api.get('/api/v3/time', { responseType: 'arraybuffer' });
    assert.equal(String(bytes), '{"done":true}');
  });

  it('maxWait rejects before it waits, and sends nothing', async (t) => {
    const { server, throttler } = await setUp(t, ok);
    throttler.pause({ ms: 60_000 });
    const api = instance(throttler, server.url, { maxWait: 100 });
    await assert.rejects(api.get('/api/v3/time'), { code: 'WAIT_TIMEOUT' });
    assert.equal(server.received.length, 0);
  });

  it('rejects wrong options', () => {
    const throttler = new MultiThrottler([]);
    const adapter = axios.getAdapter('http');
    const wrong = /** @type {[any, RegExp][]} */ ([
      [{}, /adapter must be a function/],
      [{ adapter }, /costs must be a function/],
      [{ adapter, profile: {} }, /profile must be/],
      [{ adapter, profile: bybit, retries: -1 }, /retries must be/],
      [{ adapter, profile: bybit, maxWait: 'x' }, /maxWait must be/],
      [{ adapter, profile: bybit, pauses: 'x' }, /pauses must be/],
      [{ adapter, profile: bybit, prepare: 1 }, /prepare must be/],
      [{ adapter, profile: bybit, prepair: 1 }, /unknown field "prepair"/],
    ]);
    for (const [options, text] of wrong) {
      assert.throws(() => throttledAxios(throttler, options), text);
    }
    assert.throws(() => throttledAxios(/** @type {any} */ ({}), { adapter }), /throttler must be/);
  });
});
