import { MultiThrottler } from 'multi-throttler';
import { kucoin } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../support/clock.ts';

const SECOND = 1000;

test('a first response whose pool is used up ends the window with its countdown', async () => {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(kucoin.rules, { headers: kucoin.headers, clock });
  const permit = await throttler.acquire({ SPOT: 2 });
  // The pool was opened before a restart, or by another program of the same account.
  const headers = {
    'gw-ratelimit-limit': '4000',
    'gw-ratelimit-remaining': '0',
    'gw-ratelimit-reset': '2200',
  };
  throttler.report({ status: 200, headers, permit, rules: ['SPOT'] });
  const wait = throttler.estimateWait({ SPOT: 2 });
  expect(wait).toBeGreaterThan(2.2 * SECOND);
  expect(wait).toBeLessThan(2.2 * SECOND + 251);
});
