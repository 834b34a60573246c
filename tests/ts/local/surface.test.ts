// A throttler that processes share, given to what takes a throttler.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyRule, fixedWindow, rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { throttleClient } from 'multi-throttler/client';
import { localThrottler } from 'multi-throttler/local';
import { createMonitorHandler } from 'multi-throttler/monitor';
import { expect, onTestFinished, test } from 'vitest';
import { call, useServer } from '../ccxt/rig.ts';
import { bearer, post, stats } from '../monitor/support.ts';

const server = useServer();

function throttlerOf(rules: AnyRule[]) {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-local-'));
  const throttler = localThrottler({ key: 'k', folder, rules });
  onTestFinished(async () => {
    await throttler.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return throttler;
}

const hour = 3_600_000;
const WEIGHT = rollingWindow({ id: 'REQUEST_WEIGHT', limit: 100, interval: hour });
const ORDERS = [
  fixedWindow({ id: 'ORDERS', limit: 100, interval: hour, scope: 'account' }),
  fixedWindow({ id: 'ORDERS_DAY', limit: 100, interval: 24 * hour, scope: 'account' }),
];

test('ccxt pays its costs where all rules are there', async () => {
  const own = [{ id: 'ALL', limit: 100, interval: hour }].map((rule) => rollingWindow(rule));
  const throttler = throttlerOf(own);
  const exchange = server.exchange('bybit');
  const { detach } = attachThrottler(exchange, { throttler, costs: () => ({ ALL: 7 }) });
  onTestFinished(detach);
  server.answers.push({ body: { retCode: 0, result: {} } });
  await call(exchange, 'publicGetV5MarketTime');
  await throttler.estimate({});
  expect(throttler.getStatus().ALL).toMatchObject({ tokens: 93 });
});

test('ccxt is not attached where a rule of its exchange is missing', async () => {
  const throttler = throttlerOf([WEIGHT]);
  const exchange = server.exchange('binance');
  const { fetch2 } = exchange;
  expect(() => attachThrottler(exchange, { throttler })).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      field: 'throttler',
      message: expect.stringMatching(/one with a rule \S+, as its rules are shared/),
    }),
  );
  expect(exchange.fetch2).toBe(fetch2);
});

test('a client of an exchange waits for it', async () => {
  const throttler = throttlerOf([WEIGHT, ...ORDERS]);
  const client = { ping: async () => ({ status: 200 }) };
  const { detach } = throttleClient(client, throttler, {
    calls: { ping: () => ({ REQUEST_WEIGHT: 40 }) },
  });
  onTestFinished(detach);
  await client.ping();
  await throttler.estimate({});
  expect(throttler.getStatus().REQUEST_WEIGHT).toMatchObject({ tokens: 60 });
});

test('a monitor reads it and commands it', async () => {
  const throttler = throttlerOf([WEIGHT, ...ORDERS]);
  await throttler.throttle({ REQUEST_WEIGHT: 30 });
  await throttler.estimate({});
  const handler = createMonitorHandler(throttler, { token: 'token' });
  const before = await stats(handler);
  expect(before.throttlers[0]?.reading).toMatchObject({
    pause: null,
    granted: 1,
    rules: [
      { id: 'REQUEST_WEIGHT', used: 30, limit: 100, algorithm: 'rolling-window', interval: hour },
      { id: 'ORDERS', scope: 'account' },
      { id: 'ORDERS_DAY' },
    ],
  });
  await post(handler, 'pause', { ms: 60_000, rules: ['ORDERS'] }, bearer('token'));
  await throttler.estimate({});
  const [{ reading } = {}] = (await stats(handler)).throttlers;
  const paused = { until: expect.any(Number) };
  expect(reading).toMatchObject({ pause: { ...paused, cause: 'pause', isOfAll: false } });
  expect(reading?.rules.map(({ pause }) => pause)).toEqual([null, paused, null]);
  await post(handler, 'resume', {}, bearer('token'));
  await throttler.estimate({});
  expect((await stats(handler)).throttlers[0]?.reading).toMatchObject({ pause: null });
  throttler.report({ status: 418, headers: { 'retry-after': '60' } });
  await throttler.estimate({});
  expect((await stats(handler)).throttlers[0]?.reading).toMatchObject({
    pause: { cause: 'ban', isOfAll: true },
    refused: { refusals: 0, bans: 1 },
  });
  // The hub's rejection of a command is the answer to it.
  const unknown = await post(handler, 'mode', { mode: 'none' }, bearer('token'));
  expect(unknown.status).toBe(400);
});
