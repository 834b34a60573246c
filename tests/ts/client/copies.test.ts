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
const other: typeof Package = createRequire(import.meta.url)('multi-throttler');
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
