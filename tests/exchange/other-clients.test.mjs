// Another client on the same IP takes two fifths of its weight: usage headers tell of it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { ACCOUNT, binance, IP, simulate, throttled } from './rig.mjs';

const MINUTES = 3;
/** What the other client takes between the bot's last request of a minute and the end of it has to be left. */
const MODES = { normal: { buffer: 0.1 } };
/** Of the 6000 that the IP may use in a minute. */
const GOES = 5400;

/**
 * For three minutes a bot wants 75 of weight a second and another client 40: together 6900 a minute, of 6000.
 *
 * @param {import('multi-throttler').HeaderReader | undefined} headers
 */
async function besideAnother(headers) {
  const bot = { accepted: 0, refused: 0 };
  const other = { accepted: 0, refused: 0 };
  const used = { known: 0, true: 0 };
  await simulate({ start: binance(), delay: 250 }, async ({ time, exchange, fetch }) => {
    const throttler = new MultiThrottler(binanceSpot.rules, { headers, clock: time, modes: MODES });
    const send = throttled(throttler, binanceSpot, fetch);
    const end = MINUTES * 60_000;
    /**
     * Asks as often, but for one at a time.
     *
     * @param {typeof fetch} by
     * @param {{ accepted: number, refused: number }} counts
     * @param {string} path
     * @param {number} every ms
     */
    const client = async (by, counts, path, every) => {
      for (let next = 0; next < end; next = Math.max(next + every, time.now())) {
        await time.sleep(next - time.now());
        const { status } = await by(exchange.url + path);
        counts[status === 200 ? 'accepted' : 'refused'] += 1;
      }
    };
    const jobs = [0, 1, 2].map(() => client(send, bot, '/api/v3/trades?symbol=BTCUSDT', 1000));
    jobs.push(client(fetch, other, '/api/v3/exchangeInfo', 500));
    const done = Promise.allSettled(jobs);

    await time.run(45_000);
    used.known = GOES - Number(throttler.getStatus().REQUEST_WEIGHT?.tokens);
    const [weight] = exchange.limiter.limits;
    if (weight === undefined) throw new TypeError('no limits');
    used.true = exchange.limiter.counter(weight, { ip: IP, account: ACCOUNT }).used(time.wallNow());
    await time.run(end);
    throttler.close();
    await time.until(done);
  });
  return { bot, other, used };
}

describe('another client on the same IP', () => {
  it('is noticed from headers: nobody is refused, and the bot gets what is left', async () => {
    const { bot, other, used } = await besideAnother(binanceSpot.headers);
    assert.deepEqual([bot.refused, other.refused], [0, 0]);
    // Of the last half a second something may not be known yet, or be known and on its way.
    assert.ok(Math.abs(used.known - used.true) <= 2 * 40, `${used.known} of ${used.true} known`);
    const left = MINUTES * (GOES - 2400);
    assert.ok(bot.accepted * 25 >= 0.97 * left, `${bot.accepted * 25} of ${left}`);
  });

  it('is not noticed without, and both are refused', async () => {
    const { bot, other, used } = await besideAnother(undefined);
    assert.ok(bot.refused > 0 && other.refused > 0, `${bot.refused} and ${other.refused}`);
    assert.ok(used.known <= used.true - 1500, `${used.known} of ${used.true} known`);
  });
});
