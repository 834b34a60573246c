// Shares that processes spend while the server cannot be reached.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { concurrency, fixedWindow, rollingWindow, spacing, tokenBucket } from 'multi-throttler';
import { sharedThrottler } from 'multi-throttler/redis';
import { startRedis } from './support/server.mjs';

const hour = 3_600_000;
const quick = { lease: 100, timeout: 50 };

/**
 * Throttlers on a server of their own.
 * @param {object[]} options of each
 * @param {(throttlers: import('multi-throttler/redis').SharedThrottler[],
 *   server: import('./support/server.mjs').RedisServer) => Promise<void>} work
 */
async function withServer(options, work) {
  const server = await startRedis();
  const throttlers = [];
  try {
    for (const each of options) {
      const client = await server.connect({ retryStrategy: () => 20 });
      throttlers.push(
        sharedThrottler(/** @type {any} */ ({ client, key: 'shares', ...quick, ...each })),
      );
    }
    await Promise.all(throttlers.map((each) => each.ready));
    await work(throttlers, server);
  } finally {
    for (const throttler of throttlers) throttler.close();
    await server.stop();
  }
}

/** @param {Promise<unknown> | undefined} waiting */
const waits = (waiting) =>
  assert.rejects(/** @type {Promise<unknown>} */ (waiting), { code: 'WAIT_TIMEOUT' });

test('a process that is cut off spends its share, and no more', async () => {
  const whenUnreachable = { reserve: 0.4, share: 0.2 };
  const rules = [rollingWindow({ id: 'A', limit: 10, interval: 600 })];
  await withServer([{ rules, whenUnreachable }], async ([one], server) => {
    assert.equal(one?.getStatus().A?.capacity, 6);
    await sleep(800);
    await server.kill();
    await sleep(150);
    const started = performance.now();
    await Promise.all([one?.throttle({ A: 1 }), one?.throttle({ A: 1 })]);
    assert.ok(performance.now() - started < 200);
    assert.equal(one?.estimateWait({ A: 1 }), 0);
    assert.equal(one?.getStats().shared?.byShare, 2);
    await waits(one?.throttle({ A: 1 }, { maxWait: 200 }));
    // The share is there again after an interval; a request above it waits for the server.
    await one?.throttle({ A: 2 }, { maxWait: 1000 });
    await waits(one?.throttle({ A: 3 }, { maxWait: 1000 }));
    assert.equal(one?.getStats().shared?.byShare, 3);
    await server.start();
    await one?.throttle({ A: 6 });
  });
});

test('a share counts as spent when a process starts, and is not spent by too many', async () => {
  const rules = [rollingWindow({ id: 'A', limit: 10, interval: hour })];
  const whenUnreachable = { reserve: 0.4, share: 0.2 };
  await withServer([{ rules, whenUnreachable }], async ([one], server) => {
    await server.kill();
    await waits(one?.throttle({ A: 1 }, { maxWait: 500 }));
  });
  const short = [rollingWindow({ id: 'A', limit: 10, interval: 200 })];
  const three = Array.from({ length: 3 }, () => ({ rules: short, whenUnreachable }));
  await withServer(three, async ([one, other], server) => {
    // The second hears of the third with a later answer.
    await Promise.all([one?.throttle({ A: 1 }), other?.throttle({ A: 1 })]);
    await sleep(600);
    await server.kill();
    await waits(one?.throttle({ A: 1 }, { maxWait: 500 }));
    assert.equal(one?.estimateWait({ A: 1 }), Number.POSITIVE_INFINITY);
  });
});

test('each kind of rule has its share, apart from spacing', async () => {
  const rules = [
    fixedWindow({ id: 'F', limit: 10, interval: 200 }),
    fixedWindow({ id: 'O', limit: 10, interval: 200, anchor: 'first-request' }),
    tokenBucket({ id: 'B', capacity: 10, refillRate: 0.05 }),
    rollingWindow({ id: 'f:*', limit: 10, interval: 200 }),
    spacing({ id: 'S', interval: 1 }),
  ];
  const whenUnreachable = { reserve: 0.2, share: 0.2 };
  await withServer([{ rules, whenUnreachable }], async ([one], server) => {
    await sleep(700);
    await server.kill();
    await sleep(150);
    await one?.throttle({ F: 2, O: 2, B: 2, 'f:a': 1 }, { maxWait: 1000 });
    await one?.throttle({ 'f:b': 2 }, { maxWait: 1000 });
    const started = performance.now();
    await one?.throttle({ B: 2 }, { maxWait: 1000 });
    // A fifth of the rate: 0.01 a millisecond.
    assert.ok(performance.now() - started > 100);
    await waits(one?.throttle({ S: 1 }, { maxWait: 200 }));
  });
});

