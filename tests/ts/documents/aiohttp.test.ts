// The examples of a blog post on limiting the rate and the concurrency of aiohttp, in TypeScript.

import { AsyncLimiter, Semaphore } from 'multi-throttler/compat';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { generator } from '../support/helpers.ts';

/** `asyncio.sleep` on a clock. */
const sleeper = (clock: VirtualClock) => (seconds: number) =>
  new Promise<void>((resolve) => void clock.setTimeout(resolve, seconds * 1000));

test('most requests in a time period', async () => {
  const clock = new VirtualClock();
  const RATE_LIMIT_IN_SECOND = 20;
  const rateLimiter = new AsyncLimiter(RATE_LIMIT_IN_SECOND, 1.0, { clock });
  const doSomething = async () => {
    await using _entered = await rateLimiter.enter();
    return clock.now();
  };
  const tasks = (count: number) => Promise.all(Array.from({ length: count }, doSomething));
  expect(await tasks(10)).toEqual(Array(10).fill(0));
  const more = tasks(12);
  await clock.until(more);
  expect(await more).toEqual([...Array(10).fill(0), 50, 100]);
});

test('a semaphore limits one endpoint and leaves the other alone', async () => {
  const clock = new VirtualClock();
  const sleep = sleeper(clock);
  const MAX_CONCURRENT = 2;
  const semaphore = new Semaphore(MAX_CONCURRENT, { clock });
  const starts: [string, number][] = [];
  const callEndpoint1 = async () => {
    await using _permit = await semaphore.acquire();
    starts.push(['endpoint1', clock.now()]);
    await sleep(1);
  };
  const callEndpoint2 = async () => {
    starts.push(['endpoint2', clock.now()]);
    await sleep(1);
  };
  const five = Array.from({ length: 5 });
  const all = Promise.all([...five.map(callEndpoint1), ...five.map(callEndpoint2)]);
  expect(await clock.until(all)).toBe(3000);
  const of = (name: string) => starts.filter(([endpoint]) => endpoint === name).map(([, at]) => at);
  expect(of('endpoint1')).toEqual([0, 0, 1000, 1000, 2000]);
  expect(of('endpoint2')).toEqual([0, 0, 0, 0, 0]);
});

test('workers take from a queue, at 20 per second and 10 at a time', async () => {
  const clock = new VirtualClock();
  const sleep = sleeper(clock);
  const MAX_CONCURRENT = 10;
  const RATE_LIMIT_IN_SECOND = 20;
  const rateLimit = new AsyncLimiter(RATE_LIMIT_IN_SECOND, 1.0, { clock });
  // `aiohttp.TCPConnector(limit=MAX_CONCURRENT)`
  const connector = new Semaphore(MAX_CONCURRENT, { clock });
  let open = 0;
  let mostOpen = 0;
  const starts: number[] = [];
  const request = () =>
    connector.run(async () => {
      starts.push(clock.now());
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      await sleep(0.4);
      open -= 1;
    });

  const random = generator(3);
  const queue = Array.from({ length: 60 }, () => 0.05 + random(950) / 1000);
  const worker = async () => {
    for (let sleepFor = queue.shift(); sleepFor !== undefined; sleepFor = queue.shift()) {
      await sleep(sleepFor);
      await rateLimit.run(request);
    }
  };
  await clock.until(Promise.all(Array.from({ length: 3 * MAX_CONCURRENT }, worker)));

  expect(starts).toHaveLength(60);
  expect(mostOpen).toBe(MAX_CONCURRENT);
  // A bucket of 20 that refills at 20 per second.
  for (const from of starts) {
    const within = starts.filter((at) => at >= from && at < from + 1000).length;
    expect(within).toBeLessThanOrEqual(2 * RATE_LIMIT_IN_SECOND);
  }
});
