/** An SDK in front of a server, under a throttler whose reports are recorded. */

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MultiThrottler } from 'multi-throttler';
import { throttleClient } from 'multi-throttler/client';
import { successOf } from './sdks.mjs';
import { serve } from './server.mjs';

/**
 * @typedef {import('multi-throttler').Report} Report
 *
 * @typedef {object} RigOptions
 * @property {(received: import('./server.mjs').Received, count: number) =>
 *   import('./server.mjs').Answer | Promise<import('./server.mjs').Answer>} [answer]
 * @property {import('multi-throttler').Clock} [clock]
 * @property {Partial<import('multi-throttler/client').ThrottleClientOptions>} [options]
 * @property {import('multi-throttler').AnyRule[]} [rules] beside those of the profile
 */

/**
 * Everything is closed when the test ends.
 *
 * @param {{ after(work: () => Promise<void>): void }} test
 * @param {import('./sdks.mjs').Sdk} sdk
 * @param {RigOptions} [o]
 */
export async function rig(test, sdk, o = {}) {
  const { calls, profile, make } = sdk;
  const accept = (/** @type {import('./server.mjs').Received} */ received) => ({
    body: successOf(sdk, received),
  });
  /** @type {NonNullable<RigOptions['answer']>} */
  let answer = accept;
  const server = await serve((received, count) => answer(received, count));
  const made = await make(server.url);
  // Some SDKs have asked for lists before.
  server.received.length = 0;
  answer = o.answer ?? accept;
  const config = { headers: profile.headers, ...(o.clock ? { clock: o.clock } : {}) };
  const throttler = new MultiThrottler([...profile.rules, ...(o.rules ?? [])], config);
  const reports = recordReports(throttler);
  const attached = throttleClient(made.client, throttler, { profile, calls, ...o.options });
  test.after(async () => {
    attached.detach();
    throttler.close();
    made.stop?.();
    await server.close();
  });
  return { ...made, server, throttler, reports, detach: attached.detach };
}

/**
 * Returns the reports that a throttler gets from now on.
 *
 * @param {MultiThrottler} throttler
 */
export function recordReports(throttler) {
  /** @type {Report[]} */
  const reports = [];
  const { report } = throttler;
  throttler.report = (one) => {
    reports.push(one);
    report.call(throttler, one);
  };
  return reports;
}

/**
 * The usage of each rule that has any.
 *
 * @param {MultiThrottler} throttler
 */
export function usageOf(throttler) {
  const used = Object.entries(throttler.getStatus())
    .map(([id, { capacity, tokens }]) => [id, capacity - tokens])
    .filter(([, usage]) => Number(usage) > 0);
  return Object.fromEntries(used);
}

/**
 * Makes a call wait for a pause, during which the mocked Date goes on.
 *
 * @template T
 * @param {MultiThrottler} throttler
 * @param {import('../../simulator/time/time.mjs').Time} time its clock
 * @param {() => Promise<T>} call
 * @param {number} [ms] by default longer than exchanges accept a signature
 * @returns {Promise<T>}
 */
export async function throughPause(throttler, time, call, ms = 6000) {
  throttler.pause({ ms });
  const pending = call();
  await turn();
  assert.equal(throttler.getQueueLength(), 1);
  mock.timers.tick(ms);
  const run = time.run(ms);
  const result = await pending;
  await run;
  return result;
}
