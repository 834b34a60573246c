// A process of a fleet: floods a shared throttler, and logs each grant with the machine's monotonic
// clock. Its settings come as a message; a control tampers with calls and answers.
//
// The instant of a grant is the last reading of the throttler's clock: a busy machine may stop the
// process between the grant and its log, which the jitter stands for, and which the check adds.

import { appendFileSync } from 'node:fs';
import { sharedThrottler } from 'multi-throttler/redis';
import { load } from './server.mjs';

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {string} password
 * @property {string} log
 * @property {import('multi-throttler').AnyRule[]} rules
 * @property {{ [rule: string]: number }[]} costs
 * @property {number} callers
 * @property {boolean} [dies] right after it was served for the first time
 * @property {number} [pause] milliseconds from a grant to the caller's next request
 * @property {'forgets' | 'never-ends' | 'lapses-unspent'} [control]
 */

process.once('message', async (/** @type {Settings} */ settings) => {
  const { Redis } = await load('ioredis');
  const { port, password, log, rules, costs, callers, pause } = settings;
  const options = { port, host: '127.0.0.1', password, retryStrategy: () => 30 };
  const redis = new Redis(options);
  redis.on('error', () => {});
  const client = settings.control ? tampered(redis, settings.control) : redis;
  let read = 0;
  const clock = {
    now() {
      read = performance.now();
      return read;
    },
    wallNow: () => Date.now(),
    setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ ms) =>
      setTimeout(callback, ms),
    clearTimeout: (/** @type {any} */ handle) => clearTimeout(handle),
  };
  const origin = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  const throttler = sharedThrottler({ client, key: 'fleet', rules, clock });
  throttler.on('epoch', () => process.send?.('epoch'));
  /** @type {string[]} */
  let lines = [];
  const flush = () => {
    if (lines.length > 0) appendFileSync(log, lines.join(''));
    lines = [];
  };
  setInterval(flush, 5);
  throttler.ready.then(
    () => process.send?.('ready'),
    (error) => process.send?.(String(error)),
  );
  const flood = async (/** @type {number} */ n) => {
    for (let i = n; ; i++) {
      const at = i % costs.length;
      await throttler.throttle(costs[at] ?? {});
      lines.push(`${origin + read} ${at}\n`);
      if (lines.length > 200) flush();
      if (settings.dies) {
        setImmediate(() => {
          flush();
          process.kill(process.pid, 'SIGKILL');
        });
        return;
      }
      if (pause) await new Promise((done) => setTimeout(done, pause));
    }
  };
  for (let n = 0; n < callers; n++) flood(n);
  process.on('message', (text) => {
    if (text === 'stats') process.send?.({ ...throttler.getStats() });
    if (text === 'end') {
      flush();
      process.exit(0);
    }
  });
});

/**
 * A client whose calls lack one of the protections.
 * @param {any} redis
 * @param {NonNullable<Settings['control']>} control
 */
function tampered(redis, control) {
  const change = (/** @type {string} */ text) => {
    if (control === 'forgets') {
      return text.replace(/"recovery":\d+/, '"recovery":0').replace(/"t":\[\[.*?\]\]/, '"t":[]');
    }
    return text;
  };
  /** @param {string} answer */
  const read = (answer) => {
    if (control !== 'never-ends') return answer;
    const value = JSON.parse(answer);
    for (const [, parts] of value.c ?? []) for (const part of parts) part[2] += 60_000;
    return JSON.stringify(value);
  };
  /** @param {string} script */
  const script = (script) =>
    control === 'lapses-unspent'
      ? script.replace('close(s, at, o[at + 1], o[at + 3], true)', 'close(s, at, 0, o[at + 3])')
      : script;
  return {
    on: (/** @type {any[]} */ ...args) => redis.on(...args),
    off: (/** @type {any[]} */ ...args) => redis.off(...args),
    duplicate() {
      const other = redis.duplicate();
      const on = other.on.bind(other);
      other.on = (/** @type {string} */ name, /** @type {any} */ listener) =>
        on(
          name,
          name === 'message'
            ? (/** @type {string} */ channel, /** @type {string} */ text) =>
                listener(channel, read(text))
            : listener,
        );
      return other;
    },
    evalsha: async (/** @type {string} */ sha, /** @type {any[]} */ ...args) => {
      if (control === 'lapses-unspent') throw new Error('NOSCRIPT');
      return read(await redis.evalsha(sha, ...args.map(String).map(change)));
    },
    eval: async (/** @type {string} */ text, /** @type {any[]} */ ...args) =>
      read(await redis.eval(script(text), ...args.map(String).map(change))),
  };
}
