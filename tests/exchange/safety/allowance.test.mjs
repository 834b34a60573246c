// A Hyperliquid address that has used most of its allowance before the program starts.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { hyperliquid, syncAllowance } from 'multi-throttler/exchange';
import { ccxtAt } from '../../simulator/clients/ccxt.mjs';
import { hyperliquid as venue } from '../../simulator/venues/hyperliquid.mjs';
import { requester, simulate, throttled, venueOf } from '../support/rig.mjs';

const WALLET = '0x0000000000000000000000000000000000000001';
const ASK = { type: 'userRateLimit', user: WALLET };
const ORDER = { action: { type: 'order', orders: [{ a: 0, b: true, p: '2', s: '1' }] } };
const CANCEL = { action: { type: 'cancel', cancels: [{ a: 0, o: 1 }] } };
/** The allowance of the address, and what it has used at the start. */
const CAP = 200;
const USED = 160;

/**
 * A sender that asks for the allowance, and acts.
 *
 * @typedef {{ ask: () => Promise<void>, act: (action: object) => Promise<unknown> }} Bot
 * @typedef {{ url: string, fetch: typeof globalThis.fetch, throttler: MultiThrottler }} Means
 * @type {[string, (means: Means) => Bot][]}
 */
const BOTS = [
  [
    'throttledFetch',
    ({ url, fetch, throttler }) => {
      const send = requester(url, throttled(throttler, hyperliquid, fetch));
      const post = (/** @type {string} */ path, /** @type {object} */ body) =>
        send({ request: `POST ${path}`, body: JSON.stringify(body) });
      return {
        ask: async () => {
          const answer = await (await post('/info', ASK)).json();
          assert.ok(syncAllowance(throttler, hyperliquid, answer));
        },
        act: (action) => post('/exchange', action),
      };
    },
  ],
  [
    'ccxt',
    ({ url, fetch, throttler }) => {
      const exchange = ccxtAt('hyperliquid', url, fetch, { walletAddress: WALLET });
      attachThrottler(exchange, { throttler });
      return {
        ask: () => exchange.publicPostInfo(ASK),
        act: (action) => exchange.privatePostExchange(action),
      };
    },
  ],
];

/**
 * @param {(means: Means) => Bot} make
 * @param {(bot: Bot, count: (action: object, times: number) => void) => Promise<void>} scenario
 */
async function run(make, scenario) {
  const start = venueOf(() => venue(CAP, USED));
  let result = { accepted: 0, refused: 0 };
  await simulate({ start, delay: 250 }, async ({ time, exchange, fetch }) => {
    const throttler = new MultiThrottler(hyperliquid.rules, { clock: time });
    const bot = make({ url: exchange.url, fetch, throttler });
    /** @type {Promise<unknown>[]} */
    const acts = [];
    const count = (/** @type {object} */ action, /** @type {number} */ times) => {
      // Waiting ones are rejected when the throttler is closed, and refused ones throw in ccxt.
      acts.push(Promise.allSettled(Array.from({ length: times }, () => bot.act(action))));
    };
    const played = scenario(bot, count);
    await time.until(played);
    await time.run(5000);
    throttler.close();
    await time.until(Promise.all(acts));
    const accepted = exchange.total('actions', Number.POSITIVE_INFINITY);
    result = { accepted, refused: exchange.refused() };
  });
  return result;
}

describe('an address near the end of its allowance', () => {
  for (const [name, make] of BOTS) {
    it(`is refused nothing by ${name} that has asked for it`, async () => {
      const { accepted, refused } = await run(make, async ({ ask }, count) => {
        await ask();
        count(CANCEL, 5);
        // Cancels count for orders as well, so fewer orders than the answer allows.
        count(ORDER, 30);
      });
      assert.deepEqual({ accepted, refused }, { accepted: 30, refused: 0 });
    });

    it(`takes all that is left by ${name}, and no more`, async () => {
      const { accepted, refused } = await run(make, async ({ ask }, count) => {
        await ask();
        count(ORDER, 100);
      });
      assert.equal(refused, 0);
      assert.ok(accepted >= CAP - USED - 1 && accepted <= CAP - USED, `${accepted}`);
    });

    it(`is refused by ${name} that has not asked`, async () => {
      const { refused } = await run(make, async (_, count) => count(ORDER, 100));
      assert.ok(refused > 0);
    });
  }
});
