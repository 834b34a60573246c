// A bot that is started anew in the middle of a window learns what was used before: from usage headers, for which it sends
// one request alone and goes on when that has been answered, or from a snapshot.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { requester, simulate } from '../support/rig.mjs';
import { gotNearlyAll, keepBusy } from '../support/saturated.mjs';
import { CASES, delayOf } from '../support/saturated-cases.mjs';
import { byFetch, SENDERS } from '../support/senders.mjs';

/**
 * @typedef {object} Restart
 * @property {number} before how many requests the first bot sent, all at once
 * @property {number} at when the second one starts, ms
 * @property {number} end ms
 * @property {number} possible what can be accepted until the end, of both
 */

/** @type {Readonly<Record<string, Restart>>} */
const RESTARTS = {
  'Binance spot, market data': { before: 16, at: 30_000, end: 150_000, possible: 3 * 6000 },
  'Binance USD-M futures': { before: 50, at: 30_000, end: 150_000, possible: 3 * 2400 },
  'Aster futures': { before: 50, at: 30_000, end: 150_000, possible: 3 * 2400 },
  Bybit: { before: 8, at: 300, end: 5000, possible: 5 * 10 },
  // Windows from 0, and, a jitter after that has ended, two more.
  KuCoin: { before: 80, at: 12_000, end: 75_000, possible: 3 * 2000 },
};

/**
 * @param {import('../support/saturated-cases.mjs').Case} one
 * @param {import('../support/senders.mjs').Sender} sender
 * @param {boolean} isAware whether the second bot reads headers, and waits for the first of them
 */
async function restarted(one, sender, isAware) {
  const { profile, start } = one;
  const [stream] = one.streams;
  const restart = RESTARTS[one.name];
  if (stream === undefined || restart === undefined) throw new TypeError(`nothing is known of ${one.name}`);
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
    // Windows of the calendar are counted whole.
    accepted = exchange.total(stream.counter, time.start + Math.ceil(restart.end / 60_000) * 60_000);
  });
  return { refused, share: accepted / restart.possible };
}

const TELLING = CASES.filter(({ name }) => Object.hasOwn(RESTARTS, name));

for (const [by, sender] of SENDERS) {
  describe(`a restart in the middle of a window, with ${by}`, () => {
    for (const one of TELLING) {
      it(`loses nothing where headers tell what was used: ${one.name}`, async () => {
        const { refused, share } = await restarted(one, sender, true);
        assert.equal(refused, 0);
        assert.ok(share >= 0.97 && share <= 1, `${share} of what is possible`);
      });
    }
  });
}

describe('a restart in the middle of a window, where headers are not read', () => {
  for (const one of TELLING) {
    it(`is refused: ${one.name}`, async () => {
      const { refused } = await restarted(one, byFetch, false);
      assert.ok(refused > 0);
    });
  }
});

/**
 * A saturating bot that is started anew after two fifths of its time, while requests are on their way.
 *
 * @param {import('../support/saturated-cases.mjs').Case} one
 * @param {import('../support/senders.mjs').Sender} sender
 * @param {boolean} isAware whether it goes on from a snapshot
 * @param {(exchange: import('../support/rig.mjs').Exchange, start: number) => void} judge
 */
async function goesOn(one, sender, isAware, judge) {
  const { profile, start, streams, minutes } = one;
  await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
    /** @param {number} began when the program was started, at which its monotonic clock shows 0 */
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

/** They take many requests, and are as others. */
const LONG = ['Bybit, market data', 'OKX, if its windows are aligned'];

const SHORT = CASES.filter(({ name }) => !LONG.includes(name));

for (const [by, sender] of SENDERS) {
  describe(`a restart while a bot saturates an exchange, with ${by}`, () => {
    for (const one of SHORT) {
      it(`loses nothing if it goes on from a snapshot: ${one.name}`, () =>
        goesOn(one, sender, true, (exchange, start) => gotNearlyAll(one, exchange, start)));
    }
  });
}

describe('a restart while a bot saturates an exchange, without a snapshot', () => {
  for (const one of SHORT) {
    it(`is refused: ${one.name}`, () =>
      goesOn(one, byFetch, false, (exchange) => assert.ok(exchange.refused() > 0)));
  }
});
