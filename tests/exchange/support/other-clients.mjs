/** A bot beside another client that takes two fifths of the limit. */

import assert from 'node:assert/strict';
import { MultiThrottler } from 'multi-throttler';
import { simulate } from './rig.mjs';
import { CASES, delayOf, possible } from './saturated-cases.mjs';

/**
 * @typedef {import('./senders.mjs').Request} Request
 *
 * @typedef {{ lanes: number, every: number }} Pace number of loops, each of which sends one request
 *   `every` milliseconds
 *
 * @typedef {object} Job
 * @property {string} name of a case
 * @property {string} rule that limits both
 * @property {Request & { cost: number }} request of the bot
 * @property {{ request: string, cost: number, every: number }} other request of the other client,
 *   and the time between two of them, ms
 * @property {number} seconds
 *
 * @typedef {object} WithUsage fields of exchanges with usage headers
 * @property {number} perMinute limit of both per minute
 * @property {number} buffer of the bot
 * @property {Pace} pace of a bot that spreads its requests over the window
 */

/** Sends more than may be granted. @type {Pace} */
export const GREEDY = { lanes: 400, every: 1 };

/** @param {string} limit */
const depth = (limit) => ({ symbol: 'BTCUSDT', limit });

/**
 * @param {string} name
 * @param {string} method of ccxt
 * @returns {Job & WithUsage}
 */
const futures = (name, method) => ({
  name,
  rule: 'REQUEST_WEIGHT',
  perMinute: 2400,
  request: {
    request: 'GET /fapi/v1/depth?symbol=BTCUSDT&limit=500',
    ccxt: [method, depth('500')],
    cost: 10,
  },
  other: { request: 'GET /fapi/v1/depth?symbol=BTCUSDT&limit=1000', cost: 20, every: 1250 },
  buffer: 0.1,
  pace: { lanes: 3, every: 1000 },
  seconds: 180,
});

/**
 * The other client takes two fifths, so both want more than the limit. The part of it that the bot
 * does not know of has to fit into the bot's buffer: in windows, the requests from the bot's last
 * one to the end; in Bybit's second, two requests.
 *
 * @type {(Job & WithUsage)[]}
 */
export const WITH_USAGE = [
  {
    name: 'Binance spot, market data',
    rule: 'REQUEST_WEIGHT',
    perMinute: 6000,
    request: {
      request: 'GET /api/v3/trades?symbol=BTCUSDT',
      ccxt: ['publicGetTrades', { symbol: 'BTCUSDT' }],
      cost: 25,
    },
    other: { request: 'GET /api/v3/exchangeInfo', cost: 20, every: 500 },
    buffer: 0.1,
    pace: { lanes: 3, every: 1000 },
    seconds: 180,
  },
  futures('Binance USD-M futures', 'fapiPublicGetDepth'),
  futures('Aster futures', 'fapiPublicGetV1Depth'),
  {
    name: 'Bybit',
    rule: 'linear:POST /v5/order/create',
    perMinute: 600,
    request: {
      request: 'POST /v5/order/create?category=linear',
      ccxt: ['privatePostV5OrderCreate', { category: 'linear' }],
      cost: 1,
    },
    // At most four arrive per second, whatever the delay of each is.
    other: { request: 'POST /v5/order/create?category=linear', cost: 1, every: 360 },
    buffer: 0.2,
    pace: { lanes: 2, every: 250 },
    seconds: 30,
  },
  {
    name: 'KuCoin',
    rule: 'SPOT',
    perMinute: 8000,
    request: { request: 'GET /api/v1/limit/fills', ccxt: ['privateGetLimitFills'], cost: 20 },
    other: { request: 'GET /api/v1/limit/fills', cost: 20, every: 375 },
    buffer: 0.1,
    pace: { lanes: 3, every: 600 },
    seconds: 120,
  },
];

