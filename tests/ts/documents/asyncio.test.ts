// The example of a blog post that implements rate limiting with asyncio, in TypeScript.

import { RateLimiter } from 'multi-throttler/compat';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';

function setUp() {
  const clock = new VirtualClock();
  const rateLimiter = new RateLimiter(5, 1, { clock }); // 5 requests per second
  const requests: [string, number][] = [];
  const makeRequest = async (url: string) => {
    await rateLimiter.consumeToken();
    requests.push([url, Math.round(clock.now())]);
  };
  return { clock, requests, makeRequest };
}

test('three requests go at once', async () => {
  const { requests, makeRequest } = setUp();
  const urls = ['https://example.com', 'https://example.org', 'https://example.net'];
  await Promise.all(urls.map(makeRequest));
  expect(requests).toEqual(urls.map((url) => [url, 0]));
});

test('more than the tokens of a second wait for the next', async () => {
  const { clock, requests, makeRequest } = setUp();
  const all = Promise.all(Array.from({ length: 12 }, (_, n) => makeRequest(`${n}`)));
  await clock.until(all);
  const at = [0, 0, 0, 0, 0, 1000, 1000, 1000, 1000, 1000, 2000, 2000];
  expect(requests).toEqual(at.map((ms, n) => [`${n}`, ms]));
});
