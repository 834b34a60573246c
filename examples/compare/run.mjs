/**
 * Runs the same job on the simulated Binance with each limiter, on virtual time: a bot that reloads
 * all its market data every 40 seconds, nearly as much as the limit allows, and places eight orders
 * a second.
 */

import { wire } from '../../tests/simulator/http/wire.mjs';
import { startExchange } from '../../tests/simulator/venues/binance/exchange.mjs';
import { seededRandom } from '../../ts/simulator/random.mjs';
import { costOf } from '../bot/costs.mjs';
import { nextRequest } from '../bot/mix.mjs';
import { LIMITERS } from './limiters.mjs';
import { virtualTime } from './time.mjs';

export const MINUTES = 2.5;
/** Interval at which all market data is reloaded, ms. */
export const EVERY = 40_000;
/** Requests for market data per reload; they weigh about 3800. */
export const REQUESTS = 400;
export const ORDERS_PER_SECOND = 8;
/** Longest delay of a request, and of its response, ms. */
export const DELAY = 100;

const MINUTE = 60_000;
const IP = '203.0.113.10';
const ACCOUNT = 'account';

/**
 * @typedef {object} Outcome
 * @property {string} name
 * @property {number} refused number of 429 responses
 * @property {number} banned number of 418 responses
 * @property {number} bans
 * @property {number} loaded share of the wanted market data that was loaded, by weight
 * @property {number} placed share of the wanted orders that were placed
 * @property {number[]} waits of placed orders, from the decision to the acceptance, ms, sorted
 */

/**
 * Compares limiters. Replaces the clock of this process, whose time is virtual from then on.
 *
 * @param {string[]} [names] limiters to run; all by default
 * @returns {AsyncGenerator<Outcome>}
 */
export async function* compare(names = Object.keys(LIMITERS)) {
  const time = virtualTime();
  for (const [name, make] of Object.entries(LIMITERS)) {
    if (names.includes(name)) yield await outcomeOf(time, name, make);
  }
}

/**
 * @param {import('../../tests/simulator/time/time.mjs').Time} time
 * @param {string} name
 * @param {(job: import('./limiters.mjs').Job) => Promise<import('./limiters.mjs').Send>} make
 * @returns {Promise<Outcome>}
 */
async function outcomeOf(time, name, make) {
  // The job starts in the middle of a minute, as bots usually do.
  const start = Math.ceil(time.now() / MINUTE) * MINUTE + MINUTE / 2;
  await time.run(start);
  const exchange = await startExchange({ delay: [0, 0], fillChance: 0, now: time.wallNow });
  const random = seededRandom(1);
  const headers = { 'X-Forwarded-For': IP, 'X-MBX-APIKEY': ACCOUNT };
  const line = wire({ time, random: seededRandom(2), delay: DELAY, headers });
  let stopped = false;
  let pausedUntil = 0;
  /**
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [init]
   */
  const fetch = async (input, init) => {
    const response = await line.fetch(input, init);
    const isRefused = response.status === 429 || response.status === 418;
    const until = time.now() + 1000 * Number(response.headers.get('retry-after'));
    if (isRefused) pausedUntil = Math.max(pausedUntil, until);
    return response;
  };
  const send = await time.real(() => make({ url: exchange.url, fetch }));

  /**
   * Sends a request until it is accepted. The bot obeys Retry-After; the limiter has its own queue.
   */
  const insist = async (/** @type {import('../bot/mix.mjs').BotRequest} */ request) => {
    while (!stopped) {
      while (time.now() < pausedUntil) await time.sleep(pausedUntil - time.now());
      if (await isDone(send(request))) return;
    }
  };
  /** @type {number[]} */
  const waits = [];
  let wanted = 0;
  const data = { wanted: 0, had: 0 };
  const order = async () => {
    const at = time.now();
    wanted += 1;
    await insist(nextRequest('orders', () => 0, []));
    if (!stopped) waits.push(time.now() - at);
  };
  const load = async () => {
    const request = nextRequest(random() < 0.8 ? 'market' : 'account', random, []);
    const weight = costOf(request).REQUEST_WEIGHT ?? 0;
    data.wanted += weight;
    await insist(request);
    if (!stopped) data.had += weight;
  };
  const end = start + MINUTES * MINUTE;
  for (let at = start; at < end; at += 1000) {
    await time.run(at);
    if ((at - start) % EVERY === 0) for (let i = 0; i < REQUESTS; i += 1) void load();
    for (let i = 0; i < ORDERS_PER_SECOND; i += 1) void order();
  }
  await time.run(end);
  stopped = true;
  await time.run(end + 1000);

  const { refused, banned, bans } = exchange.limiter.record(IP);
  line.close();
  await exchange.close();
  waits.sort((a, b) => a - b);
  return {
    name,
    refused,
    banned,
    bans: bans.length,
    loaded: data.had / data.wanted,
    placed: waits.length / wanted,
    waits,
  };
}

/**
 * Whether a request was accepted. ccxt returns bodies of responses, and throws on refusals.
 *
 * @param {Promise<unknown>} answer
 */
async function isDone(answer) {
  try {
    const response = await answer;
    return !(response instanceof Response) || response.status === 200;
  } catch {
    return false;
  }
}
