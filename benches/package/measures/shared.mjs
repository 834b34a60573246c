// Measures limiters that share a limit through one server of Redis, all in one run.

import { startRedis } from '../../../tests/shared/support/server.mjs';
import { median } from '../lib/statistics.mjs';
import {
  commandsWhileWaiting,
  SATURATED,
  saturated,
  throughput,
  wait,
} from '../shared/measurements.mjs';
import { VERSIONS } from '../shared/subjects.mjs';

/** @typedef {import('../types.ts').Target} Target */

const US = 'multi-throttler';
const RLF = 'rate-limiter-flexible';
const SUBJECTS = [US, RLF, 'bottleneck'];
/** The hub of one machine, over a socket. */
const LOCAL = 'local';

/** Numbers of processes, and how many times rate-limiter-flexible's grants are aimed at. */
const PROCESSES = { 1: 5, 4: 5, 16: 3 };

/** The least part of one throttler's use that is aimed at, by the number of processes. */
const USE = { 4: 0.97, 16: 0.95 };

/** @type {import('../types.ts').Measure} */
export const shared = {
  name: 'shared',
  about: 'one limit for several processes, through Redis',

  async run({ effort, installed, say }) {
    // A smoke run has about a third of the time.
    const ms = effort.rounds > 3 ? 4000 : 1500;
    const rounds = { rounds: effort.rounds > 3 ? 3 : 1, ms: ms / 4 };
    const server = await startRedis();
    try {
      const client = await server.connect();
      const [, redis = ''] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
      const bench = { server, client, folder: installed.folder };

      /** @type {Record<string, Record<string, number>>} */
      const grants = {};
      /** @type {Record<string, number>} */
      const ratios = {};
      /** @type {Record<string, number>} */
      const overSocket = {};
      for (const count of Object.keys(PROCESSES).map(Number)) {
        say(`grants, ${count} processes`);
        const names = [...SUBJECTS, LOCAL];
        const rates = await throughput(bench, names, count, rounds);
        const peer = rates[RLF] ?? [];
        for (const name of names) {
          grants[name] = { ...grants[name], [count]: median(rates[name] ?? []) };
        }
        const ratioOf = (/** @type {string} */ name) =>
          median((rates[name] ?? []).map((rate, i) => rate / (peer[i] ?? Number.NaN)));
        ratios[count] = ratioOf(US);
        overSocket[count] = ratioOf(LOCAL);
      }
      /** @type {Record<string, Awaited<ReturnType<typeof wait>>>} */
      const waits = {};
      for (const name of ['alone', ...SUBJECTS]) {
        say(`wait far from the limit, ${name}`);
        const processes = name === 'alone' ? 1 : 4;
        waits[name] = await wait(bench, name, processes, { perSecond: 50, ms: 2 * ms });
      }
      /** @type {Record<string, Record<string, Awaited<ReturnType<typeof saturated>>>>} */
      const use = { alone: { 1: await saturated(bench, 'alone', 1, ms) } };
      for (const count of Object.keys(USE).map(Number)) {
        for (const name of SUBJECTS) {
          say(`saturated, ${count} processes, ${name}`);
          use[name] = { ...use[name], [count]: await saturated(bench, name, count, ms) };
        }
      }
      say('saturated, one process');
      const single = await saturated(bench, US, 1, ms);
      say('all wait for a known time');
      const commands = await commandsWhileWaiting(bench, US, 16, ms);
      const figures = {
        redis,
        versions: VERSIONS,
        grants,
        ratios,
        overSocket,
        waits,
        use,
        single,
        commands,
      };
      return { figures, tables: tablesOf(figures), targets: targetsOf(figures) };
    } finally {
      await server.stop();
    }
  },
};

/** @typedef {{ redis: string, versions: Record<string, string>,
 *   grants: Record<string, Record<string, number>>, ratios: Record<string, number>,
 *   overSocket: Record<string, number>,
 *   waits: Record<string, Awaited<ReturnType<typeof wait>>>,
 *   use: Record<string, Record<string, Awaited<ReturnType<typeof saturated>>>>,
 *   single: Awaited<ReturnType<typeof saturated>>,
 *   commands: number }} SharedFigures
 */

const count = (/** @type {number} */ n) => Math.round(n).toLocaleString('en-US');
const ms = (/** @type {number} */ n) => `${n.toFixed(2)} ms`;
const percent = (/** @type {number} */ n) => `${(100 * n).toFixed(1)} %`;

/** @param {SharedFigures} figures @param {string} name */
const titled = ({ versions }, name) =>
  name === 'alone'
    ? 'one throttler alone'
    : name === LOCAL
      ? 'multi-throttler/local, without Redis'
      : `${name} ${versions[name] ?? ''}`.trim();

