// Statuses other than 429 and 418 that ask to wait.

import { describe, expect, test } from 'vitest';
import { bucket, setUp } from '../support/helpers.ts';

/** Milliseconds until the next request, after a response. */
function waitAfter(status: number, headers?: Record<string, string>): number {
  const { throttler } = setUp([bucket('a', 10)]);
  throttler.report({ status, headers });
  return throttler.estimateWait({ a: 1 });
}

describe('statuses that may ask to wait', () => {
  test.each([403, 503])('%i with Retry-After pauses', (status) => {
    expect(waitAfter(status, { 'retry-after': '30' })).toBe(30_000);
    expect(waitAfter(status, { 'retry-after': 'Tue, 14 Nov 2023 22:14:20 GMT' })).toBe(60_000);
  });

  test.each([403, 503])('%i without Retry-After is no refusal', (status) => {
    expect(waitAfter(status)).toBe(0);
    expect(waitAfter(status, { 'retry-after': 'soon' })).toBe(0);
    expect(waitAfter(status, { 'ratelimit-reset': '30' })).toBe(0);
  });

  test('403 with nothing remaining pauses until the reset', () => {
    const reset = { 'x-ratelimit-reset': '1700000060' };
    expect(waitAfter(403, { 'x-ratelimit-remaining': '0', ...reset })).toBe(60_000);
    expect(waitAfter(403, { 'x-ratelimit-remaining': '1', ...reset })).toBe(0);
    expect(waitAfter(503, { 'x-ratelimit-remaining': '0', ...reset })).toBe(0);
  });

  test.each([420, 430, 509, 529])('%i pauses with Retry-After alone', (status) => {
    expect(waitAfter(status, { 'retry-after': '30' })).toBe(30_000);
    expect(waitAfter(status)).toBe(0);
  });

  test.each([200, 301, 400, 401, 404, 500, 502, 504])('%i is none with Retry-After', (status) => {
    expect(waitAfter(status, { 'retry-after': '30' })).toBe(0);
  });
});

describe('Retry-After', () => {
  test.each([
    ['a century', '3153600000'],
    ['the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
    ['milliseconds of a month, read as a Unix time in 2052', '2592000000'],
  ])('of %s backs off as without one', (_, value) => {
    expect(waitAfter(429, { 'retry-after': value })).toBeLessThanOrEqual(2200);
    expect(waitAfter(429, { 'x-ratelimit-reset': value })).toBeLessThanOrEqual(2200);
  });

  test('of 0 backs off from the second refusal in a row on', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    const pauses: number[] = [];
    for (let n = 0; n < 4; n++) {
      throttler.report({ status: 429, headers: { 'retry-after': '0' } });
      pauses.push(Math.round((await clock.until(throttler.throttle({ a: 1 }))) / 4400));
    }
    // At most a tenth more than 4, 8 and 16 s.
    expect(pauses).toEqual([0, 1, 2, 4]);
  });
});
