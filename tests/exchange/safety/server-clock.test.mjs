// The exchange's clock is three seconds off the machine's. Windows of the calendar are its own, so a bot has to know its
// clock, to within what of the jitter the way there leaves.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { binance, simulate } from '../support/rig.mjs';
import { keepBusy } from '../support/saturated.mjs';
import { CASES } from '../support/saturated-cases.mjs';
import { SENDERS } from '../support/senders.mjs';

/** The longest way, ms: 150 of the jitter of 250 are left for the clock. */
const DELAY = 100;
const MINUTES = 3;
const VENUE = { id: 'binance', profile: binanceSpot };

/**
 * @typedef {import('../support/senders.mjs').Request} Request
 *
 * @typedef {object} Bot
 * @property {MultiThrottler} throttler
 * @property {(request: Request) => Promise<any>} send
 * @property {import('../../simulator/time/time.mjs').Time} time
 * @property {(ms: number) => void} setClock makes the machine's clock so much fast
 *
 * @typedef {object} Job
 * @property {import('../support/senders.mjs').Sender} sender
 * @property {number} [offset] of the exchange's clock, ms
 * @property {(bot: Bot) => Promise<void>} [learn] how the bot comes to know it before it goes to work
 * @property {(response: Response) => Response} [seen] what becomes of answers on their way
 */

/** @param {Job} job */
async function refusedWhenOff({
  sender,
  offset = 0,
  learn = async () => undefined,
  seen = (response) => response,
}) {
  let refused = 0;
  await simulate({ start: binance(), delay: DELAY, offset }, async ({ time, exchange, fetch }) => {
    const { rules, headers } = binanceSpot;
    let fast = 0;
    const clock = { ...time, wallNow: () => time.wallNow() + fast };
    const throttler = new MultiThrottler(rules, { headers, clock });
    const watched = async (/** @type {any} */ input, /** @type {any} */ init) =>
      seen(await fetch(input, init));
    const send = sender({ venue: VENUE, url: exchange.url, fetch: watched, throttler });
    const setClock = (/** @type {number} */ ms) => {
      fast = ms;
    };
    await time.until(learn({ throttler, send, time, setClock }));
    // Near the end of a minute by the machine's clock, which ends at another instant there.
    await time.run(58_000 - fast);
    const stopped = keepBusy(CASES[0]?.streams ?? [], send);
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
 * @param {Bot} bot
 */
async function syncOnce({ throttler, send, time }) {
  const asked = time.now();
  const answer = await send({ request: 'GET /api/v3/time', ccxt: ['publicGetTime'] });
  const { serverTime } = answer instanceof Response ? await answer.json() : answer;
  throttler.syncClock(Number(serverTime), { roundTrip: time.now() - asked });
}

/**
 * Requests spread over a second: the header Date is cut to seconds, so each says most about the clock near their edges.
 *
 * @param {Bot} bot
 */
async function spreadOut({ send, time }) {
  for (let i = 0; i < 20; i += 1) {
    await send({ request: 'GET /api/v3/ping', ccxt: ['publicGetPing'] });
    await time.sleep(55);
  }
}

/** @param {Response} response */
function withoutDate(response) {
  response.headers.delete('date');
  return response;
}

for (const [by, sender] of SENDERS) {
  for (const offset of [3000, -3000]) {
    describe(`an exchange whose clock is ${offset / 1000} s off, with ${by}`, () => {
      it('refuses nothing after syncClock', async () => {
        assert.equal(await refusedWhenOff({ sender, offset, learn: syncOnce, seen: withoutDate }), 0);
      });

      it('refuses nothing when answers spread over a second have told its Date', async () => {
        assert.equal(await refusedWhenOff({ sender, offset, learn: spreadOut }), 0);
      });

      it('refuses what is sent by the wrong clock', async () => {
        assert.ok((await refusedWhenOff({ sender, offset, seen: withoutDate })) > 0);
      });
    });
  }

  for (const step of [3000, -3000]) {
    describe(`a machine whose clock is set by ${step / 1000} s while a bot runs, with ${by}`, () => {
      /** @param {Bot} bot */
      const knowThenStep = async (bot) => {
        await syncOnce(bot);
        bot.setClock(step);
      };

      it('is known again when answers spread over a second have told the Date', async () => {
        const learn = async (/** @type {Bot} */ bot) => {
          await knowThenStep(bot);
          await spreadOut(bot);
        };
        assert.equal(await refusedWhenOff({ sender, learn }), 0);
      });

      it('is not known without', async () => {
        assert.ok((await refusedWhenOff({ sender, learn: knowThenStep, seen: withoutDate })) > 0);
      });
    });
  }
}
