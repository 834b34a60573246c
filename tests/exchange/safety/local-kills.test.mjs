// Processes of one machine that share their limits, and whose hub is killed by SIGKILL again and
// again. Each logs its requests on the clock of the machine; a model of the server counts them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../../ts/simulator/random.mjs';

const BOT = fileURLToPath(new URL('../support/local-bot.mjs', import.meta.url));

/** The longest way of a request to the server, in milliseconds. */
const WAY = 20;

/** The jitter of the rules covers that way, and a stall of a process on a busy machine. */
const JITTER = WAY + 30;

/** The second one holds the bots back over the lives of several hubs. */
const RULES = [
  { id: 'rolling', algorithm: 'rolling-window', limit: 60, interval: 1000, jitter: JITTER },
  { id: 'long', algorithm: 'rolling-window', limit: 120, interval: 3000, jitter: JITTER },
];
const COST = { rolling: 1, long: 1 };

/** Requests that each process makes at a time. */
const CALLERS = 5;

/** The number of hubs to kill. `npm run faults` kills a hundred in a row. */
const KILLS = process.env.ALL_FAULTS ? 100 : 6;

/**
 * Processes that send as much as they may.
 * @param {string} folder
 * @param {object[]} rules
 * @param {object} cost
 * @param {boolean} [loses] whether a request of each is never answered
 */
function startBots(folder, rules, cost, loses = false) {
  /** @type {number[]} */
  const sent = [];
  /**
   * The numbers of requests that callers have made, by the process.
   * @type {Map<number, number[]>}
   */
  const counts = new Map();
  /** @type {Map<number, import('node:child_process').ChildProcess>} */
  const bots = new Map();
  let errors = '';
  return {
    sent,
    counts,
    bots,
    errors: () => errors,
    start() {
      const texts = [String(CALLERS), JSON.stringify(rules), JSON.stringify(cost)];
      const args = [BOT, folder, ...texts, ...(loses ? ['loses'] : [])];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const own = Array.from({ length: CALLERS }, () => 0);
      counts.set(child.pid ?? 0, own);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [at, caller] = line.split(' ').map(Number);
        sent.push(at ?? 0);
        own[caller ?? 0] = (own[caller ?? 0] ?? 0) + 1;
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        errors += text;
      });
      bots.set(child.pid ?? 0, child);
    },
    /** Kills a process. Returns the signal that ended it. @param {number} pid */
    async kill(pid) {
      const child = bots.get(pid);
      if (child === undefined) return null;
      bots.delete(pid);
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
      return child.signalCode;
    },
  };
}

/** The process that has the hub, by the lock of its state. @param {string} folder */
function hubOf(folder) {
  const locks = readdirSync(folder).flatMap((name) => /\.lock-(\d+)-/.exec(name)?.[1] ?? []);
  return locks.map(Number);
}

/**
 * The most requests that a server counts within an interval, when each takes up to {@link WAY}.
 * @param {number[]} sent
 * @param {number} interval
 * @param {() => number} random
 */
function most(sent, interval, random) {
  const arrivals = sent.map((at) => at + random() * WAY).sort((a, b) => a - b);
  let first = 0;
  return arrivals.reduce((most, at, n) => {
    while ((arrivals[first] ?? 0) < at - interval) first += 1;
    return Math.max(most, n - first + 1);
  }, 0);
}

/**
 * Waits until all callers of the living processes have made a request. Returns the number of those
 * that have not after `patience` milliseconds: at 40 a second each has its turn within one.
 * @param {ReturnType<typeof startBots>} all
 * @param {number} patience
 */
async function silent({ bots, counts }, patience) {
  const living = [...bots.keys()].map((pid) => counts.get(pid) ?? []);
  const before = living.map((own) => [...own]);
  const waiting = () =>
    living.flatMap((own, bot) => own.filter((count, caller) => count === before[bot]?.[caller]));
  const end = performance.now() + patience;
  while (waiting().length > 0 && performance.now() < end) await sleep(20);
  return waiting().length;
}