/** Exchanges without usage headers. @type {Job[]} */
export const WITHOUT_USAGE = [
  {
    name: 'OKX, if its windows are rolling',
    rule: '20/2s:GET /api/v5/market/ticker',
    request: { request: 'GET /api/v5/market/ticker', ccxt: ['publicGetMarketTicker'], cost: 1 },
    // At most eight arrive per two seconds.
    other: { request: 'GET /api/v5/market/ticker', cost: 1, every: 270 },
    seconds: 30,
  },
  {
    name: 'Kraken',
    rule: 'PRIVATE',
    request: { request: 'POST /0/private/Balance', ccxt: ['privatePostBalance'], cost: 1 },
    other: { request: 'POST /0/private/Balance', cost: 1, every: 8000 },
    seconds: 240,
  },
  {
    name: 'Coinbase Exchange',
    rule: 'PRIVATE',
    request: { request: 'GET /accounts', ccxt: ['privateGetAccounts'], cost: 1 },
    other: { request: 'GET /accounts', cost: 1, every: 200 },
    seconds: 30,
  },
];

/**
 * @param {object} o
 * @param {Job} o.job
 * @param {import('./senders.mjs').Sender} o.sender
 * @param {Pace} o.pace
 * @param {boolean} [o.reads] whether the bot reads headers
 * @param {import('multi-throttler').MultiThrottlerConfig} [o.config]
 */
export async function besideAnother({ job, sender, pace, reads = true, config = {} }) {
  const one = CASES.find(({ name }) => name === job.name);
  if (one === undefined) throw new TypeError(`${job.name} is not a case`);
  const { profile, start } = one;
  const bot = { accepted: 0, refused: 0 };
  const other = { accepted: 0, refused: 0 };
  await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
    const headers = reads ? profile.headers : undefined;
    const throttler = new MultiThrottler(profile.rules, { headers, clock: time, ...config });
    const { url } = exchange;
    const send = sender({ venue: one, url, fetch, throttler });
    const [method = '', path = ''] = job.other.request.split(' ');
    const end = job.seconds * 1000;
    /**
     * Sends at most one request at a time, and one each `every` milliseconds.
     *
     * @param {() => Promise<unknown>} send
     * @param {{ accepted: number, refused: number }} counts
     * @param {number} every ms
     */
    const client = async (send, counts, every) => {
      for (let next = 0; next < end; next = Math.max(next + every, time.now())) {
        await time.sleep(next - time.now());
        const isRefused = await refusedBy(profile, send());
        if (isRefused !== undefined) counts[isRefused ? 'refused' : 'accepted'] += 1;
      }
    };
    const jobs = Array.from({ length: pace.lanes }, () =>
      client(() => send(job.request), bot, pace.every),
    );
    jobs.push(client(() => fetch(url + path, { method }), other, job.other.every));
    const done = Promise.allSettled(jobs);
    await time.run(end);
    throttler.close();
    await time.until(done);
  });
  return { bot, other };
}

/**
 * Whether a response is a refusal. `undefined` if the request was never sent, as the throttler was
 * closed.
 *
 * @param {import('multi-throttler/exchange').ExchangeProfile} profile
 * @param {Promise<unknown>} response
 */
async function refusedBy(profile, response) {
  const [end] = await Promise.allSettled([response]);
  if (end?.status === 'rejected') return end.reason.code === 'CLOSED' ? undefined : true;
  if (!(end?.value instanceof Response)) return false;
  const { status } = end.value;
  return status !== 200 || profile.body?.(await end.value.text(), status) !== undefined;
}

/**
 * The part that the bot got of the possible cost under its share of the limit.
 *
 * @param {Job} job
 * @param {number} accepted requests of the bot
 * @param {number} share
 */
export function partOfShare({ name, rule, request: { cost }, seconds }, accepted, share) {
  const one = CASES.find((candidate) => candidate.name === name);
  assert.ok(one);
  return (accepted * cost) / (share * possible(one.profile, rule, seconds * 1000).most);
}
