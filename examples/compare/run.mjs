/**
 * The same job on the simulated Binance with one limiter after another, on virtual time: a bot that loads all its market
 * data anew every 40 seconds, nearly as much as the limit lets it, and places eight orders a second.
 */

import { wire } from '../../tests/simulator/http/wire.mjs';
import { seededRandom } from '../../tests/simulator/random.mjs';
import { replaceGlobals } from '../../tests/simulator/time/global-time.mjs';
import { Time } from '../../tests/simulator/time/time.mjs';
import { startExchange } from '../../tests/simulator/venues/binance/exchange.mjs';
import { costOf } from '../bot/costs.mjs';
import { nextRequest } from '../bot/mix.mjs';
import { LIMITERS } from './limiters.mjs';

export const MINUTES = 2.5;
/** How often all market data is loaded anew, ms. */
export const EVERY = 40_000;
/** Of which each time; they weigh about 3800. */
export const REQUESTS = 400;
export const ORDERS_PER_SECOND = 8;
/** The longest way of a request, and of its answer, ms. */
export const DELAY = 100;

const MINUTE = 60_000;
const IP = '203.0.113.10';
const ACCOUNT = 'account';

/**
 * @typedef {object} Outcome
 * @property {string} name
 * @property {number} refused answered 429
 * @property {number} banned answered 418
 * @property {number} bans
 * @property {number} loaded share of the market data that was wanted, by weight
 * @property {number} placed share of the orders that were wanted
 * @property {number[]} waits of orders that were placed, from when they were wanted until the exchange had them, ms, sorted
 */

/**
 * Takes this process for itself: time is virtual in it from now on.
 *
 * @param {string[]} [names] of limiters; default: all
 * @returns {AsyncGenerator<Outcome>}
 */
export async function* compare(names = Object.keys(LIMITERS)) {
  const time = new Time();
  replaceGlobals(time);
  for (const [name, make] of Object.entries(LIMITERS)) {
    if (names.includes(name)) yield await outcomeOf(time, name, make);
  }
}

/**
 * @param {Time} time
 * @param {string} name
 * @param {(job: import('./limiters.mjs').Job) => Promise<import('./limiters.mjs').Send>} make
 * @returns {Promise<Outcome>}
 */
async function outcomeOf(time, name, make) {
  // In the middle of a minute, where bots usually start.
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

  /** Until it is accepted. The bot obeys Retry-After; what waits in the limiter is the limiter's affair. */
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
 * Whether an answer is no refusal; ccxt's answers are bodies, its refusals errors.
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
