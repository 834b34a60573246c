/** A server, and a throttler whose reports are recorded, for HTTP clients. */

import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { recordReports } from './rig.mjs';
import { serve } from './server.mjs';

/**
 * @param {{ after(work: () => Promise<void>): void }} t
 * @param {Parameters<typeof serve>[0]} answer
 * @param {import('multi-throttler').Clock} [clock]
 * @param {import('multi-throttler').AnyRule[]} [rules]
 */
export async function setUp(t, answer, clock, rules = [...binanceSpot.rules]) {
  const server = await serve(answer);
  t.after(server.close);
  const config = { headers: binanceSpot.headers, ...(clock ? { clock } : {}) };
  const throttler = new MultiThrottler(rules, config);
  return { server, throttler, reports: recordReports(throttler) };
}

export const ok = () => ({ headers: { 'x-mbx-used-weight-1m': '777' }, body: { done: true } });

/** Refuses the first request. @type {Parameters<typeof serve>[0]} */
export const refuseFirst = (_, count) =>
  count === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { body: { count } };
