// Behaviour of SDKs while a call waits: timers, locks, and clients that share a class.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { throttleClient } from 'multi-throttler/client';
import { throttledFetch } from 'multi-throttler/exchange';
import { Time } from '../simulator/time/time.mjs';
import { load } from './support/load.mjs';
import { recordReports, rig, usageOf } from './support/rig.mjs';
import { sdkOf } from './support/sdks.mjs';
import { serve } from './support/server.mjs';

describe('timers of an SDK', () => {
  it('of node-binance-api do not run while a call waits', async (t) => {
    const time = new Time();
    const { client, signed, throttler, server } = await rig(t, sdkOf('node-binance-api'), {
      clock: time,
    });
    // Its time to accept a signature is its timeout as well.
    client.Options.recvWindow = 12_345;
    const { setTimeout: start } = globalThis;
    /** @type {unknown[]} */
    const delays = [];
    globalThis.setTimeout = /** @type {any} */ (
      (/** @type {() => void} */ work, /** @type {number} */ ms) => {
        delays.push(ms);
        return start(work, ms);
      }
    );
    t.after(() => {
      globalThis.setTimeout = start;
    });
    throttler.pause({ ms: 6000 });
    const pending = signed();
    await turn();
    assert.equal(throttler.getQueueLength(), 1);
    assert.ok(!delays.includes(12_345));
    const run = time.run(6000);
    await pending;
    await run;
    assert.ok(delays.includes(12_345));
    assert.equal(server.received.length, 1);
  });

  it('of node-binance-api abort a wait in fetch, which leaves the queue unpaid', async (t) => {
    const { make, profile } = sdkOf('node-binance-api');
    const server = await serve(() => ({}));
    t.after(server.close);
    const { client, signed } = await make(server.url);
    client.Options.recvWindow = 50;
    const throttler = new MultiThrottler(profile.rules, { clock: new Time() });
    const { fetch } = globalThis;
    globalThis.fetch = throttledFetch(throttler, { profile, fetch });
    t.after(() => {
      globalThis.fetch = fetch;
    });
    throttler.pause({ ms: 6000 });
    await assert.rejects(signed(), /timeout/);
    assert.equal(throttler.getQueueLength(), 0);
    assert.deepEqual([server.received.length, usageOf(throttler)], [0, {}]);
  });

  it('a wait that is known to be longer than maxWait sends nothing', async (t) => {
    const { signed, throttler, server } = await rig(t, sdkOf('binance'), {
      options: { maxWait: 1000 },
    });
    throttler.pause({ ms: 6000 });
    await assert.rejects(signed(), { code: 'WAIT_TIMEOUT' });
    assert.equal(server.received.length, 0);
  });
});

describe('the lock of @nktkas/hyperliquid', () => {
  it('does not hold back a critical action behind a waiting one of its wallet', async (t) => {
    const time = new Time();
    const sdk = sdkOf('@nktkas/hyperliquid');
    const { client, throttler, server } = await rig(t, sdk, {
      clock: time,
      options: {
        priority: (call) =>
          /** @type {any} */ (call).params.action.type === 'cancel' ? 'critical' : 'low',
      },
    });
    throttler.pause({ ms: 1000 });
    /** @type {string[]} */
    const done = [];
    const low = Array.from({ length: 3 }, () => client.noop().then(() => done.push('noop')));
    const critical = client.cancel({ cancels: [{ a: 0, o: 1 }] }).then(() => done.push('cancel'));
    await turn();
    assert.equal(throttler.getQueueLength(), 4);
    const run = time.run(1000);
    await Promise.all([...low, critical]);
    await run;
    assert.equal(done[0], 'cancel');
    assert.equal(JSON.parse(server.received[0]?.body ?? '{}').action.type, 'cancel');
  });

  it('a signal ends the wait before the lock', async (t) => {
    const { client, throttler, server } = await rig(t, sdkOf('@nktkas/hyperliquid'), {
      clock: new Time(),
    });
    throttler.pause({ ms: 1000 });
    const controller = new AbortController();
    const waiting = client.noop({ signal: controller.signal });
    await turn();
    controller.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.deepEqual([server.received.length, usageOf(throttler)], [0, {}]);
  });
});

describe('several clients', () => {
  it('of hyperliquid share a class, but not the gate', async (t) => {
    const sdk = sdkOf('hyperliquid');
    const first = await rig(t, sdk);
    const second = await rig(t, sdk);
    await second.open();
    assert.deepEqual(usageOf(first.throttler), {});
    assert.notDeepEqual(usageOf(second.throttler), {});
    second.detach();
    await second.open();
    await first.open();
    assert.notDeepEqual(usageOf(first.throttler), {});
  });

  it('of two makers share a throttler', async (t) => {
    const first = await rig(t, sdkOf('binance'));
    const connector = sdkOf('@binance/connector');
    const server = await serve(() => ({}));
    t.after(server.close);
    const { client, open } = await connector.make(server.url);
    const { calls, profile } = connector;
    t.after(throttleClient(client, first.throttler, { profile, calls }).detach);
    await Promise.all([first.open(), open()]);
    assert.equal(usageOf(first.throttler).REQUEST_WEIGHT, 4);
  });
});

describe('@alpacahq/alpaca-trade-api', () => {
  it('needs only throttledFetch, with its own retries and limiter off', async (t) => {
    const server = await serve((_, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '3' } } : { body: {} },
    );
    t.after(server.close);
    const rule = rollingWindow({ id: 'MINUTE', limit: 200, interval: 60_000 });
    const throttler = new MultiThrottler([rule], { clock: new Time() });
    const reports = recordReports(throttler);
    const { Alpaca } = await load('@alpacahq/alpaca-trade-api');
    // Its hosts are fixed.
    const here = (/** @type {string} */ url, /** @type {RequestInit} */ init) =>
      fetch(server.url + new URL(url).pathname, init);
    const { trading } = new Alpaca({
      keyId: 'key',
      secret: 'secret',
      paper: true,
      retry: { maxRetries: 0 },
      rateLimit: false,
      fetchApi: throttledFetch(throttler, {
        costs: () => ({ MINUTE: 1 }),
        retries: 0,
        fetch: here,
      }),
    });
    const account = () => trading.account.getAccount();
    await assert.rejects(account());
    assert.equal(reports[0]?.status, 429);
    assert.equal(throttler.estimateWait({ MINUTE: 1 }), 3000);
  });
});
