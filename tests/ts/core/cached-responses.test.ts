// Responses out of a cache, which tell of an earlier request.

import { fixedWindow, rollingWindow } from 'multi-throttler';
import { binanceSpot, rateLimitHeaders } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { setUp, tokens } from '../support/helpers.ts';

/** Virtual time begins 20 s into a minute. */
const UNTIL_10_100_OF_A_MINUTE = 50_100;

const minute = fixedWindow({ id: 'w', limit: 10, interval: 60_000 });

async function usedUpAt10100(headers: Record<string, string>) {
  const { clock, throttler } = setUp([minute]);
  await clock.advance(UNTIL_10_100_OF_A_MINUTE);
  const permit = await throttler.acquire({ w: 10 });
  const date = new Date(clock.wallNow() - 25_000).toUTCString();
  throttler.report({ status: 200, headers: { date, ...headers }, permit });
  return throttler.estimateWait({ w: 1 });
}

describe('a response out of a cache', () => {
  test('moves no clock', async () => {
    expect(await usedUpAt10100({ age: '25' })).toBe(49_900);
  });

  test.each(['0', 'soon', ''])('is one with an Age above 0, not of %j', async (age) => {
    expect(await usedUpAt10100({ age })).toBeLessThan(25_000);
  });

  test('tells nothing about usage', () => {
    const { throttler } = setUp(binanceSpot.rules, { headers: binanceSpot.headers });
    const headers = { 'x-mbx-used-weight-1m': '5000' };
    throttler.report({ status: 200, headers: { ...headers, age: '3' } });
    expect(tokens(throttler).REQUEST_WEIGHT).toBe(6000);
    throttler.report({ status: 200, headers: { ...headers, age: '0' } });
    expect(tokens(throttler).REQUEST_WEIGHT).toBe(1000);
  });

  test('has no RateLimit that counts', () => {
    const rules = [rollingWindow({ id: 'R', limit: 10, interval: 60_000 })];
    const { throttler } = setUp(rules, { headers: rateLimitHeaders('R') });
    throttler.report({ status: 200, headers: { RateLimit: '"a";r=1;t=30', Age: '1' } });
    expect(tokens(throttler)).toEqual({ R: 10 });
  });

  test('still pauses as a refusal asks', () => {
    const { clock, throttler } = setUp([minute]);
    const date = new Date(clock.wallNow() - 25_000).toUTCString();
    throttler.report({ status: 429, headers: { date, age: '25', 'retry-after': '7' } });
    expect(throttler.estimateWait({ w: 1 })).toBe(7000);
  });
});