/**
 * @param {SharedFigures} figures
 * @returns {import('../types.ts').Table[]}
 */
export function tablesOf(figures) {
  const { grants, waits, use, redis } = figures;
  return [
    {
      title: `Grants per second, one limit that is never reached, Redis ${redis}`,
      about: 'Each process keeps 64 requests waiting or in flight.',
      head: ['', ...Object.keys(PROCESSES).map((n) => `${n} process${n === '1' ? '' : 'es'}`)],
      rows: Object.entries(grants).map(([name, rates]) => [
        titled(figures, name),
        ...Object.values(rates).map(count),
      ]),
    },
    {
      title: 'Wait of a request far from the limit',
      about: 'Four processes, 50 requests a second in each, at random instants.',
      head: ['', 'p50', 'p99', 'scripts for each grant', 'round trip, p50'],
      rows: Object.entries(waits).map(([name, { p50, p99, scripts, roundTrip }]) => [
        titled(figures, name),
        ms(p50),
        ms(p99),
        scripts.toFixed(3),
        ms(roundTrip),
      ]),
    },
    {
      title: `Under ${SATURATED} requests in any second, always reached`,
      about: `Grants per second, and the most in any second; jitter 20 ms.`,
      head: [
        '',
        ...Object.keys(USE).flatMap((n) => [`${n} processes`, 'most', 'scripts for each grant']),
      ],
      rows: Object.entries(use).map(([name, runs]) => [
        titled(figures, name),
        ...Object.values(runs).flatMap(({ perSecond, most, scripts }) => [
          perSecond.toFixed(1),
          String(most),
          scripts.toFixed(2),
        ]),
      ]),
    },
  ];
}

/**
 * @param {SharedFigures} figures
 * @returns {Target[]}
 */
export function targetsOf({ ratios, overSocket, waits, use, single, commands }) {
  const ours = waits[US];
  const alone = waits.alone;
  const best = use.alone?.[1];
  if (!ours || !alone || !best) throw new Error('a figure is missing');
  const added = { p50: ours.p50 - alone.p50, p99: ours.p99 - alone.p99 };
  const most = 2 * ours.roundTrip + 3;
  /** @type {Target[]} */
  const targets = [];
  /** @param {string} what @param {string} figure @param {string} target @param {boolean} reached */
  const add = (what, figure, target, reached) => targets.push({ what, figure, target, reached });
  for (const [n, least] of Object.entries(PROCESSES)) {
    const ratio = ratios[n] ?? Number.NaN;
    const what = `grants against ${RLF}, processes: ${n}`;
    add(what, `${ratio.toFixed(1)} x`, `>= ${least} x`, ratio >= least);
  }
  for (const n of Object.keys(PROCESSES)) {
    const ratio = overSocket[n] ?? Number.NaN;
    const what = `grants over a local socket against ${RLF}, processes: ${n}`;
    add(what, `${ratio.toFixed(1)} x`, '>= 3 x', ratio >= 3);
  }
  add('added wait, p50', ms(added.p50), '<= 0.20 ms', added.p50 <= 0.2);
  add('added wait, p99', ms(added.p99), `<= 2 round trips + 3 ms (${ms(most)})`, added.p99 <= most);
  const { scripts } = ours;
  add('scripts for each grant at 50 a second', scripts.toFixed(3), '<= 0.100', scripts <= 0.1);
  add('grants without a wait', percent(ours.atOnce), '>= 90.0 %', ours.atOnce >= 0.9);
  const crowded = use[US]?.[16] ?? { scripts: Number.NaN, micros: Number.NaN };
  const each = crowded.scripts;
  add('scripts for each grant, saturated, processes: 16', each.toFixed(2), '<= 0.50', each <= 0.5);
  for (const [n, { micros }, most] of /** @type {const} */ ([
    [1, single, 60],
    [16, crowded, 150],
  ])) {
    const what = `time of a script, saturated, processes: ${n}`;
    add(what, `${micros.toFixed(0)} us`, `<= ${most} us`, micros <= most);
  }
  for (const [n, least] of Object.entries(USE)) {
    const part = (use[US]?.[n]?.perSecond ?? 0) / best.perSecond;
    const what = `use of a limit against one throttler alone, processes: ${n}`;
    add(what, percent(part), `>= ${percent(least)}`, part >= least);
    const worst = use[US]?.[n]?.most ?? Number.NaN;
    add(
      `most in any second, processes: ${n}`,
      String(worst),
      `<= ${SATURATED}`,
      worst <= SATURATED,
    );
  }
  add('commands while all wait for a known time', String(commands), '0', commands === 0);
  return targets;
}
