/**
 * A job with mixed costs on a simulated exchange that counts in one window: one request in ten
 * costs half of the limit, the others 1 to 5 % of it, and 60 requests wait at any time.
 */

import { wire } from '../../tests/simulator/http/wire.mjs';
import { open, Venue } from '../../tests/simulator/venues/venue.mjs';
import { SlidingLog } from '../../ts/simulator/counters.mjs';
import { seededRandom } from '../../ts/simulator/random.mjs';
import { WindowCounter } from '../../ts/simulator/window-counter.mjs';
import { limitersFor } from './mixed-limiters.mjs';
import { DELAY } from './run.mjs';
import { virtualTime } from './time.mjs';

/**
 * @typedef {'fixed' | 'rolling'} Window
 *
 * @typedef {object} MixedOutcome
 * @property {string} name
 * @property {number} used accepted cost as a share of the limit
 * @property {number} sent number of requests
 * @property {number} refused number of 429 responses
 */

const MINUTE = 60_000;
/** Cost accepted per minute. */
export const LIMIT = 100;
export const WAITING = 60;
/** Minutes over which the accepted cost is measured, after the first two whole ones. */
export const MEASURED = 60;
const WARM_UP = 2;

/**
 * Compares limiters under one window. Replaces the clock of this process, whose time is virtual
 * from then on.
 *
 * @param {Window} window
 * @param {string[]} [names] limiters to run; all by default
 * @returns {AsyncGenerator<MixedOutcome>}
 */
export async function* compareMixed(window, names) {
  const time = virtualTime();
  for (const [name, make] of Object.entries(limitersFor(window))) {
    if (names?.includes(name) ?? true) yield await outcomeOf(time, window, name, make);
  }
}

/**
 * @param {import('../../tests/simulator/time/time.mjs').Time} time
 * @param {Window} window
 * @param {string} name
 * @param {import('./mixed-limiters.mjs').Make} make
 * @returns {Promise<MixedOutcome>}
 */
async function outcomeOf(time, window, name, make) {
  // The job starts in the middle of a minute, as bots usually do.
  const minute = Math.ceil(time.now() / MINUTE) * MINUTE;
  await time.run(minute + MINUTE / 2);
  const venue = venueOf(window);
  const exchange = await open(venue, time.wallNow);
  const line = wire({ time, random: seededRandom(2), delay: DELAY });
  const wait = await time.real(() => make(LIMIT, MINUTE, DELAY));
  const random = seededRandom(1);
  let stopped = false;
  let pausedUntil = 0;
  let sent = 0;

  /** Sends a request until it is accepted. The bot obeys Retry-After. */
  const insist = async (/** @type {number} */ cost) => {
    while (!stopped) {
      while (time.now() < pausedUntil) await time.sleep(pausedUntil - time.now());
      await wait(cost);
      if (stopped) return;
      sent += 1;
      const { status, headers } = await line.fetch(`${exchange.url}/request?cost=${cost}`);
      if (status === 200) return;
      const until = time.now() + 1000 * Number(headers.get('retry-after'));
      pausedUntil = Math.max(pausedUntil, until);
    }
  };
  const worker = async () => {
    while (!stopped) await insist(random() < 0.1 ? LIMIT / 2 : 1 + Math.floor(random() * 5));
  };
  for (let i = 0; i < WAITING; i += 1) void worker();
  const begin = minute + (1 + WARM_UP) * MINUTE;
  const end = begin + MEASURED * MINUTE;
  await time.run(end);
  stopped = true;
  await time.run(end + 1000);
  line.close();
  await exchange.close();
  const total = (/** @type {number} */ until) => venue.total('cost', time.start + until);
  const used = (total(end) - total(begin)) / (LIMIT * MEASURED);
  return { name, used, sent, refused: venue.refused };
}

/** @param {Window} window */
function venueOf(window) {
  return new Venue({
    charges: (_, params) => [
      {
        id: 'cost',
        make: () =>
          window === 'fixed' ? new WindowCounter(LIMIT, MINUTE) : new SlidingLog(LIMIT, MINUTE),
        cost: Number(params.get('cost')),
      },
    ],
    refusal: (_, now, counter) => {
      const until = window === 'fixed' ? counter.windowEnd(now) : counter.resetAt(now);
      const seconds = Math.max(1, Math.ceil((until - now) / 1000));
      return { status: 429, body: {}, headers: { 'Retry-After': String(seconds) } };
    },
  });
}
