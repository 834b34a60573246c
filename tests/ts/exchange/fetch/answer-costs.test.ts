// Costs that go by the length of the answer: charged for the longest, corrected when it came.

import { concurrency, MultiThrottler } from 'multi-throttler';
import {
  type ExchangeProfile,
  hyperliquid,
  type ThrottledFetchOptions,
  throttledFetch,
} from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../support/clock.ts';
import { serve } from '../../support/server.ts';

const server = serve();
const CHARGED = 120;
const HELD = concurrency({ id: 'held', limit: 10 });

function setUp(options: ThrottledFetchOptions = {}) {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler([...hyperliquid.rules, HELD], { clock });
  const { acquire } = throttler;
  // Each request holds one of the rule as well, which tells when its permit is released.
  throttler.acquire = (cost, waiting) => acquire.call(throttler, { ...cost, held: 1 }, waiting);
  const send = throttledFetch(throttler, { profile: hyperliquid, retries: 0, ...options });
  const body = JSON.stringify({ type: 'userFills', user: '0x1' });
  const ask = (init?: RequestInit) => send(`${server.url}/info`, { method: 'POST', body, ...init });
  const tokens = (id: string) => throttler.getStatus()[id]?.tokens ?? 0;
  return { ask, used: () => 1200 - tokens('IP'), isReleased: () => tokens('held') === 10 };
}

/** Expects a request to leave so much weight in use after this answer. */
async function expectWeight(
  weight: number,
  answer: string,
  status = 200,
  options: ThrottledFetchOptions = {},
) {
  server.answer = (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  };
  const { ask, used, isReleased } = setUp(options);
  const response = await ask();
  expect(await response.text()).toBe(answer);
  await expect.poll(isReleased).toBe(true);
  expect(used()).toBe(weight);
}

const fills = (length: number) =>
  JSON.stringify(
    Array.from({ length }, (_, tid) => ({ tid, coin: '[{"', fee: '\\",]', of: [1, 2] })),
  );

test.each([
  ['of 40 items', fills(40), 22],
  ['of 41 items', fills(41), 23],
  ['of more bytes than a refusal has', fills(1000), 70],
  ['without items', '[]', 20],
  ['without items, with blanks', ' [ ] \n', 20],
  ['of the most items', fills(2000), CHARGED],
  ['of more than the most items', fills(5000), CHARGED],
  ['that is no list', '{"fills":[]}', CHARGED],
  ['that is cut off', '[1,2', CHARGED],
  ['that goes on after its list', '[1] [2]', CHARGED],
  ['that is a text', '"[]"', CHARGED],
  ['that is empty', '', CHARGED],
])('an answer %s', async (_, answer, weight) => {
  await expectWeight(weight, answer);
});

test('an error is charged in full', async () => {
  await expectWeight(CHARGED, '[]', 500);
});

test('costs of the user are left as they are', async () => {
  await expectWeight(7, '[]', 200, { costs: () => ({ IP: 7, held: 1 }) });
});

test('an answer is returned before it has come in full, and corrected then', async () => {
  let end = () => {};
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('[1,');
    end = () => void response.end('2]');
  };
  // A reader of bodies would wait for as much as a refusal has.
  const profile = { ...hyperliquid, body: undefined };
  const { ask, used, isReleased } = setUp({ profile });
  const response = await ask();
  expect(used()).toBe(CHARGED);
  end();
  expect(await response.json()).toEqual([1, 2]);
  await expect.poll(isReleased).toBe(true);
  expect(used()).toBe(21);
});

test('an answer that is aborted or breaks off is charged in full', async () => {
  const controller = new AbortController();
  const { ask, used, isReleased } = setUp({ profile: { ...hyperliquid, body: undefined } });
  server.answer = (response, _request, number) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('[1,');
    if (number === 2) setImmediate(() => response.destroy());
  };
  const aborted = await ask({ signal: controller.signal });
  controller.abort();
  await expect(aborted.text()).rejects.toThrow();
  const broken = await ask();
  await expect(broken.text()).rejects.toThrow();
  await expect.poll(isReleased).toBe(true);
  expect(used()).toBe(2 * CHARGED);
});

test('an answer that nobody reads is corrected', async () => {
  server.answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(fills(40));
  };
  const { ask, used, isReleased } = setUp();
  await ask();
  await expect.poll(isReleased).toBe(true);
  expect(used()).toBe(22);
});

test('an error of costs.after costs no answer', async () => {
  const wrong = new Error('after');
  const costs = Object.assign(hyperliquid.costs.bind(undefined), hyperliquid.costs, {
    after: () => {
      throw wrong;
    },
  });
  const errors: unknown[] = [];
  const profile: ExchangeProfile = { ...hyperliquid, costs };
  const onError = (error: unknown) => void errors.push(error);
  await expectWeight(CHARGED, '[]', 200, { profile, onError });
  expect(errors).toEqual([wrong]);
});
