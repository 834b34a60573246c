// HTTP clients that bots use without an SDK: axios, got, ky, node-fetch and undici.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { concurrency, MultiThrottler, rollingWindow } from 'multi-throttler';
import { throttledAxios } from 'multi-throttler/client';
import { binanceSpot, bybit, throttledFetch } from 'multi-throttler/exchange';
import { CLIENT_LOADER } from '../../scripts/setup/clients.mjs';
import { Time } from '../simulator/time/time.mjs';
import { load } from './support/load.mjs';
import { recordReports, usageOf } from './support/rig.mjs';
import { serve } from './support/server.mjs';

const { default: axios } = await load('axios');

afterEach(() => mock.timers.reset());

/**
 * @param {{ after(work: () => Promise<void>): void }} t
 * @param {Parameters<typeof serve>[0]} answer
 * @param {import('multi-throttler').Clock} [clock]
 * @param {import('multi-throttler').AnyRule[]} [rules]
 */
async function setUp(t, answer, clock, rules = [...binanceSpot.rules]) {
  const server = await serve(answer);
  t.after(server.close);
  const config = { headers: binanceSpot.headers, ...(clock ? { clock } : {}) };
  const throttler = new MultiThrottler(rules, config);
  return { server, throttler, reports: recordReports(throttler) };
}

const ok = () => ({ headers: { 'x-mbx-used-weight-1m': '777' }, body: { done: true } });

/** Refuses the first request. @type {Parameters<typeof serve>[0]} */
const refuseFirst = (_, count) =>
  count === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { body: { count } };

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
    throttler.pause({ ms: 6000 });
    const pending = api.get('/api/v3/openOrders', { params: { symbol: 'BTCUSDT' }, timeout: 3000 });
    await turn();
    assert.equal(throttler.getQueueLength(), 1);
    mock.timers.tick(6000);
    const run = time.run(6000);
    assert.deepEqual((await pending).data, { done: true });
    await run;
    assert.ok(Number(server.received[0]?.age) < 1000);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 777);
    assert.ok(reports[0]?.permit);
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

describe('recipes', () => {
  it('got signs after the wait, reports refusals, and releases', async (t) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const time = new Time();
    const sockets = concurrency({ id: 'SOCKETS', limit: 1 });
    const rules = [...binanceSpot.rules, sockets];
    const { server, throttler, reports } = await setUp(t, ok, time, rules);
    const { throttledGot } = await recipe('got');
    const profile = {
      ...binanceSpot,
      costs: (/** @type {string} */ method, /** @type {string} */ path) => ({
        ...binanceSpot.costs(method, path),
        SOCKETS: 1,
      }),
    };
    const api = throttledGot(throttler, profile, (/** @type {any} */ options) => {
      options.url.searchParams.set('timestamp', Date.now());
    });
    throttler.pause({ ms: 6000 });
    const pending = api(`${server.url}/api/v3/openOrders`, { timeout: { request: 3000 } });
    await turn();
    mock.timers.tick(6000);
    const run = time.run(6000);
    await pending;
    await run;
    assert.ok(Number(server.received[0]?.age) < 1000);
    assert.ok(reports[0]?.permit);
    assert.equal(usageOf(throttler).SOCKETS, undefined);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 777);
  });

  it('got pauses after a refusal that it throws', async (t) => {
    const { server, throttler } = await setUp(t, () => ({
      status: 429,
      headers: { 'retry-after': '3' },
    }));
    const { throttledGot } = await recipe('got');
    const api = throttledGot(throttler, binanceSpot, () => undefined);
    await assert.rejects(api(`${server.url}/api/v3/time`), { name: 'HTTPError' });
    assert.equal(server.received.length, 1);
    assert.ok(throttler.estimateWait({ REQUEST_WEIGHT: 1 }) > 2000);
  });

  it('ky signs after the wait, and is not timed out by it', async (t) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const time = new Time();
    const { server, throttler } = await setUp(t, ok, time);
    const { throttledKy } = await recipe('ky');
    const api = throttledKy(throttler, binanceSpot, (/** @type {Request} */ { url }) => {
      const signed = new URL(url);
      signed.searchParams.set('timestamp', String(Date.now()));
      return signed;
    });
    throttler.pause({ ms: 12_000 });
    const pending = api(`${server.url}/api/v3/openOrders`).json();
    await turn();
    mock.timers.tick(12_000);
    const run = time.run(12_000);
    assert.deepEqual(await pending, { done: true });
    await run;
    assert.ok(Number(server.received[0]?.age) < 1000);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 777);
  });

  it('ky tries a refused request as often as the throttler, and no more', async (t) => {
    const { server, throttler } = await setUp(t, refuseFirst);
    const { throttledKy } = await recipe('ky');
    const api = throttledKy(
      throttler,
      binanceSpot,
      (/** @type {Request} */ { url }) => new URL(url),
    );
    assert.deepEqual(await api(`${server.url}/api/v3/time`).json(), { count: 2 });
    assert.equal(server.received.length, 2);
  });
});

