// Two accounts on one address, each an exchange of ccxt, under one throttler.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot } from 'multi-throttler/exchange';
import { ccxtAt } from '../../simulator/clients/ccxt.mjs';
import { binance, IP, simulate } from '../support/rig.mjs';

const ORDER = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  quantity: '1',
  price: '1',
  timeInForce: 'GTC',
};

/**
 * @typedef {object} Bot
 * @property {any} exchange
 * @property {number} sent requests so far
 * @property {(count: number) => Promise<PromiseSettledResult<unknown>[]>} order places orders
 *
 * @typedef {{ time: any, exchange: any, throttler: MultiThrottler, first: Bot, second: Bot }} Rig
 */

/**
 * Runs a scenario with two accounts on a simulated Binance where no order is filled.
 *
 * @param {(rig: Rig) => Promise<void>} scenario
 */
async function withTwo(scenario) {
  await simulate(
    { start: binance({ fillChance: 0 }), delay: 100, account: undefined },
    async ({ time, exchange, fetch }) => {
      const throttler = new MultiThrottler(binanceSpot.rules, {
        headers: binanceSpot.headers,
        clock: time,
      });
      const bot = (/** @type {string} */ apiKey) => {
        const counted = /** @type {typeof globalThis.fetch} */ (
          (input, init) => {
            self.sent += 1;
            return fetch(input, init);
          }
        );
        const attached = ccxtAt('binance', exchange.url, counted, { apiKey });
        attachThrottler(attached, { throttler });
        const self = {
          exchange: attached,
          sent: 0,
          order: (/** @type {number} */ count) =>
            Promise.allSettled(
              Array.from({ length: count }, () => attached.privatePostOrder(ORDER)),
            ),
        };
        return self;
      };
      await scenario({ time, exchange, throttler, first: bot('first'), second: bot('second') });
    },
  );
}

describe('two accounts on one address', () => {
  it('have orders of their own, whatever each is told', async () => {
    await withTwo(async ({ time, exchange, first, second }) => {
      await time.until(second.order(90));
      await time.until(first.order(3));
      assert.deepEqual([first.sent, second.sent], [3, 90]);
      const rest = second.order(30);
      // The window of 10 s ends; the answers of the first account say that 3 are used.
      await time.run(9_000);
      assert.ok(second.sent <= 100, `${second.sent} orders in one window`);
      assert.ok(second.sent >= 97, `${second.sent} orders in one window`);
      await time.until(first.order(90));
      assert.equal(first.sent, 93);
      await time.until(rest);
      assert.deepEqual([second.sent, exchange.limiter.record(IP).refused], [120, 0]);
    });
  });

  it('share the weight of their address', async () => {
    await withTwo(async ({ time, exchange, throttler, first, second }) => {
      const depth = (/** @type {Bot} */ bot, /** @type {number} */ count) =>
        Promise.all(
          Array.from({ length: count }, () =>
            bot.exchange.publicGetDepth({ symbol: 'BTCUSDT', limit: 5000 }),
          ),
        );
      await time.until(Promise.all([depth(first, 12), depth(second, 11)]));
      assert.equal(throttler.getStatus().REQUEST_WEIGHT?.tokens, 250);
      const late = Promise.all([depth(first, 1), depth(second, 1)]);
      await time.run(40_000);
      assert.equal(first.sent + second.sent, 24);
      await time.until(late);
      assert.equal(exchange.limiter.record(IP).refused, 0);
    });
  });
});
