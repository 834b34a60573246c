// Measures `npx multi-throttler plan`: the time in which it simulates an hour of a bot. It is that
// of the whole command, the start of Node included, as its user waits for it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../lib/statistics.mjs';

/** Runs in the command, and prints its processor time at its end. */
const REPORT = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write(JSON.stringify(process.cpuUsage())))',
)}`;

/**
 * @typedef {object} Times
 * @property {number} elapsed seconds
 * @property {number} processor seconds
 */

/** Symbols that are polled every two seconds: 10 and 30 requests a second. */
const BOTS = { '10 requests a second': 20, '30 requests a second, more than the limit': 60 };
const HOUR = 3600;

/** @type {import('../types.ts').Measure} */
export const plan = {
  name: 'plan',
  about: 'an hour of a bot, simulated by the command plan',

  async run({ effort, installed, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-plan-'));
    try {
      /** @type {Record<string, Times>} */
      const times = {};
      for (const [name, symbols] of Object.entries(BOTS)) {
        const file = join(folder, `${symbols}.json`);
        writeFileSync(file, JSON.stringify(jobFile(symbols)));
        /** @type {Times[]} */
        const runs = [];
        for (let round = 1; round <= effort.rounds; round++) {
          say(`${name}, round ${round} of ${effort.rounds}`);
          runs.push(timeOf(join(installed.folder, 'command.mjs'), file, (symbols / 2) * HOUR));
        }
        times[name] = {
          elapsed: median(runs.map(({ elapsed }) => elapsed)),
          processor: median(runs.map(({ processor }) => processor)),
        };
      }
      return result(times);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/**
 * @param {Record<string, Times>} times by bot
 * @returns {import('../types.ts').Result}
 */
function result(times) {
  const text = (/** @type {number} */ each) => `${each.toFixed(2)} s`;
  const first = Object.values(times)[0]?.elapsed ?? Number.NaN;
  return {
    figures: { seconds: times },
    tables: [
      {
        title: 'The command `plan`: an hour of a bot on virtual time',
        about:
          'The command with the start of Node, the median of several runs. Other processes make ' +
          'it take longer, and hardly change its processor time.',
        head: ['', 'time', 'processor time'],
        rows: Object.entries(times).map(([name, { elapsed, processor }]) => [
          name,
          text(elapsed),
          text(processor),
        ]),
      },
    ],
    targets: [
      {
        what: 'plan, an hour of 10 requests a second',
        figure: text(first),
        target: '< 2 s',
        reached: first < 2,
      },
    ],
  };
}

/** @param {number} symbols */
function jobFile(symbols) {
  const params = { symbol: '{symbol}', limit: 100 };
  const books = { name: 'books', path: '/api/v3/depth', params, every: '2s' };
  return { exchange: 'binanceSpot', duration: '1h', symbols, jobs: [books] };
}

/**
 * Returns the times that the command takes.
 *
 * @param {string} command
 * @param {string} file
 * @param {number} requests that the plan has to have
 * @returns {Times}
 */
function timeOf(command, file, requests) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', REPORT, command, 'plan', file, '--json'],
    { encoding: 'utf8', maxBuffer: 1e8 },
  );
  const elapsed = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`the command failed: ${stderr}`);
  const asked = JSON.parse(stdout).jobs[0].asked;
  if (asked !== requests) throw new Error(`${asked} requests instead of ${requests}`);
  const { user, system } = JSON.parse(stderr);
  return { elapsed, processor: (user + system) / 1e6 };
}
