// A bot that is restarted within a window learns the usage of before from usage headers, or from a
// snapshot. For the headers it sends one request alone and continues after its response.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { requester, simulate } from '../support/rig.mjs';
import { gotNearlyAll, keepBusy } from '../support/saturated.mjs';
import { CASES, casesBy, delayOf } from '../support/saturated-cases.mjs';
import { byFetch, SENDERS } from '../support/senders.mjs';

/**
 * @typedef {object} Restart
 * @property {number} before the number of requests that the first bot sends at once
 * @property {number} at when the second bot starts, ms
 * @property {number} end ms
 * @property {number} possible the most that both bots can be accepted until the end
 */

/** @type {Readonly<Record<string, Restart>>} */
const RESTARTS = {
  'Binance spot, market data': { before: 16, at: 30_000, end: 150_000, possible: 3 * 6000 },
  'Binance USD-M futures': { before: 50, at: 30_000, end: 150_000, possible: 3 * 2400 },
  'Aster futures': { before: 50, at: 30_000, end: 150_000, possible: 3 * 2400 },
  Bitget: { before: 8, at: 300, end: 5000, possible: 5 * 10 },
  Gate: { before: 8, at: 300, end: 5000, possible: 5 * 10 },
  Bybit: { before: 8, at: 300, end: 5000, possible: 5 * 10 },
  // One window starts at 0, and two more follow, each a jitter after the end of the one before.
  KuCoin: { before: 80, at: 12_000, end: 75_000, possible: 3 * 2000 },
};

/**
 * @param {import('../support/saturated-cases.mjs').Case} one
 * @param {import('../support/senders.mjs').Sender} sender
 * @param {boolean} isAware whether the second bot reads headers and waits for the first of them
 */
async function restarted(one, sender, isAware) {
  const { profile, start } = one;
  const [stream] = one.streams;
  const restart = RESTARTS[one.name];
  if (stream === undefined || restart === undefined)
    throw new TypeError(`${one.name} has no restart`);
  let refused = 0;
  let accepted = 0;
  await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
    const sendNow = requester(exchange.url, fetch);
    const earlier = Array.from({ length: restart.before }, () => sendNow(stream));
    await time.run(restart.at);
    await time.until(Promise.all(earlier));

    const headers = isAware ? profile.headers : undefined;
    const throttler = new MultiThrottler(profile.rules, { headers, clock: time });
    const send = sender({ venue: one, url: exchange.url, fetch, throttler });
    if (isAware) await time.until(send(stream));
    const stopped = keepBusy([stream], send);
    await time.run(restart.end);
    throttler.close();
    await time.until(stopped);
    refused = exchange.refused();
    // Only whole fixed windows are counted.
    accepted = exchange.total(
      stream.counter,
      time.start + Math.ceil(restart.end / 60_000) * 60_000,
    );
  });
  return { refused, share: accepted / restart.possible };
}

const WITH_USAGE = CASES.filter(({ name }) => Object.hasOwn(RESTARTS, name));

for (const [by, sender] of SENDERS) {
  describe(`restart within a window, with ${by}`, () => {
    for (const one of WITH_USAGE) {
      it(`loses nothing with usage headers: ${one.name}`, async () => {
        const { refused, share } = await restarted(one, sender, true);
        assert.equal(refused, 0);
        assert.ok(share >= 0.97 && share <= 1, `${share} of what is possible`);
      });
    }
  });
}

describe('restart within a window, without reading headers', () => {
  for (const one of WITH_USAGE) {
    it(`is refused: ${one.name}`, async () => {
      const { refused } = await restarted(one, byFetch, false);
      assert.ok(refused > 0);
    });
  }
});

/**
 * A saturating bot that is restarted after two fifths of its time, while requests are in flight.
 *
 * @param {import('../support/saturated-cases.mjs').Case} one
 * @param {import('../support/senders.mjs').Sender} sender
 * @param {boolean} isAware whether it restores a snapshot
 * @param {(exchange: import('../support/rig.mjs').Exchange, start: number) => void} judge
 */
async function restartSaturated(one, sender, isAware, judge) {
  const { profile, start, streams, minutes } = one;
  await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
    /** @param {number} began the start of the program, at which its monotonic clock shows 0 */
    const bot = (began) => {
      const clock = { ...time, now: () => time.now() - began };
      const throttler = new MultiThrottler(profile.rules, { clock });
      return { throttler, send: sender({ venue: one, url: exchange.url, fetch, throttler }) };
    };
    const first = bot(0);
    const stopped = keepBusy(streams, first.send);
    await time.run(minutes * 24_500);
    const saved = JSON.stringify(first.throttler.snapshot());
    first.throttler.close();

    await time.run(time.now() + 100);
    const second = bot(time.now());
    if (isAware) second.throttler.restore(JSON.parse(saved));
    const stoppedAgain = keepBusy(streams, second.send);
    await time.run(isAware ? minutes * 60_000 : time.now() + 5000);
    second.throttler.close();
    await time.until(Promise.all([stopped, stoppedAgain]));
    judge(exchange, time.start);
  });
}

/** Cases that take many requests and add nothing to the others. */
const LONG = ['Bybit, market data', 'OKX, if its windows are fixed'];

const isShort = (/** @type {{ name: string }} */ { name }) => !LONG.includes(name);

for (const [by, sender] of SENDERS) {
  describe(`restart of a saturating bot, with ${by}`, () => {
    for (const one of casesBy(by).filter(isShort)) {
      it(`loses nothing with a snapshot: ${one.name}`, () =>
        restartSaturated(one, sender, true, (exchange, start) =>
          gotNearlyAll(one, exchange, start),
        ));
    }
  });
}

describe('restart of a saturating bot, without a snapshot', () => {
  for (const one of CASES.filter(isShort)) {
    it(`is refused: ${one.name}`, () =>
      restartSaturated(one, byFetch, false, (exchange) => assert.ok(exchange.refused() > 0)));
  }
});
