/**
 * Twelve bots under the limit of one address: four for each way of sharing it. A bot of each four
 * is killed and started again, and Redis is restarted without its data.
 */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../tests/shared/support/server.mjs';
import { startExchange } from '../../tests/simulator/venues/binance/exchange.mjs';
import { scaledUnits } from '../../tests/simulator/venues/binance/limits.mjs';
import { seededRandom } from '../../ts/simulator/random.mjs';
import { wrapped } from '../bot/demo/text.mjs';
import { Fleet } from './fleet.mjs';
import { WAYS } from './limiters.mjs';
import { conclusion, introduction, progress, table } from './report.mjs';

export { refusals } from './report.mjs';

/** @typedef {import('./limiters.mjs').WayName} WayName */
/**
 * @typedef {import('../../tests/simulator/venues/binance/rate-limiter.mjs').ClientRecord}
 *   ClientRecord
 */

/**
 * @typedef {object} SharedOptions
 * @property {number} duration ms, from when all bots are ready
 * @property {number} minute length of a minute of the exchange, ms
 * @property {number} limit weight in each minute
 * @property {number} jitter ms
 * @property {readonly WayName[]} ways
 *
 * @typedef {object} Party four bots of one way, as the exchange counts them
 * @property {WayName} way
 * @property {string} title
 * @property {Readonly<ClientRecord>} record
 * @property {import('../../ts/simulator/window-counter.mjs').WindowCounter} counter
 */

const BOTS = 4;

/** Requests that each bot keeps waiting or in flight. */
const WORKERS = 12;

/** The time that a killed bot, or Redis, is away, in milliseconds. */
const AWAY = 1000;

/** The part of a minute in which bots that want more than the limit have used all of it. */
const USED = 0.2;

/** @type {Omit<SharedOptions, 'duration'>} */
export const DEFAULTS = {
  minute: 4000,
  limit: 1200,
  // Far more than a loopback needs: twelve processes start on few cores. Within a fixed window it
  // costs nothing, as what is not used in the first 250 ms is used later.
  jitter: 250,
  ways: ['multi-throttler', 'bottleneck', 'rate-limiter-flexible'],
};

/**
 * @param {SharedOptions} options
 * @param {import('node:stream').Writable & { columns?: number }} out
 * @param {AbortSignal} signal ends the run early
 * @returns {Promise<{ parties: Party[], span: { from: number, to: number } }>}
 */
export async function runShared(options, out, signal) {
  const { minute, limit, jitter, ways } = options;
  const exchange = await startExchange({
    limits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit }],
    units: scaledUnits(minute),
    random: seededRandom(1),
  });
  const fleet = new Fleet();
  /** @type {import('../../tests/shared/support/server.mjs').RedisServer | undefined} */
  let server;
  try {
    server = await Promise.race([startRedis(), aborted(signal)]);
    if (server === undefined) throw signal.reason;
    const { port, password } = server;
    const parties = ways.map((way, i) => party(exchange.limiter, way, addressOf(i)));
    const bots = ways.flatMap((way, i) => {
      const settings = { way, ip: addressOf(i), url: exchange.url, port, password, limit, jitter };
      return Array.from({ length: BOTS }, () => ({
        ...settings,
        interval: minute,
        workers: WORKERS,
      }));
    });
    out.write(introduction(options, exchange.url, server));
    const started = Promise.all(bots.map((each) => fleet.start(each)));
    out.write(`The bots are the processes ${fleet.pids.join(', ')}.\n\n`);
    await Promise.race([started, aborted(signal)]);

    const from = Date.now();
    /** @param {string} [text] */
    const say = (text) => out.write(progress(Date.now() - from, parties, text));
    say();
    const ticks = setInterval(() => say(), minute);
    try {
      // Ctrl-C at a terminal also ends Redis and the bots, so nothing may be waited for then.
      await Promise.race([faults(say, server, fleet, options, signal), aborted(signal)]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clearInterval(ticks);
    }
    const span = { from, to: Date.now() };
    const width = Math.min(100, out.columns ?? 100);
    out.write(`\n${table(parties, span)}\n${wrapped(conclusion(parties), width)}\n`);
    return { parties, span };
  } finally {
    await fleet.end();
    await server?.stop();
    await exchange.close();
  }
}

/**
 * @param {(text: string) => void} say
 * @param {import('../../tests/shared/support/server.mjs').RedisServer} server
 * @param {Fleet} fleet
 * @param {SharedOptions} options
 * @param {AbortSignal} signal
 */
async function faults(say, server, fleet, { duration, minute }, signal) {
  const wait = (/** @type {number} */ ms) => sleep(Math.max(0, ms), undefined, { signal });
  const began = Date.now();
  await wait(duration * 0.3);
  const killed = await fleet.killFirst();
  say('one bot of each four is killed (SIGKILL)');
  await wait(AWAY);
  const restarted = Promise.all(killed.map((each) => fleet.start(each)));
  say('the killed bots are started again');
  await restarted;
  // Early in a minute of the exchange, when it has been used: the worst instant to forget the
  // count.
  const least = began + duration * 0.6;
  const minutes = Math.ceil((least - minute * USED) / minute);
  await wait((minutes + USED) * minute - Date.now());
  await server.kill();
  say('Redis is killed (SIGKILL), with all counts');
  await wait(AWAY);
  await server.start();
  say('Redis is started again, empty');
  await wait(began + duration - Date.now());
}

/**
 * @param {import('../../tests/simulator/venues/binance/rate-limiter.mjs').RateLimiter} limiter
 * @param {WayName} way
 * @param {string} ip
 * @returns {Party}
 */
function party(limiter, way, ip) {
  const [limit] = limiter.limits;
  if (limit === undefined) throw new TypeError('the exchange has no limit');
  return {
    way,
    title: WAYS[way],
    record: limiter.record(ip),
    counter: limiter.counter(limit, { ip, account: '' }),
  };
}

/** An address that is reserved for documentation (RFC 5737). @param {number} i */
const addressOf = (i) => `203.0.113.${10 + i}`;

/** @param {AbortSignal} signal */
async function aborted(signal) {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}
