// Compares this build with another one: `npm run bench -- --against <folder>`.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cleanEnv, start } from './lib/child.mjs';
import { time } from './lib/screen.mjs';
import { inTurns, quantile } from './lib/statistics.mjs';
import { loops } from './loops.mjs';
import { OptionError } from './options.mjs';

const START = fileURLToPath(new URL('./children/start.mjs', import.meta.url));

/** Files of a build whose sizes are compared. */
const SIZES = [
  { label: 'the wasm, bytes', file: join('edge', 'engine.wasm'), zipped: false },
  { label: 'index.mjs, gzipped, bytes', file: 'index.mjs', zipped: true },
];

/**
 * The folder of a build: it has an `index.mjs`, or a `pkg` that has one.
 * @param {string} folder
 */
export function buildIn(folder) {
  const found = [folder, join(folder, 'pkg')].find((each) => existsSync(join(each, 'index.mjs')));
  if (!found) throw new OptionError(`No build in ${folder}: neither index.mjs nor pkg/index.mjs.`);
  return resolve(found);
}

/**
 * @param {string} ours folder of this build
 * @param {string} theirs folder of the other one
 * @param {import('./types.ts').Effort} effort
 * @param {(text: string) => void} say
 * @returns {Promise<import('./types.ts').Table>}
 */
export async function against(ours, theirs, effort, say) {
  const entry = (/** @type {string} */ folder) => pathToFileURL(join(folder, 'index.mjs')).href;
  const rows = [];
  for (const name of Object.keys(loops).filter((name) => !name.startsWith('p-throttle'))) {
    const sides = [ours, theirs].map((folder) => ({ name, entry: entry(folder) }));
    rows.push(row(name, await ratios(sides, effort, (text) => say(`${name}: ${text}`))));
  }
  rows.push(coldStart(await starts([ours, theirs].map(entry), effort, say)));
  for (const { label, file, zipped } of SIZES) {
    const [now = 0, before = 0] = [ours, theirs].map((folder) => bytes(join(folder, file), zipped));
    const text = (/** @type {number} */ size) => size.toLocaleString('en');
    rows.push([label, text(before), text(now), (now / before).toFixed(3), '']);
  }
  return {
    title: `This build against ${theirs}`,
    about:
      'Each in several processes. Within one process slices of half a millisecond alternate between the two ' +
      'builds, of which the quickest quarter counts; a ratio is the median over pairs of processes, one in each ' +
      'order, and the spread is their range.',
    head: ['', 'other build', 'this build', 'ratio', 'spread'],
    rows,
  };
}

/**
 * Compares two loops in pairs of processes. In the second process of a pair the sides are in
 * reverse order, as the one that is loaded first may be slower for it, even several times; the mean
 * of a pair has no order.
 * @param {import('./children/turns.mjs').Side[]} sides
 * @param {import('./types.ts').Effort} effort
 * @param {(text: string) => void} say
 * @returns {Promise<{ first: number, second: number, ratio: number }[]>}
 */
export async function ratios(sides, effort, say) {
  const all = [];
  for (let round = 0; round < effort.rounds; round++) {
    say(`processes ${round + 1} of ${effort.rounds}`);
    const straight = await compare(sides, effort);
    const reverse = await compare([...sides].reverse(), effort);
    all.push({
      first: Math.sqrt(straight.first * reverse.second),
      second: Math.sqrt(straight.second * reverse.first),
      ratio: Math.sqrt(straight.ratio / reverse.ratio),
    });
  }
  return all;
}

/**
 * @param {import('./children/turns.mjs').Side[]} sides
 * @param {import('./types.ts').Effort} effort
 * @returns {Promise<{ first: number, second: number, ratio: number }>}
 */
async function compare(sides, effort) {
  const child = start('turns', [], '');
  try {
    return await child.call('compare', sides, 2 * effort.batch);
  } finally {
    child.stop();
  }
}

/**
 * @param {string} label
 * @param {{ first: number, second: number, ratio: number }[]} processes
 */
function row(label, processes) {
  const middle = (/** @type {'first' | 'second'} */ side) =>
    time(
      quantile(
        processes.map((each) => each[side]),
        0.5,
      ),
    );
  return [label, middle('second'), middle('first'), ...spread(processes.map(({ ratio }) => ratio))];
}

/**
 * The median and the range of ratios.
 * @param {number[]} ratios
 */
export function spread(ratios) {
  const text = (/** @type {number} */ ratio) => ratio.toFixed(2);
  return [
    quantile(ratios, 0.5).toFixed(3),
    `${text(Math.min(...ratios))} to ${text(Math.max(...ratios))}`,
  ];
}

/**
 * Milliseconds of cold starts of each build, in turns.
 * @param {string[]} entries
 * @param {import('./types.ts').Effort} effort
 * @param {(text: string) => void} say
 */
async function starts(entries, effort, say) {
  const took = entries.map((entry) => ({ entry, ms: /** @type {number[]} */ ([]) }));
  // An additional first round brings the files into the system's cache.
  await inTurns(effort.starts + 1, took, async ({ entry, ms }, round) => {
    say(`cold start, round ${round} of ${effort.starts}`);
    const env = { ...cleanEnv(), BENCH_PACKAGE: entry };
    const { stdout, stderr } = spawnSync(process.execPath, [START, 'multi-throttler'], {
      env,
      encoding: 'utf8',
    });
    if (!stdout) throw new Error(`cold start of ${entry}: ${stderr}`);
    if (round > 0) ms.push(Number(stdout));
  });
  return took.map(({ ms }) => ms);
}

/** @param {number[][]} took milliseconds of this build, and of the other one */
function coldStart([ours = [], theirs = []]) {
  const ratios = ours.map((ms, round) => ms / (theirs[round] ?? Number.NaN));
  const text = (/** @type {number[]} */ ms) => time(quantile(ms, 0.5) * 1e6);
  return ['import and first throttler, cold', text(theirs), text(ours), ...spread(ratios)];
}

/**
 * @param {string} path
 * @param {boolean} zipped
 */
function bytes(path, zipped) {
  return zipped ? gzipSync(readFileSync(path), { level: 9 }).length : statSync(path).size;
}
