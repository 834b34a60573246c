// Orders that succeed weigh nothing, which nobody knows before they are answered: usage headers give their weight back.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { BINANCE_SPOT_LIMITS } from '../../simulator/venues/binance/limits.mjs';
import { binance, requester, simulate, throttled } from '../support/rig.mjs';

const MINUTES = 3;
/** A minute's weight, of which 600 orders, as many as may be placed in it, would take twice as much. */
const WEIGHT = 300;
const ORDERS = 600;
const ORDER = 'POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=2';
/** It has no price, so it fails, and weighs what the documentation says. */
const FAILS = 'POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1';

const profile = binanceSpot.with({ limits: { REQUEST_WEIGHT: WEIGHT } });
const limits = BINANCE_SPOT_LIMITS.map((limit) =>
  limit.rateLimitType === 'REQUEST_WEIGHT' ? { ...limit, limit: WEIGHT } : limit,
);

/**
 * For three minutes a bot places as many orders as it may, each twentieth of which fails.
 *
 * @param {import('multi-throttler').HeaderReader} headers
 */
async function trade(headers) {
  const result = { placed: 0, refused: 0 };
  await simulate({ start: binance({ limits }), delay: 250 }, async ({ time, exchange, fetch }) => {
    const throttler = new MultiThrottler(profile.rules, { headers, clock: time });
    const send = requester(exchange.url, throttled(throttler, profile, fetch));
    let sent = 0;
    const worker = async () => {
      for (;;) {
        sent += 1;
        await send({ request: sent % 20 === 0 ? FAILS : ORDER });
      }
    };
    const stopped = Promise.allSettled(Array.from({ length: 150 }, worker));
    await time.run(MINUTES * 60_000);
    throttler.close();
    await time.until(stopped);
    result.refused = exchange.refused();
    result.placed = exchange.total('ORDERS', time.start + MINUTES * 60_000);
  });
  return result;
}

describe('orders that weigh nothing if they succeed', () => {
  it('are placed as if they weighed nothing, and none is refused', async () => {
    const { placed, refused } = await trade(profile.headers);
    assert.equal(refused, 0);
    // One in twenty is none, and takes the place of one.
    const possible = 0.95 * MINUTES * ORDERS;
    assert.ok(placed >= 0.97 * possible && placed <= MINUTES * ORDERS, `${placed} of ${possible}`);
  });

  it('use up the weight where headers are only believed to raise it', async () => {
    const { placed, refused } = await trade((...answer) =>
      profile.headers(...answer).map((usage) => ({ ...usage, exact: false })),
    );
    assert.equal(refused, 0);
    assert.ok(placed <= MINUTES * WEIGHT, `${placed}`);
  });
});
