// Costs that go by the length of the answer: charged for the longest, corrected when it came.

import { MultiThrottler } from 'multi-throttler';
import { hyperliquid, type ThrottledFetchOptions, throttledFetch } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../support/clock.ts';
import { serve } from '../../support/server.ts';

const server = serve();

/** Returns the weight that a request has left in use. */
async function weightOf(answer: unknown, status = 200, options: ThrottledFetchOptions = {}) {
  const throttler = new MultiThrottler(hyperliquid.rules, { clock: new VirtualClock() });
  server.answer = (response) => {
    const content = typeof answer === 'string' ? answer : JSON.stringify(answer);
    response.writeHead(status, { 'content-type': 'application/json' }).end(content);
  };
  const send = throttledFetch(throttler, { profile: hyperliquid, retries: 0, ...options });
  const body = JSON.stringify({ type: 'userFills', user: '0x1' });
  const response = await send(`${server.url}/info`, { method: 'POST', body });
  expect(await response.text()).toBe(typeof answer === 'string' ? answer : JSON.stringify(answer));
  return 1200 - (throttler.getStatus().IP?.tokens ?? 0);
}

const fills = (length: number) => Array.from({ length }, () => 1);

test.each([
  ['of 40 items', fills(40), 22],
  ['of 41 items', fills(41), 23],
  ['without items', [], 20],
  ['of the most items', fills(2000), 120],
  ['that is no list', { fills: [] }, 120],
  ['that is no JSON', '[1', 120],
])('an answer %s', async (_, answer, weight) => {
  expect(await weightOf(answer)).toBe(weight);
});

test('an error is charged in full', async () => {
  expect(await weightOf([], 500)).toBe(120);
});

test('costs of the user are left as they are', async () => {
  expect(await weightOf([], 200, { costs: () => ({ IP: 7 }) })).toBe(7);
});
