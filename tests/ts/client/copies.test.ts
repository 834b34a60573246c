// Throttlers and clients of two copies of the package: its CommonJS and its ES modules, or those
// that the module registry of jest makes for each file of tests.

import { createRequire } from 'node:module';
import type * as Package from 'multi-throttler';
import { throttleClient, throttledAxios } from 'multi-throttler/client';
import { throttledFetch } from 'multi-throttler/exchange';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serve } from '../support/server.ts';
import { httpClient } from './rig.ts';

const server = serve();
const load = createRequire(import.meta.url);
const otherGate: typeof throttleClient = load('multi-throttler/client').throttleClient;
const other: typeof Package = load('multi-throttler');
const profile = {
  costs: Object.assign(() => ({ W: 1 }), {}) as never,
  pauses: 'charged' as const,
};

type Send = () => Promise<unknown>;

/** Ways to send a request through a throttler. */
const WAYS: [string, (throttler: Package.MultiThrottler) => Send][] = [
  [
    'throttleClient',
    (throttler) => {
      const client = { send: () => httpClient()(server.url) };
      const calls = { send: () => ({ method: 'GET', path: '/' }) };
      onTestFinished(throttleClient(client, throttler, { profile, calls }).detach);
      return () => client.send();
    },
  ],
  [
    'throttledAxios',
    (throttler) => {
      const adapter = async () => ({
        ...(await httpClient()(server.url)),
        headers: { 'retry-after': '5' },
        data: '',
      });
      const send = throttledAxios(throttler, { profile, adapter, retries: 0 });
      return () => send({ url: server.url, method: 'get' } as never);
    },
  ],
  [
    'throttledFetch',
    (throttler) => {
      const send = throttledFetch(throttler, { profile, retries: 0 });
      return async () => (await send(server.url)).text();
    },
  ],
];

describe.each(WAYS)('%s before a throttler of another copy', (_, make) => {
  const setUp = () => {
    const throttler = new other.MultiThrottler(
      ['W', 'FREE'].map((id) => other.rollingWindow({ id, limit: 5, interval: 60_000 })),
    );
    onTestFinished(() => throttler.close());
    return { throttler, send: make(throttler) };
  };

  test('pays, and reports with its permit', async () => {
    server.answer = (response) => void response.end('{}');
    const { throttler, send } = setUp();
    const told: Package.Report[] = [];
    const { report } = throttler;
    throttler.report = (one) => {
      told.push(one);
      report.call(throttler, one);
    };
    await send();
    expect(throttler.getStatus().W?.tokens).toBe(4);
    expect(told.map(({ status, permit }) => [status, permit !== undefined])).toEqual([[200, true]]);
    expect(throttler.getLoad().held).toBe(0);
  });

  test('pauses after a refusal, though a rule of the request was removed meanwhile', async () => {
    const { throttler, send } = setUp();
    server.answer = (response) => {
      throttler.removeRule('W');
      response.writeHead(429, { 'retry-after': '5' }).end('{}');
    };
    await send().catch(() => {});
    expect(throttler.estimateWait({ FREE: 1 })).toBeGreaterThan(4000);
  });
});

describe('two copies of the package that gate one client', () => {
  const calls = { send: () => ({ W: 1 }) };
  const setUp = () => {
    server.answer = (response) => void response.end('{}');
    const throttlers = [1, 2].map(
      () =>
        new other.MultiThrottler([other.rollingWindow({ id: 'W', limit: 5, interval: 60_000 })]),
    );
    onTestFinished(() => {
      for (const throttler of throttlers) throttler.close();
    });
    const [one, two] = throttlers as [Package.MultiThrottler, Package.MultiThrottler];
    return { client: { send: () => httpClient()(server.url) }, one, two };
  };

  test.each([
    ['ES modules first', throttleClient, otherGate],
    ['CommonJS first', otherGate, throttleClient],
  ])(
    'for one throttler: the second is an error, and pays nothing (%s)',
    async (_, first, second) => {
      const { client, one } = setUp();
      const { detach } = first(client, one, { calls });
      const { send } = client;
      expect(() => second(client, one, { calls })).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIG',
          field: 'client',
          message:
            'client must be one that no other copy of the package gates for this throttler, ' +
            'as both would take the cost; detach it first, got an object',
        }),
      );
      expect(client.send).toBe(send);
      await client.send();
      expect(one.getStatus().W?.tokens).toBe(4);
      detach();
      onTestFinished(second(client, one, { calls }).detach);
      await client.send();
      expect(one.getStatus().W?.tokens).toBe(3);
    },
  );

  test('for a throttler each: both are paid once, and hear of the answer', async () => {
    const { client, one, two } = setUp();
    const told: [Package.MultiThrottler, number][] = [];
    for (const throttler of [one, two]) {
      const { report } = throttler;
      throttler.report = (given) => {
        told.push([throttler, given.status]);
        report.call(throttler, given);
      };
    }
    onTestFinished(throttleClient(client, one, { calls }).detach);
    onTestFinished(otherGate(client, two, { calls }).detach);
    await client.send();
    expect([one, two].map((throttler) => throttler.getStatus().W?.tokens)).toEqual([4, 4]);
    expect(new Set(told)).toEqual(
      new Set([
        [one, 200],
        [two, 200],
      ]),
    );
    expect(told).toHaveLength(2);
    expect([one.getLoad().held, two.getLoad().held]).toEqual([0, 0]);
  });
});
