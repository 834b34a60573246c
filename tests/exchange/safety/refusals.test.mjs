// Exchanges that refuse requests in their own formats: the bot pauses, no waiter is lost, and the
// order of requests is kept.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSpot } from 'multi-throttler/exchange';
import { binance, simulate } from '../support/rig.mjs';
import { casesBy, delayOf } from '../support/saturated-cases.mjs';
import { SENDERS } from '../support/senders.mjs';

/**
 * @typedef {import('../support/senders.mjs').Sender} Sender
 * @typedef {import('../support/senders.mjs').Request} Request
 * @typedef {{ n: number, at: number }} Sent the number of a request, and when it was sent
 */

/**
 * A request with a number as a parameter.
 *
 * @param {Request} request
 * @param {number} n
 * @returns {Request}
 */
function numbered({ ccxt: [method, params], request, ...rest }, n) {
  return {
    ...rest,
    request: `${request}${request.includes('?') ? '&' : '?'}n=${n}`,
    ccxt: [method, { ...params, n: String(n) }],
  };
}

/**
 * A `fetch` that records the numbers of requests, which are in their query or body.
 *
 * @param {(input: any, init?: any) => Promise<Response>} fetch
 * @param {() => number} now
 * @param {Sent[]} sent
 */
function recording(fetch, now, sent) {
  return (/** @type {any} */ input, /** @type {any} */ init) => {
    const text = `${typeof input === 'string' ? input : input.url} ${init?.body ?? ''}`;
    sent.push({ n: Number(/\bn"?[=:]"?(\d+)/.exec(text)?.[1]), at: now() });
    return fetch(input, init);
  };
}

/**
 * Asserts that each request was sent once or twice, and first in the order of their numbers.
 *
 * @param {Sent[]} sent
 * @param {number} requests
 */
function assertOrder(sent, requests) {
  const times = Array.from({ length: requests }, (_, number) =>
    sent.filter(({ n }) => n === number),
  );
  assert.ok(times.every(({ length }) => length === 1 || length === 2));
  const first = times.map(([once]) => Number(once?.at));
  assert.deepEqual(
    first,
    first.toSorted((a, b) => a - b),
  );
}

/** A request with a weight of 25. */
const DATA = {
  request: 'GET /api/v3/trades?symbol=BTCUSDT',
  ccxt: ['publicGetTrades', { symbol: 'BTCUSDT' }],
};
const REQUESTS = 100;
/** The length of a ban, which is longer than the default back-off, ms. */
const BAN = 300_000;

/**
 * Another client uses up the weight of the IP at 20 s into a minute, so the bot's requests are
 * refused.
 *
 * @param {Sender} sender
 * @param {object} o
 * @param {number} o.banAfter refusals before the ban
 * @param {number} o.retries
 */
async function afterAnother(sender, { banAfter, retries }) {
  const result = { accepted: 0, sent: /** @type {Sent[]} */ ([]) };
  await simulate(
    { start: binance({ banAfter, banBase: BAN }), delay: 100 },
    async ({ time, exchange, fetch }) => {
      const { rules, headers } = binanceSpot;
      // Few requests go at a time, so most wait when the first one is refused.
      const throttler = new MultiThrottler(
        rules.map((rule) =>
          rule.id === 'RAW_REQUESTS' ? { ...rule, limit: 5, interval: 1000, jitter: 50 } : rule,
        ),
        { headers, clock: time },
      );
      const send = sender({
        venue: { id: 'binance', profile: binanceSpot },
        url: exchange.url,
        fetch: recording(fetch, time.now, result.sent),
        throttler,
        retries,
      });
      await time.run(20_000);
      const others = Array.from({ length: 24 }, () =>
        fetch(`${exchange.url}/api/v3/depth?symbol=BTCUSDT&limit=5000`),
      );
      await time.until(Promise.all(others));
      const data = /** @type {Request} */ (DATA);
      const responses = Array.from({ length: REQUESTS }, (_, n) =>
        accepted(send(numbered(data, n))),
      );
      result.accepted = (await time.until(Promise.all(responses))).filter(Boolean).length;
    },
  );
  return result;
}

/**
 * Whether a response is no refusal. ccxt throws refusals.
 *
 * @param {Promise<unknown>} response
 */
async function accepted(response) {
  const [end] = await Promise.allSettled([response]);
  if (end?.status === 'fulfilled')
    return !(end.value instanceof Response) || end.value.status === 200;
  assert.match(end?.reason.constructor.name, /^(DDoSProtection|RateLimitExceeded|ExchangeError)$/);
  return false;
}