test('permits of a share go back to it, and count beside those of the server', async () => {
  const rules = [concurrency({ id: 'C', limit: 10 })];
  const whenUnreachable = { reserve: 0.2, share: 0.2 };
  await withServer([{ rules, whenUnreachable }], async ([one], server) => {
    const shared = await one?.acquire({ C: 3 });
    await sleep(300);
    await server.kill();
    await sleep(150);
    const permits = [await one?.acquire({ C: 1 }), await one?.acquire({ C: 1 })];
    await waits(one?.acquire({ C: 1 }, { maxWait: 200 }));
    permits[0]?.release();
    const third = await one?.acquire({ C: 1 }, { maxWait: 1000 });
    await server.start();
    // The ledger has 8 in all, of which the process holds 3.
    const more = await one?.acquire({ C: 5 });
    await waits(one?.acquire({ C: 1 }, { maxWait: 300 }));
    for (const each of [shared, permits[1], third, more]) each?.release();
    const all = await one?.acquire({ C: 8 }, { maxWait: 2000 });
    all?.release();
  });
});

test('critical requests of a share come first, and a pause holds', async () => {
  const rules = [rollingWindow({ id: 'A', limit: 20, interval: 300 })];
  const whenUnreachable = { reserve: 0.1, share: 0.1 };
  await withServer([{ rules, whenUnreachable }], async ([one], server) => {
    await sleep(600);
    await server.kill();
    await sleep(150);
    await one?.throttle({ A: 2 });
    /** @type {string[]} */
    const order = [];
    const ask = async (/** @type {'low' | 'normal' | 'critical'} */ priority) => {
      await one?.throttle({ A: 2 }, { priority });
      order.push(priority);
    };
    await Promise.all([ask('low'), ask('normal'), ask('critical')]);
    assert.deepEqual(order, ['critical', 'normal', 'low']);
    one?.report({ status: 429, headers: { 'retry-after': '1' } });
    const started = performance.now();
    await one?.throttle({ A: 1 }, { maxWait: 3000 });
    assert.ok(performance.now() - started > 900);
  });
});

test('requests that do not wait spend the share, but not the reserve of a mode', async () => {
  const rules = [
    rollingWindow({ id: 'A', limit: 20, interval: 300 }),
    concurrency({ id: 'C', limit: 10 }),
  ];
  const whenUnreachable = { reserve: 0.2, share: 0.2 };
  const modes = { normal: { reserve: 0.5 } };
  await withServer([{ rules, whenUnreachable, modes }], async ([one], server) => {
    await sleep(600);
    await server.kill();
    const takes = (/** @type {object} */ cost, /** @type {any} */ priority = 'normal') =>
      one?.tryThrottle(/** @type {any} */ (cost), { priority });
    // The first one finds that there is no answer.
    assert.equal(takes({ A: 16 }), false);
    await sleep(150);
    // The share is 4 and 2, of which normal requests may use a half.
    assert.equal(takes({ A: 3 }, 'critical'), true);
    assert.equal(takes({ A: 1 }), false);
    assert.equal(takes({ A: 1 }, { class: 'critical', rank: 1 }), true);
    assert.equal(takes({ A: 1 }, 'critical'), false);
    assert.equal(one?.getStats().shared?.byShare, 2);
    const permit = one?.tryAcquire({ C: 1 });
    assert.ok(permit !== undefined);
    assert.equal(one?.tryAcquire({ C: 1 }), undefined);
    permit?.release();
    one?.tryAcquire({ C: 1 })?.release();
    assert.equal(one?.getStats().shared?.byShare, 4);
    // What waits for more is not overtaken.
    await sleep(400);
    assert.equal(takes({ A: 1 }), true);
    const waiting = one?.throttle({ A: 2 }, { maxWait: 2000 });
    assert.equal(takes({ A: 1 }), false);
    await waiting;
  });
});

test('requests that do not wait have no share while the server answers', async () => {
  const rules = [rollingWindow({ id: 'A', limit: 10, interval: hour })];
  const whenUnreachable = { reserve: 0.2, share: 0.2 };
  await withServer([{ rules, whenUnreachable }], async ([one]) => {
    await one?.throttle({ A: 8 });
    assert.equal(one?.tryThrottle({ A: 1 }), false);
    assert.equal(one?.getStats().shared?.byShare, 0);
  });
});

test('a part that cannot be set aside is named', () => {
  const rules = [rollingWindow({ id: 'A', limit: 2, interval: 1000 })];
  const make = (/** @type {any} */ whenUnreachable) => () =>
    sharedThrottler({ key: 'k', rules, whenUnreachable });
  for (const part of [
    'go',
    {},
    { reserve: 1, share: 0.1 },
    { reserve: 0.1, share: 0.2 },
    { reserve: 0.2, share: 0.1, for: 1 },
  ]) {
    assert.throws(make(part), { code: 'INVALID_CONFIG', field: 'whenUnreachable' });
  }
  assert.throws(make({ reserve: 0.8, share: 0.2 }), { message: /rule A/ });
});
