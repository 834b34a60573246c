// An exchange that refuses, in its own words: the bot pauses, and nothing that waits is lost.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { binance, requester, simulate, throttled } from './rig.mjs';
import { CASES, delayOf } from './saturated-cases.mjs';

const DATA = '/api/v3/trades?symbol=BTCUSDT';
/** Of 25 of weight. */
const REQUESTS = 100;

/**
 * Another client on the same IP uses up its weight at 20 s into a minute, then the bot sends, which is refused.
 *
 * @param {number} banAfter refusals that are forgiven
 */
async function afterAnother(banAfter) {
  const result = { statuses: /** @type {number[]} */ ([]), sent: /** @type {number[]} */ ([]) };
  await simulate({ start: binance({ banAfter }), delay: 100 }, async ({ time, exchange, fetch }) => {
    const { rules, headers } = binanceSpot;
    // A few at a time, so that most wait when the first is refused.
    const throttler = new MultiThrottler(
      rules.map((rule) =>
        rule.id === 'RAW_REQUESTS' ? { ...rule, limit: 5, interval: 1000, jitter: 50 } : rule,
      ),
      { headers, clock: time },
    );
    const send = throttled(
      throttler,
      binanceSpot,
      (request) => {
        result.sent.push(time.now());
        return fetch(request);
      },
      { retries: 2 },
    );
    await time.run(20_000);
    const others = Array.from({ length: 24 }, () =>
      fetch(`${exchange.url}/api/v3/depth?symbol=BTCUSDT&limit=5000`),
    );
    await time.until(Promise.all(others));
    const answers = Array.from({ length: REQUESTS }, async () => (await send(exchange.url + DATA)).status);
    result.statuses = await time.until(Promise.all(answers));
  });
  return result;
}

describe('Binance', () => {
  it('asks to wait for the next minute with 429: all is sent again then', async () => {
    const { statuses, sent } = await afterAnother(100);
    assert.deepEqual(new Set(statuses), new Set([200]));
    const [, ...others] = sent;
    // Those on their way with the first.
    const early = others.filter((at) => at < 60_000);
    assert.ok(early.length < 5 && sent.length === REQUESTS + 1 + early.length, `${sent.length} sent`);
  });

  it('bans for two minutes with 418: what waits goes afterwards', async () => {
    const { statuses, sent } = await afterAnother(0);
    const banned = statuses.filter((status) => status === 418).length;
    assert.ok(banned > 0 && banned <= 5, `${banned} banned`);
    assert.equal(statuses.filter((status) => status === 200).length, REQUESTS - banned);
    const during = sent.slice(banned).filter((at) => at < 20_000 + 120_000);
    assert.deepEqual([during, sent.length], [[], REQUESTS]);
  });
});

/** @type {Readonly<Record<string, import('./server.mjs').Answer>>} */
const REFUSALS = {
  Bybit: { status: 200, body: { retCode: 10006, retMsg: 'Too many visits!' } },
  'OKX, if its windows are rolling': { status: 200, body: { code: '50011', msg: 'Too Many Requests' } },
  KuCoin: { status: 429, body: { code: '429000', msg: 'Too Many Requests' } },
  Kraken: { status: 200, body: { error: ['EAPI:Rate limit exceeded'] } },
  'Coinbase Exchange': { status: 429, body: { message: 'rate limit exceeded' } },
};

describe('a refusal without Retry-After', () => {
  for (const one of CASES.filter(({ name }) => Object.hasOwn(REFUSALS, name))) {
    it(`pauses for two seconds, and nothing is lost: ${one.name}`, async () => {
      const { profile, start, streams } = one;
      const [stream] = streams;
      const refusal = REFUSALS[one.name];
      if (!stream || !refusal) throw new TypeError(`nothing is known of ${one.name}`);
      await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
        const throttler = new MultiThrottler(profile.rules, { headers: profile.headers, clock: time });
        /** @type {number[]} */
        const sent = [];
        const watched = (/** @type {Request} */ request) => {
          sent.push(time.now());
          return fetch(request);
        };
        const send = requester(exchange.url, throttled(throttler, profile, watched, { retries: 2 }));
        exchange.faults?.push(refusal);
        const burst = Array.from({ length: 50 }, () => send(stream));
        for (const { status } of await time.until(Promise.all(burst))) assert.equal(status, 200);
        assert.deepEqual([sent.length, exchange.refused()], [51, 0]);
        const pause = Math.max(...sent.slice(1).map((at, i) => at - Number(sent[i])));
        // From the last request before the refusal came to the first one after the pause.
        assert.ok(pause > 1500, `a pause of ${pause} ms`);
      });
    });
  }
});
