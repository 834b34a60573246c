/** An SDK in front of a server, under a throttler whose reports are recorded. */

import { MultiThrottler } from 'multi-throttler';
import { throttleClient } from 'multi-throttler/client';
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
export async function rig(test, { calls, profile, success, make }, o = {}) {
  const server = await serve(o.answer ?? (() => ({ body: success })));
  const made = await make(server.url);
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