for (const [by, sender] of SENDERS) {
  describe(`refusals of Binance, with ${by}`, () => {
    it('with 429 delay all requests to the next minute, in order', async () => {
      const { accepted, sent } = await afterAnother(sender, { banAfter: 100, retries: 2 });
      assert.equal(accepted, REQUESTS);
      // These were in flight together with the first one.
      const early = sent.filter(({ at }) => at < 60_000);
      assert.ok(
        early.length <= 5 && sent.length === REQUESTS + early.length,
        `${sent.length} sent`,
      );
      assertOrder(sent, REQUESTS);
    });

    it('with 418 delay waiters by the ban, in order', async () => {
      const { accepted, sent } = await afterAnother(sender, { banAfter: 0, retries: 0 });
      const banned = REQUESTS - accepted;
      assert.ok(banned > 0 && banned <= 5, `${banned} banned`);
      const during = sent.slice(banned).filter(({ at }) => at < 20_000 + BAN);
      assert.deepEqual([during, sent.length], [[], REQUESTS]);
      assertOrder(sent, REQUESTS);
    });
  });
}

/** @type {import('../../simulator/http/server.mjs').Reply} */
const BINANCE_REFUSAL = { status: 429, body: { code: -1003, msg: 'Too many requests' } };

/** @type {Readonly<Record<string, import('../../simulator/http/server.mjs').Reply>>} */
const REFUSALS = {
  'Binance USD-M futures': BINANCE_REFUSAL,
  'Aster futures': BINANCE_REFUSAL,
  Bybit: { status: 200, body: { retCode: 10006, retMsg: 'Too many visits!' } },
  'OKX, if its windows are rolling': {
    status: 200,
    body: { code: '50011', msg: 'Too Many Requests' },
  },
  KuCoin: { status: 429, body: { code: '429000', msg: 'Too Many Requests' } },
  Kraken: { status: 200, body: { error: ['EAPI:Rate limit exceeded'] } },
  'Coinbase Exchange': { status: 429, body: { message: 'rate limit exceeded' } },
  'Coinbase Advanced Trade': {
    status: 429,
    body: { errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] },
  },
  BitMEX: { status: 429, body: { error: { name: 'RateLimitError', message: 'Slow down' } } },
  Bitget: { status: 429, body: { code: '429', msg: 'Too Many Requests' } },
  Gate: {
    status: 429,
    body: { label: 'TOO_MANY_REQUESTS', message: 'Request Rate Limit Exceeded' },
  },
  'Kraken Futures': { status: 200, body: { result: 'error', error: 'apiLimitExceeded' } },
  'Kraken Futures, batches': { status: 429, body: '' },
  MEXC: { status: 429, body: { code: 429, msg: 'Too Many Requests' } },
  'MEXC, orders': {
    status: 200,
    body: { success: false, code: 510, message: 'Requests are too frequent' },
  },
  Deribit: {
    status: 400,
    body: { jsonrpc: '2.0', error: { code: 10028, message: 'too_many_requests' } },
  },
  Hyperliquid: { status: 429, body: null },
  'Hyperliquid, an address with few actions left': {
    status: 200,
    body: {
      status: 'err',
      response: 'Too many cumulative requests sent (151 > 150) for cumulative volume.',
    },
  },
};

/** Half of the requests come at once, the other half while the bot pauses. */
const BURST = 50;

/** ccxt 4.5.84 does not recognise KuCoin's 429000 as a refusal, and does not retry. */
const isNotRetried = (/** @type {string} */ by, /** @type {string} */ name) =>
  by === 'ccxt' && name === 'KuCoin';

for (const [by, sender] of SENDERS) {
  describe(`refusals without Retry-After, with ${by}`, () => {
    for (const one of casesBy(by).filter(({ name }) => Object.hasOwn(REFUSALS, name))) {
      it(`pause for two seconds and keep the order: ${one.name}`, async () => {
        const { profile, start, streams } = one;
        const [stream] = streams;
        const refusal = REFUSALS[one.name];
        if (!stream || !refusal) throw new TypeError(`${one.name} has no job`);
        await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
          const throttler = new MultiThrottler(profile.rules, {
            headers: profile.headers,
            clock: time,
          });
          /** @type {Sent[]} */
          const sent = [];
          const watched = recording(fetch, time.now, sent);
          const send = sender({
            venue: one,
            url: exchange.url,
            fetch: watched,
            throttler,
            retries: 2,
          });
          exchange.faults?.push(refusal);
          const burst = (/** @type {number} */ from) =>
            Array.from({ length: BURST / 2 }, (_, n) => accepted(send(numbered(stream, from + n))));
          const early = burst(0);
          // The refusal has arrived by then.
          await time.run(3 * delayOf(one));
          const late = burst(BURST / 2);
          const lost = isNotRetried(by, one.name) ? 1 : 0;
          assert.equal(
            (await time.until(Promise.all([...early, ...late]))).filter(Boolean).length,
            BURST - lost,
          );
          assert.deepEqual([sent.length, exchange.refused()], [BURST + 1 - lost, 0]);
          assertOrder(sent, BURST);
          const pause = Math.max(...sent.slice(1).map(({ at }, i) => at - Number(sent[i]?.at)));
          // The pause is between the last request before the refusal arrived and the first one
          // after it.
          assert.ok(pause > 1500, `a pause of ${pause} ms`);
        });
      });
    }
  });
}
