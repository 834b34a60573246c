// A process of a fleet: floods a shared throttler, and logs each grant with the machine's monotonic
// clock. Its settings come as a message; a control tampers with calls and answers.
//
// The instant of a grant is the reading of the throttler's clock in the call that granted it: a
// busy machine may stop the process between the grant and its log, which the jitter stands for, and
// which the check adds.

import { appendFileSync } from 'node:fs';
import { MultiThrottler } from 'multi-throttler';
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
 * @property {{ reserve: number, share: number }} [whenUnreachable]
 * @property {Control} [control]
 *
 * @typedef {'forgets' | 'never-ends' | 'lapses-unspent' | 'unshared' | 'insured' |
 *   'unreserved' | 'trusts-data'} Control
 */

process.once('message', async (/** @type {Settings} */ settings) => {
  const { Redis } = await load('ioredis');
  const { port, password, log, rules, costs, callers, pause } = settings;
  const options = { port, host: '127.0.0.1', password, retryStrategy: () => 30 };
  const redis = new Redis(options);
  redis.on('error', () => {});
  const { control, whenUnreachable } = settings;
  // The share alone, of a limit that the ledger gives whole.
  const part = control === 'unreserved' ? (whenUnreachable?.share ?? 1) : 1;
  const insurance = new Insurance(rules.map((rule) => partOf(rule, part)));
  const client = settings.control ? tampered(redis, settings.control, insurance) : redis;
  let read = 0;
  /** The first reading in the last call that gave claims. */
  let given = Number.NaN;
  const clock = {
    now() {
      read = performance.now();
      if (Number.isNaN(given)) given = read;
      return read;
    },
    wallNow: () => Date.now(),
    setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ ms) =>
      setTimeout(callback, ms),
    clearTimeout: (/** @type {any} */ handle) => clearTimeout(handle),
  };
  const origin = originOf();
  const throttler = sharedThrottler({
    ...{ client, key: 'fleet', rules, clock },
    whenUnreachable: control ? 'wait' : whenUnreachable,
  });
  const holder = /** @type {{ hold(list: unknown): number[] }} */ (/** @type {any} */ (throttler));
  const hold = holder.hold.bind(throttler);
  holder.hold = (list) => {
    const before = given;
    given = Number.NaN;
    const granted = hold(list);
    // Without waiters to grant, it is no call that grants.
    if (granted.length === 0) given = before;
    return granted;
  };
  throttler.on('epoch', () => process.send?.('epoch'));
  if (settings.control === 'unshared') insurance.begin();
  if (control === 'insured' || control === 'unreserved') {
    throttler.on('disconnect', () => insurance.begin());
    throttler.on('connect', () => insurance.end());
  }
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
  /** Waits for a grant, and returns its instant. @param {{ [rule: string]: number }} cost */
  const granted = async (cost) => {
    if (!settings.control) {
      const waiting = throttler.getQueueLength();
      const grant = throttler.throttle(cost);
      const at = throttler.getQueueLength() > waiting ? undefined : read;
      await grant;
      return at ?? given;
    }
    for (;;) {
      const { signal } = insurance;
      try {
        if (insurance.throttler === undefined) await throttler.throttle(cost, { signal });
        else await insurance.throttler.throttle(cost);
        return clock.now();
      } catch (error) {
        // The insurance has begun or ended meanwhile.
        if (signal === insurance.signal && !signal.aborted) throw error;
      }
    }
  };
  const flood = async (/** @type {number} */ n) => {
    for (let i = n; ; i++) {
      const at = i % costs.length;
      const instant = await granted(costs[at] ?? {});
      lines.push(`${origin + instant} ${at}\n`);
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
 * The reading of the machine's clock, which all processes share, where the process's own starts.
 * The process may be stopped between two readings, so the closest of many pairs counts.
 */
function originOf() {
  let best = { apart: Number.POSITIVE_INFINITY, origin: 0 };
  for (let i = 0; i < 100; i++) {
    const before = performance.now();
    const machine = Number(process.hrtime.bigint()) / 1e6;
    const apart = performance.now() - before;
    if (apart < best.apart) best = { apart, origin: machine - before - apart / 2 };
  }
  return best.origin;
}

/**
 * A rule with a part of its limit.
 * @param {any} rule
 * @param {number} part
 */
function partOf({ limit, capacity, refillRate, ...rule }, part) {
  return limit === undefined
    ? { ...rule, capacity: capacity * part, refillRate: refillRate * part }
    : { ...rule, limit: limit * part };
}

/**
 * The naive way through a fault: while the server cannot be asked, each process grants by itself,
 * as if it were the only one.
 */
class Insurance {
  /** @type {MultiThrottler | undefined} */
  throttler;
  #begun = new AbortController();

  /** @param {import('multi-throttler').AnyRule[]} rules */
  constructor(rules) {
    this.rules = rules;
  }

  /** Ends the wait for the server. */
  get signal() {
    return this.#begun.signal;
  }

  begin() {
    this.throttler ??= new MultiThrottler(this.rules);
    this.#begun.abort();
  }

  end() {
    this.throttler?.close();
    this.throttler = undefined;
    this.#begun = new AbortController();
  }
}

/**
 * Changes of the script, by the control.
 * @type {{ [control: string]: [from: string, to: string] }}
 */
const CHANGES = {
  'lapses-unspent': ['close(s, at, o[at + 1], o[at + 3], true)', 'close(s, at, 0, o[at + 3])'],
  // The data of another server is taken for that of the one before.
  'trusts-data': ['head.run ~= run or', ''],
};

/**
 * A client whose calls lack one of the protections.
 * @param {any} redis
 * @param {Control} control
 * @param {Insurance} insurance
 */
function tampered(redis, control, insurance) {
  let evals = 0;
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
  const script = (script) => {
    const [from, to] = CHANGES[control] ?? ['', ''];
    if (!script.includes(from)) throw new Error(`the script has no ${from}`);
    return script.replace(from, to);
  };
  return {
    on: (/** @type {any[]} */ ...args) => redis.on(...args),
    off: (/** @type {any[]} */ ...args) => redis.off(...args),
    duplicate() {
      const other = redis.duplicate();
      const on = other.on.bind(other);
      if (control === 'insured') {
        other.on('close', () => insurance.begin());
        other.on('ready', () => insurance.end());
      }
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
      if (control in CHANGES) throw new Error('NOSCRIPT');
      return read(await redis.evalsha(sha, ...args.map(String).map(change)));
    },
    eval: async (/** @type {string} */ text, /** @type {any[]} */ ...args) => {
      // A script that is loaded at the start only.
      if (control === 'insured' && evals++ > 0) throw new Error('NOSCRIPT');
      return read(await redis.eval(script(text), ...args.map(String).map(change)));
    },
  };
}