/**
 * Runs four processes, and kills the one with the hub several times.
 * @param {{ kills: number, keeps?: boolean, loses?: boolean }} o `keeps`: whether the next hub
 *   finds the state; `loses`: whether a request of each process is never answered
 */
async function lives({ kills, keeps = true, loses = false }) {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-local-'));
  const all = startBots(folder, RULES, COST, loses);
  const { sent, bots, start, kill, errors } = all;
  const random = seededRandom(1);
  /**
   * The signals that ended processes which had the hub.
   * @type {Map<number, NodeJS.Signals | null>}
   */
  const hubs = new Map();
  try {
    for (let n = 0; n < 4; n++) start();
    while (sent.length === 0) await sleep(5);
    while (hubs.size < kills) {
      const before = sent.length;
      while (sent.length < before + 10) await sleep(5);
      await sleep(random() * 300);
      const [hub] = hubOf(folder).filter((pid) => bots.has(pid));
      if (hub === undefined) continue;
      if (!keeps) {
        for (const name of readdirSync(folder))
          if (name.startsWith('kills-')) rmSync(join(folder, name));
      }
      hubs.set(hub, await kill(hub));
      start();
    }
    const lost = await silent(all, loses ? 5000 : 60_000);
    const epochs = hubOf(folder).length;
    return { sent, lost, hubs, errors: errors(), epochs, random };
  } finally {
    await Promise.all([...bots.keys()].map(kill));
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('processes of one machine whose hub is killed', () => {
  it('are never refused, and no request is lost', async (t) => {
    const { sent, lost, hubs, errors, epochs, random } = await lives({ kills: KILLS });
    const signals = [...hubs.values()].filter((signal) => signal === 'SIGKILL');
    assert.equal(signals.length, KILLS, 'processes that had the hub and were killed');
    assert.equal(errors, '');
    assert.equal(epochs, 1);
    assert.equal(lost, 0, `${lost} callers wait for ever`);
    const [short, long] = [most(sent, 1000, random), most(sent, 3000, random)];
    t.diagnostic(
      `${KILLS} kills, ${sent.length} requests, at most ${short} of 60 a second, ${long} of 120`,
    );
    assert.ok(short <= 60, `${short} within a second`);
    assert.ok(long <= 120, `${long} within three seconds`);
    assert.ok(sent.length >= 10 * KILLS, `${sent.length} requests`);
  });

  it('are found to wait where requests are lost', async () => {
    const { lost } = await lives({ kills: 1, loses: true });
    // One of each process; on a busy machine, others may not have had their turn.
    assert.ok(lost >= 4, `${lost} callers`);
  });

  it('are refused if the next hub does not find the state', async () => {
    const { sent, random } = await lives({ kills: 4, keeps: false });
    assert.ok(most(sent, 1000, random) > 60);
  });
});

describe('a hub that is killed while its limits are far away', () => {
  it('is replaced within a second', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-local-'));
    const rules = [
      { id: 'wide', algorithm: 'rolling-window', limit: 1e6, interval: 1000, jitter: 5 },
    ];
    const { sent, bots, start, kill } = startBots(folder, rules, { wide: 1 });
    try {
      for (let n = 0; n < 3; n++) start();
      while (sent.length < 1000) await sleep(5);
      const [hub = 0] = hubOf(folder).filter((pid) => bots.has(pid));
      const at = Number(process.hrtime.bigint()) / 1e6;
      await kill(hub);
      while (!sent.some((each) => each > at + 20)) await sleep(5);
      await sleep(100);
      const after = sent.filter((each) => each > at - 5).sort((a, b) => a - b);
      const gap = Math.max(...after.slice(1).map((each, n) => each - (after[n] ?? 0)));
      t.diagnostic(`the longest gap was ${gap.toFixed(0)} ms`);
      assert.ok(gap < 1000, `${gap} ms`);
    } finally {
      await Promise.all([...bots.keys()].map(kill));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
