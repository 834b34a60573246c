// Fleets of real processes, and the check of what they were granted.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { excess } from './exchange.mjs';
import { randomOf } from './random.mjs';

/** @typedef {import('./worker.mjs')} Worker */
/** @typedef {import('./exchange.mjs').Rule} Rule */

const KINDS = {
  'rolling-window': 1,
  'token-bucket': 2,
  'fixed-window': 3,
  'first-request-window': 4,
};

/** Processes under one ledger. */
export class Processes {
  #folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  #logs = 0;
  /** @type {import('node:child_process').ChildProcess[]} */
  children = [];
  /** @type {unknown[]} */
  messages = [];

  /**
   * @param {import('./server.mjs').RedisServer} server
   * @param {object} settings of the workers
   */
  constructor(server, settings) {
    this.server = server;
    this.settings = /** @type {any} */ (settings);
  }

  /** Starts a process, and waits until its throttler is ready. @param {object} [more] */
  async start(more) {
    const child = fork(join(import.meta.dirname, 'worker.mjs'));
    this.children.push(child);
    const { port, password } = this.server;
    const log = join(this.#folder, `${this.#logs++}`);
    child.on('message', (message) => this.messages.push(message));
    child.send({ port, password, log, ...this.settings, ...more });
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
    return child;
  }

  /** @param {number} count @param {object} [more] */
  async startAll(count, more) {
    return Promise.all(Array.from({ length: count }, () => this.start(more)));
  }

  /** The statistics of each process. */
  async stats() {
    return Promise.all(
      this.children
        .filter((child) => child.exitCode === null && child.signalCode === null)
        .map(async (child) => {
          const answer = once(child, 'message');
          child.send('stats');
          return (await answer)[0];
        }),
    );
  }

  /** Ends the processes. */
  async end() {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGCONT');
      child.send('end');
      await Promise.race([ended, sleep(2000)]);
      child.kill('SIGKILL');
    }
  }

  /** All grants in the order of time, in milliseconds. */
  grants() {
    const all = [];
    for (let i = 0; i < this.#logs; i++) {
      let text = '';
      try {
        text = readFileSync(join(this.#folder, `${i}`), 'utf8');
      } catch {
        // Nothing was granted there.
      }
      for (const line of text.split('\n')) {
        const [at, cost] = line.split(' ');
        if (cost !== undefined) all.push({ at: Number(at), cost: Number(cost) });
      }
    }
    return all.sort((a, b) => a.at - b.at);
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * The largest excess that an exchange would have seen: of requests without delay, and of those
   * that are as slow as the jitter allows before an instant and quick afterwards.
   *
   * @param {number} [error] the part of the jitter that an error of the server's clock takes, in
   *   milliseconds
   */
  excess(error = 0) {
    const grants = this.grants();
    const random = randomOf(1);
    let worst = 0;
    for (const rule of this.settings.rules) {
      const { id, algorithm, limit, capacity, interval = 0, jitter, refillRate = 0 } = rule;
      const k = KINDS[/** @type {keyof typeof KINDS} */ (algorithm)];
      const model = { id, k, l: limit ?? capacity, w: interval, j: jitter, r: refillRate };
      for (let round = 0; round < 40; round++) {
        const turn = random.of(grants)?.at ?? 0;
        const late = round === 0 ? 0 : jitter - error;
        const arrivals = grants.flatMap(({ at, cost }) => {
          const amount = this.settings.costs[cost][id] ?? 0;
          return amount > 0 ? [{ at: at + (at < turn ? late : 0), amount }] : [];
        });
        worst = Math.max(worst, excess(model, arrivals));
      }
    }
    return worst;
  }
}