/** @param {string} name */
async function recipe(name) {
  // A copy beside the packages finds them; the package under test is found from here.
  const text = readFileSync(new URL(`recipes/${name}.mjs`, import.meta.url), 'utf8');
  const file = CLIENT_LOADER.replace('load.mjs', `recipe-${name}.mjs`);
  const own = import.meta.resolve('multi-throttler/exchange');
  writeFileSync(file, text.replace("'multi-throttler/exchange'", `'${own}'`));
  return load(`./recipe-${name}.mjs`);
}

describe('throttledFetch over the fetch of a library', () => {
  for (const name of ['node-fetch2', 'node-fetch3', 'undici']) {
    it(`waits, pays, reads headers, and repeats a body: ${name}`, async (t) => {
      const rule = rollingWindow({ id: 'W', limit: 1000, interval: 60_000 });
      const { server, throttler, reports } = await setUp(t, refuseFirst, undefined, [rule]);
      const library = await load(name);
      const fetch = throttledFetch(throttler, {
        costs: () => ({ W: 5 }),
        fetch: library.fetch ?? library.default,
      });
      const body = 'symbol=BTCUSDT';
      const response = await fetch(`${server.url}/api/v3/order`, { method: 'POST', body });
      assert.deepEqual(await response.json(), { count: 2 });
      assert.deepEqual(
        server.received.map((one) => one.body),
        [body, body],
      );
      assert.equal(usageOf(throttler).W, 10);
      assert.deepEqual(
        reports.map(({ status, permit }) => [status, permit !== undefined]),
        [
          [429, true],
          [200, true],
        ],
      );
    });

    it(`a signal ends the wait, and an agent is passed on: ${name}`, async (t) => {
      const rule = rollingWindow({ id: 'W', limit: 1000, interval: 60_000 });
      const { server, throttler } = await setUp(t, ok, new Time(), [rule]);
      const library = await load(name);
      const fetch = throttledFetch(throttler, {
        costs: () => ({ W: 5 }),
        fetch: library.fetch ?? library.default,
      });
      throttler.pause({ ms: 60_000 });
      const controller = new AbortController();
      const waiting = fetch(server.url, { signal: controller.signal });
      await turn();
      controller.abort();
      await assert.rejects(waiting, { name: 'AbortError' });
      assert.deepEqual([server.received.length, usageOf(throttler)], [0, {}]);
      throttler.resume();
      if (name === 'undici') return;
      const { Agent } = await import('node:http');
      const agent = new Agent({ keepAlive: true });
      t.after(async () => agent.destroy());
      const options = /** @type {RequestInit} */ ({ agent });
      assert.equal((await fetch(server.url, options)).status, 200);
      assert.equal(Object.keys(agent.freeSockets).length + Object.keys(agent.sockets).length, 1);
    });
  }
});
