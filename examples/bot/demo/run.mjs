/**
 * The demo: a simulated exchange, a bot that waits for multi-throttler, the same bot without a
 * throttler, a live view of both, and the figures at the end.
 */

import { MultiThrottler } from 'multi-throttler';
import { startExchange } from '../../../tests/simulator/venues/binance/exchange.mjs';
import {
  BINANCE_SPOT_LIMITS,
  scaledUnits,
} from '../../../tests/simulator/venues/binance/limits.mjs';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { Bot } from '../bot.mjs';
import { costOf } from '../costs.mjs';
import { machine } from '../machine.mjs';
import { NoThrottler } from '../no-throttler.mjs';
import { profileFrom } from '../rules.mjs';
import { PlainView, TerminalView } from './live-view.mjs';
import { Party } from './party.mjs';
import { conclusion, introduction, refusalsOf, table } from './report.mjs';
import { colours, wrapped } from './text.mjs';

/** Addresses that are reserved for documentation (RFC 5737), so they belong to no one. */
const THROTTLED = { ip: '203.0.113.10', account: 'throttled' };
const UNTHROTTLED = { ip: '203.0.113.20', account: 'no-throttler' };

/** Reserves a part of each limit for orders, so that they do not wait for market data. */
const MODES = {
  normal: { reserve: 0.01 },
  careful: { buffer: 0.3, reserve: 0.1 },
  liquidation: {},
};

/**
 * Shows a throttler somewhere; returns where, in words.
 * @typedef {(throttler: MultiThrottler) => Promise<string>} Show
 */

/**
 * @param {import('./options.mjs').DemoOptions} options
 * @param {NodeJS.WriteStream} out
 * @param {import('../machine.mjs').World} [world]
 * @param {Show} [show]
 * @returns {Promise<number>} exit code
 */
export async function runDemo(options, out, world = machine, show) {
  const exchange = await startExchange({
    limits: BINANCE_SPOT_LIMITS.map((limit) => ({
      ...limit,
      limit: options.limits[limit.rateLimitType],
    })),
    units: scaledUnits(options.minute),
    delay: options.delay,
    travel: world.travel,
    now: world.clock.wallNow,
    random: seededRandom(options.seed),
  });
  try {
    out.write(introduction(exchange.url, exchange.limiter, options));
    const parties = await invite(exchange, options, world);
    const shown = parties[0]?.bot.throttler;
    if (show && shown instanceof MultiThrottler) out.write(`${await show(shown)}\n\n`);
    const span = await watch(parties, options, out, world);
    const width = Math.min(100, out.columns || 100);
    out.write(`${table(parties, span)}\n${wrapped(conclusion(parties, span), width)}\n`);
    return parties.some((party) => party.throttled && refusalsOf(party) > 0) ? 1 : 0;
  } finally {
    await exchange.close();
  }
}

/**
 * @param {Awaited<ReturnType<typeof startExchange>>} exchange
 * @param {import('./options.mjs').DemoOptions} options
 * @param {import('../machine.mjs').World} world
 * @returns {Promise<Party[]>}
 */
async function invite({ url, limiter }, { jitter, mix, seed, maxRate, onlyThrottled }, world) {
  const { clock } = world;
  const profile = profileFrom(await exchangeInfo(url, world), jitter);
  // Each bot has its own generator; with a shared one, its requests would depend on the other's
  // speed.
  const bot = { url, workers: mix, world };
  const throttled = new Bot({
    ...bot,
    as: THROTTLED,
    random: seededRandom(seed),
    costs: (request) => costOf(request, profile),
    throttler: new MultiThrottler(profile.rules, { headers: profile.headers, modes: MODES, clock }),
  });
  const parties = [
    new Party({ title: 'multi-throttler', throttled: true, bot: throttled, limiter }),
  ];
  if (onlyThrottled) return parties;

  const unthrottled = new Bot({
    ...bot,
    as: UNTHROTTLED,
    random: seededRandom(seed),
    throttler: new NoThrottler({ perSecond: maxRate, clock }),
  });
  return [
    ...parties,
    new Party({ title: 'no throttler', throttled: false, bot: unthrottled, limiter }),
  ];
}

/**
 * Fetches exchangeInfo from a third address, so that the bots start without usage.
 *
 * @param {string} url
 * @param {import('../machine.mjs').World} world
 * @returns {Promise<import('../rules.mjs').ExchangeInfo>}
 */
async function exchangeInfo(url, { connect }) {
  const client = connect(url, {});
  const { body } = await client.send({ endpoint: 'GET /api/v3/exchangeInfo', params: new Map() });
  client.close();
  return /** @type {import('../rules.mjs').ExchangeInfo} */ (body);
}

/**
 * Runs the bots and draws the view until the duration is over or Ctrl-C is pressed.
 *
 * @param {Party[]} parties
 * @param {import('./options.mjs').DemoOptions} options
 * @param {NodeJS.WriteStream} out
 * @param {import('../machine.mjs').World} world
 * @returns {Promise<{ from: number, to: number }>} start and end of the run, Unix ms
 */
async function watch(parties, { duration }, out, { clock }) {
  // Redrawing in place needs a terminal that can move its cursor and is high enough for all lines.
  const isTerminal = out.isTTY && out.rows > 15 && process.env.TERM !== 'dumb';
  const view = isTerminal
    ? new TerminalView(out, colours(true, process.env))
    : new PlainView(out, duration);
  const from = clock.wallNow();
  let to = from + duration;
  const stop = () => {
    to = Math.min(to, clock.wallNow());
    for (const { bot } of parties) bot.stop();
  };
  const draw = () => {
    const now = clock.wallNow();
    view.draw(parties, { elapsed: Math.min(now - from, duration), duration, now });
  };
  for (const party of parties) party.usage(from);
  const end = clock.setTimeout(stop, duration);
  /** @type {unknown} */
  let frame;
  const drawAgain = () => {
    frame = clock.setTimeout(drawAgain, view.every);
    draw();
  };
  frame = clock.setTimeout(drawAgain, view.every);
  process.once('SIGINT', stop);
  try {
    if (isTerminal) draw();
    await Promise.all(parties.map(({ bot }) => bot.run()));
  } finally {
    clock.clearTimeout(end);
    clock.clearTimeout(frame);
    process.removeListener('SIGINT', stop);
    for (const { bot } of parties) bot.stop();
    if (isTerminal) draw();
    view.end();
  }
  return { from, to };
}
