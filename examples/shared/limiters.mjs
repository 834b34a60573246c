/**
 * The ways in which the bots share a limit. Each is set up for the same limit, and returns a
 * function that waits until a request of a weight may be sent.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Bottleneck from 'bottleneck';
import { fixedWindow, MultiThrottler } from 'multi-throttler';
import { sharedThrottler } from 'multi-throttler/redis';
import { RateLimiterQueue, RateLimiterRedis } from 'rate-limiter-flexible';
import { load } from '../../tests/shared/support/server.mjs';

/**
 * @typedef {object} Settings of a bot
 * @property {WayName} way
 * @property {number} port of Redis
 * @property {string} password
 * @property {number} limit weight in each interval
 * @property {number} interval ms
 * @property {number} jitter the longest time from a grant until the exchange counts it, ms
 *
 * @typedef {(weight: number) => Promise<unknown>} Limiter
 * @typedef {'multi-throttler' | 'bottleneck' | 'rate-limiter-flexible' | 'nothing shared'} WayName
 */

/** The ways by name, with the words of the table. */
export const WAYS = /** @type {const} */ ({
  'multi-throttler': 'multi-throttler/redis',
  bottleneck: `bottleneck ${versionOf('bottleneck')}, clustering`,
  'rate-limiter-flexible': `rate-limiter-flexible ${versionOf('rate-limiter-flexible')}, queue`,
  'nothing shared': 'each bot by itself',
});

/** @type {Record<WayName, (settings: Settings) => Promise<Limiter>>} */
const MAKERS = {
  async 'multi-throttler'({ limit, interval, jitter, ...server }) {
    const throttler = sharedThrottler({
      client: await connect(server),
      key: 'demo',
      rules: [fixedWindow({ id: 'WEIGHT', limit, interval, jitter })],
    });
    await throttler.ready;
    return (weight) => throttler.throttle({ WEIGHT: weight });
  },

  async bottleneck({ limit, interval, port, password }) {
    const { Redis } = await load('ioredis');
    const make = async () => {
      const limiter = new Bottleneck({
        id: 'demo',
        datastore: 'ioredis',
        clearDatastore: false,
        Redis,
        clientOptions: { port, password },
        reservoir: limit,
        reservoirRefreshAmount: limit,
        reservoirRefreshInterval: interval,
        // Its default is 5 s, so that it would look for a new interval too seldom.
        ...{ heartbeatInterval: 250 },
      });
      // The limiter never works again once Redis has lost its data, so a new one is made. Requests
      // that wait in the old one would wait for ever.
      const broken = new Promise((_, reject) => {
        limiter.on('error', (error) => {
          if (!/SETTINGS_KEY_NOT_FOUND/.test(String(error))) return;
          limiter.disconnect(false);
          current = make();
          reject(error);
        });
      });
      broken.catch(() => {});
      await limiter.ready();
      return { limiter, broken };
    };
    let current = make();
    return async (weight) => {
      const { limiter, broken } = await current;
      await Promise.race([limiter.schedule({ weight }, async () => {}), broken]);
    };
  },

  async 'rate-limiter-flexible'({ limit, interval, ...server }) {
    const storeClient = await connect(server);
    const limiter = new RateLimiterRedis({ storeClient, points: limit, duration: interval / 1000 });
    const queue = new RateLimiterQueue(limiter);
    return (weight) => queue.removeTokens(weight, 'demo');
  },

  // Each bot knows the limit, and takes all of it.
  async 'nothing shared'({ limit, interval, jitter }) {
    const throttler = new MultiThrottler([fixedWindow({ id: 'WEIGHT', limit, interval, jitter })]);
    return (weight) => throttler.throttle({ WEIGHT: weight });
  },
};

/** @param {Settings} settings */
export const makeLimiter = (settings) => MAKERS[settings.way](settings);

/** @param {{ port: number, password: string }} server */
async function connect({ port, password }) {
  const { Redis } = await load('ioredis');
  const client = new Redis({ port, password });
  // Without a listener, ioredis prints each failed attempt to connect.
  client.on('error', () => {});
  return client;
}

/** @param {string} name */
function versionOf(name) {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
