// Limiters that count on a server of Redis, each with one limit, and one throttler without a
// server.

import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Bottleneck from 'bottleneck';
import { RateLimiterQueue, RateLimiterRedis } from 'rate-limiter-flexible';
import { REDIS_CLIENT_LOADER } from '../../../scripts/setup/redis-clients.mjs';

const { load } = await import(pathToFileURL(REDIS_CLIENT_LOADER).href);

/**
 * @typedef {object} Setting
 * @property {number} port of Redis
 * @property {string} password
 * @property {string} key
 * @property {number} limit
 * @property {number} interval whole seconds, in milliseconds
 * @property {'rolling' | 'fixed'} kind of multi-throttler's rule
 * @property {number} jitter of multi-throttler's rule, ms
 * @property {boolean} waits whether requests wait under the limit
 *
 * @typedef {() => Promise<unknown>} Request waits for a grant of cost 1
 */

/** @type {Record<string, (setting: Setting) => Promise<Request>>} */
export const SUBJECTS = {
  async 'multi-throttler'(setting) {
    const { sharedThrottler } = await ours('redis');
    const throttler = sharedThrottler({
      client: await connect(setting),
      key: setting.key,
      rules: [await rule(setting)],
      maxCapacity: Number.POSITIVE_INFINITY,
    });
    await throttler.ready;
    return () => throttler.throttle({ A: 1 });
  },

  async local(setting) {
    const { localThrottler } = await ours('local');
    const throttler = localThrottler({
      key: setting.key,
      folder: join(tmpdir(), `multi-throttler-bench-${setting.port}`),
      rules: [await rule(setting)],
      maxCapacity: Number.POSITIVE_INFINITY,
    });
    await throttler.ready;
    return () => throttler.throttle({ A: 1 });
  },

  async alone(setting) {
    const { MultiThrottler } = await ours('index');
    const throttler = new MultiThrottler([await rule(setting)], {
      maxCapacity: Number.POSITIVE_INFINITY,
    });
    return () => throttler.throttle({ A: 1 });
  },

  async 'rate-limiter-flexible'(setting) {
    const { key, limit, interval, waits } = setting;
    const limiter = new RateLimiterRedis({
      storeClient: await connect(setting),
      points: limit,
      duration: interval / 1000,
    });
    // Its queue sends one command after the other, so it is used only where requests have to wait.
    if (!waits) return () => limiter.consume(key, 1);
    const queue = new RateLimiterQueue(limiter);
    return () => queue.removeTokens(1, key);
  },

  async bottleneck({ port, password, key, limit, interval }) {
    const { Redis } = await load('ioredis');
    const limiter = new Bottleneck({
      id: key,
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
    await limiter.ready();
    return () => limiter.schedule(async () => {});
  },
};

/** The versions of the peers. */
export const VERSIONS = Object.fromEntries(
  ['rate-limiter-flexible', 'bottleneck'].map((name) => [
    name,
    createRequire(import.meta.url)(`${name}/package.json`).version,
  ]),
);

/** A module of the package under test. @param {'index' | 'redis' | 'local'} name */
const ours = (name) =>
  import(pathToFileURL(join(process.env.BENCH_PACKAGE ?? '', `${name}.mjs`)).href);

/** @param {Setting} setting */
async function rule({ kind, limit, interval, jitter }) {
  const { fixedWindow, rollingWindow } = await ours('index');
  const make = kind === 'rolling' ? rollingWindow : fixedWindow;
  return make({ id: 'A', limit, interval, jitter });
}

/** An ioredis client. @param {{ port: number, password: string }} server */
export async function connect({ port, password }) {
  const { Redis } = await load('ioredis');
  return new Redis({ port, password });
}
