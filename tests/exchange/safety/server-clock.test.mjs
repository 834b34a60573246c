// The exchange's clock is three seconds off the machine's. Fixed windows follow the exchange's
// clock, so a bot has to know it to within the part of the jitter that the delay leaves.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { binance, simulate } from '../support/rig.mjs';
import { keepBusy } from '../support/saturated.mjs';
import { CASES } from '../support/saturated-cases.mjs';
import { SENDERS } from '../support/senders.mjs';

/** The longest delay, ms. It leaves 150 of the jitter of 250 for the clock. */
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
 * @property {(ms: number) => void} setClock sets the machine's clock ahead
 *
 * @typedef {object} Job
 * @property {import('../support/senders.mjs').Sender} sender
 * @property {number} [offset] of the exchange's clock, ms
 * @property {(bot: Bot) => Promise<void>} [learn] lets the bot learn the offset before it starts
 * @property {(response: Response) => Response} [seen] changes responses before the bot gets them
 */

/** @param {Job} job */
async function refusalsWhenOff({
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
    // The bot starts near the end of a minute by the machine's clock. The exchange's minute ends at
    // another instant.
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
 * Requests the server's time and passes it on with its round trip.
 *
 * @param {Bot} bot
 */
async function syncOnce({ throttler, send, time }) {
  const asked = time.now();
  const response = await send({ request: 'GET /api/v3/time', ccxt: ['publicGetTime'] });
  const { serverTime } = response instanceof Response ? await response.json() : response;
  throttler.syncClock(Number(serverTime), { roundTrip: time.now() - asked });
}

/**
 * Sends requests spread over more than a second. `Date` has whole seconds, so it narrows the offset
 * most near the edges of a second.
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
    describe(`exchange whose clock is ${offset / 1000} s off, with ${by}`, () => {
      it('refuses nothing after syncClock', async () => {
        assert.equal(
          await refusalsWhenOff({ sender, offset, learn: syncOnce, seen: withoutDate }),
          0,
        );
      });

      it('refuses nothing after reports of Date over a second', async () => {
        assert.equal(await refusalsWhenOff({ sender, offset, learn: spreadOut }), 0);
      });

      it('refuses requests sent by the wrong clock', async () => {
        assert.ok((await refusalsWhenOff({ sender, offset, seen: withoutDate })) > 0);
      });
    });
  }

  for (const step of [3000, -3000]) {
    describe(`machine whose clock is set by ${step / 1000} s, with ${by}`, () => {
      /** @param {Bot} bot */
      const syncThenStep = async (bot) => {
        await syncOnce(bot);
        bot.setClock(step);
      };

      it('is refused nothing after reports of Date over a second', async () => {
        const learn = async (/** @type {Bot} */ bot) => {
          await syncThenStep(bot);
          await spreadOut(bot);
        };
        assert.equal(await refusalsWhenOff({ sender, learn }), 0);
      });

      it('is refused requests without a Date', async () => {
        assert.ok((await refusalsWhenOff({ sender, learn: syncThenStep, seen: withoutDate })) > 0);
      });
    });
  }
}
