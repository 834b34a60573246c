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
const JITTER = 20;

const RULES = [
  { id: 'rolling', algorithm: 'rolling-window', limit: 60, interval: 1000, jitter: JITTER },
  { id: 'long', algorithm: 'rolling-window', limit: 400, interval: 600_000, jitter: JITTER },
];
const COST = { rolling: 1, long: 1 };

/**
 * Processes that send as much as they may.
 * @param {string} folder
 * @param {object[]} rules
 * @param {object} cost
 */
function startBots(folder, rules, cost) {
  /** @type {number[]} */
  const sent = [];
  /** @type {Map<number, import('node:child_process').ChildProcess>} */
  const bots = new Map();
  let errors = '';
  return {
    sent,
    bots,
    errors: () => errors,
    start() {
      const args = [BOT, folder, '5', JSON.stringify(rules), JSON.stringify(cost)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      createInterface({ input: child.stdout }).on('line', (line) => sent.push(Number(line)));
      child.stderr.setEncoding('utf8').on('data', (text) => {
        errors += text;
      });
      bots.set(child.pid ?? 0, child);
    },
    /** @param {number} pid */
    async kill(pid) {
      const child = bots.get(pid);
      if (child === undefined) return;
      bots.delete(pid);
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** The process that has the hub, by the lock of its state. @param {string} folder */
function hubOf(folder) {
  const locks = readdirSync(folder).flatMap((name) => /\.lock-(\d+)-/.exec(name)?.[1] ?? []);
  return locks.map(Number);
}

/**
 * The most requests that a server counts within an interval, when each takes up to a jitter.
 * @param {number[]} sent
 * @param {number} interval
 * @param {() => number} random
 */
function most(sent, interval, random) {
  const arrivals = sent.map((at) => at + random() * JITTER).sort((a, b) => a - b);
  let first = 0;
  return arrivals.reduce((most, at, n) => {
    while ((arrivals[first] ?? 0) < at - interval) first += 1;
    return Math.max(most, n - first + 1);
  }, 0);
}

/**
 * Runs four processes, and kills the one with the hub several times.
 * @param {{ kills: number, keeps: boolean }} o `keeps`: whether the next hub finds the state
 */
async function lives({ kills, keeps }) {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-local-'));
  const { sent, bots, start, kill, errors } = startBots(folder, RULES, COST);
  const random = seededRandom(1);
  let killed = 0;
  try {
    for (let n = 0; n < 4; n++) start();
    while (sent.length === 0) await sleep(5);
    for (let n = 0; n < kills; n++) {
      const before = sent.length;
      while (sent.length < before + 10) await sleep(5);
      await sleep(random() * 300);
      const [hub] = hubOf(folder).filter((pid) => bots.has(pid));
      if (hub === undefined) continue;
      if (!keeps) {
        for (const name of readdirSync(folder))
          if (name.startsWith('kills-')) rmSync(join(folder, name));
      }
      await kill(hub);
      killed += 1;
      start();
    }
    const before = sent.length;
    while (sent.length < before + 20) await sleep(5);
    const epochs = hubOf(folder).length;
    return { sent, killed, errors: errors(), epochs, random };
  } finally {
    await Promise.all([...bots.keys()].map(kill));
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('processes of one machine whose hub is killed', () => {
  it('are never refused, and go on', async (t) => {
    const { sent, killed, errors, epochs, random } = await lives({ kills: 6, keeps: true });
    assert.equal(errors, '');
    assert.equal(epochs, 1);
    assert.ok(killed >= 5, `${killed} hubs were killed`);
    const [short, long] = [most(sent, 1000, random), most(sent, 600_000, random)];
    t.diagnostic(`${sent.length} requests, at most ${short} of 60 a second, ${long} of 400`);
    assert.ok(short <= 60, `${short} within a second`);
    assert.ok(long <= 400, `${long} within ten minutes`);
    assert.ok(sent.length >= 100, `${sent.length} requests`);
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
