// Orders that succeed weigh nothing, which is known only from the response: usage headers return
// their weight.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { BINANCE_SPOT_LIMITS } from '../../simulator/venues/binance/limits.mjs';
import { binance, requester, simulate, throttled } from '../support/rig.mjs';

const MINUTES = 3;
/** The weight per minute: half of what the 600 orders that are allowed per minute would weigh. */
const WEIGHT = 300;
const ORDERS = 600;
const ORDER =
  'POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=2';
/** An order without a price, which fails and so weighs 1. */
const FAILS = 'POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1';

const profile = binanceSpot.with({ limits: { REQUEST_WEIGHT: WEIGHT } });
const limits = BINANCE_SPOT_LIMITS.map((limit) =>
  limit.rateLimitType === 'REQUEST_WEIGHT' ? { ...limit, limit: WEIGHT } : limit,
);

/**
 * Lets a bot place orders as fast as it may for three minutes. Every twentieth fails.
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

describe('orders that weigh nothing when they succeed', () => {
  it('are placed as if they weighed nothing', async () => {
    const { placed, refused } = await trade(profile.headers);
    assert.equal(refused, 0);
    // One in twenty requests fails and takes the place of an order.
    const possible = 0.95 * MINUTES * ORDERS;
    assert.ok(placed >= 0.97 * possible && placed <= MINUTES * ORDERS, `${placed} of ${possible}`);
  });

  it('use up the weight if headers may only raise usage', async () => {
    const { placed, refused } = await trade((...response) =>
      profile.headers(...response).map((usage) => ({ ...usage, exact: false })),
    );
    assert.equal(refused, 0);
    assert.ok(placed <= MINUTES * WEIGHT, `${placed}`);
  });
});
