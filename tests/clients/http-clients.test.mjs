// HTTP clients that bots use without an SDK: got, ky, node-fetch and undici.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { concurrency, rollingWindow } from 'multi-throttler';
import { binanceSpot, throttledFetch } from 'multi-throttler/exchange';
import { CLIENT_LOADER } from '../../scripts/setup/clients.mjs';
import { Time } from '../simulator/time/time.mjs';
import { ok, refuseFirst, setUp } from './support/http.mjs';
import { load } from './support/load.mjs';
import { throughPause, usageOf } from './support/rig.mjs';

afterEach(() => mock.timers.reset());

describe('recipes', () => {
  for (const name of ['got', 'ky']) {
    it(`stand in the documents as they are tested: ${name}`, () => {
      const read = (/** @type {string} */ path) =>
        readFileSync(new URL(path, import.meta.url), 'utf8');
      const code = read(`recipes/${name}.mjs`);
      assert.ok(read('../../docs/exchanges/clients.md').includes(`\`\`\`js\n${code}\`\`\``));
    });
  }

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
    const get = () => api(`${server.url}/api/v3/openOrders`, { timeout: { request: 3000 } });
    await throughPause(throttler, time, get);
    assert.ok(Number(server.received[0]?.age) < 1000);
    assert.ok(reports[0]?.permit);
    assert.equal(usageOf(throttler).SOCKETS, undefined);
    assert.equal(usageOf(throttler).REQUEST_WEIGHT, 777);
  });

  it('got pauses after a refusal that it throws', async (t) => {
    const refuse = () => ({ status: 429, headers: { 'retry-after': '3' } });
    const { server, throttler } = await setUp(t, refuse, new Time());
    const { throttledGot } = await recipe('got');
    const api = throttledGot(throttler, binanceSpot, () => undefined);
    await assert.rejects(api(`${server.url}/api/v3/time`), { name: 'HTTPError' });
    assert.equal(server.received.length, 1);
    assert.equal(throttler.estimateWait({ REQUEST_WEIGHT: 1 }), 3000);
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
    const get = () => api(`${server.url}/api/v3/openOrders`).json();
    assert.deepEqual(await throughPause(throttler, time, get, 12_000), { done: true });
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
