// The exchange's clock is three seconds off. Windows of the calendar are its own, so a bot has to know its clock, to within
// what of the jitter the way there leaves.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { binance, requester, simulate, throttled } from './rig.mjs';
import { keepBusy } from './saturated.mjs';
import { CASES } from './saturated-cases.mjs';

/** The longest way, ms: 150 of the jitter of 250 are left for the clock. */
const DELAY = 100;
const MINUTES = 3;

/**
 * @typedef {(bot: { throttler: MultiThrottler, send: typeof fetch, url: string, time: import('./time.mjs').Time }) => Promise<void>} Learn
 *
 * @param {number} offset of the exchange's clock, ms
 * @param {Learn} learn how the bot comes to know it before it goes to work
 * @param {(response: Response) => Response} [seen] what becomes of answers on their way
 */
async function refusedWhenOff(offset, learn, seen = (response) => response) {
  let refused = 0;
  await simulate({ start: binance(), delay: DELAY, offset }, async ({ time, exchange, fetch }) => {
    const { rules, headers } = binanceSpot;
    const throttler = new MultiThrottler(rules, { headers, clock: time });
    const { url } = exchange;
    const send = throttled(throttler, binanceSpot, async (request) => seen(await fetch(request)));
    await time.until(learn({ throttler, send, url, time }));
    // Near the end of a minute, which ends at another instant there.
    await time.run(58_000);
    const stopped = keepBusy(CASES[0]?.streams ?? [], requester(url, send));
    await time.run(MINUTES * 60_000);
    throttler.close();
    await time.until(stopped);
    refused = exchange.refused();
  });
  return refused;
}

/**
 * Asks for the time, and says how long that took.
 *
 * @type {Learn}
 */
async function syncOnce({ throttler, send, url, time }) {
  const asked = time.now();
  const { serverTime } = await (await send(`${url}/api/v3/time`)).json();
  throttler.syncClock(serverTime, { roundTrip: time.now() - asked });
}

/**
 * Requests spread over a second: the header Date is cut to seconds, so each says most about the clock near their edges.
 *
 * @type {Learn}
 */
async function spreadOut({ send, url, time }) {
  for (let i = 0; i < 20; i += 1) {
    await send(`${url}/api/v3/ping`);
    await time.sleep(55);
  }
}

/** @param {Response} response */
function withoutDate(response) {
  response.headers.delete('date');
  return response;
}

for (const offset of [3000, -3000]) {
  describe(`an exchange whose clock is ${offset / 1000} s off`, () => {
    it('refuses nothing after syncClock', async () => {
      assert.equal(await refusedWhenOff(offset, syncOnce), 0);
    });

    it('refuses nothing when answers spread over a second have told its Date', async () => {
      assert.equal(await refusedWhenOff(offset, spreadOut), 0);
    });

    it('refuses what is sent by the wrong clock', async () => {
      assert.ok((await refusedWhenOff(offset, async () => undefined, withoutDate)) > 0);
    });
  });
}
