// The figures in docs/performance.md and docs/internals/benchmarks.md. A complete run writes them,
// and one of the measure `shared` its own. A test compares them with the results in
// benches/package, so that they never disagree.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, withFigures } from '../../../scripts/lib/markdown.mjs';

/** @typedef {Record<string, any>} Results the content of benches/package/results.json */

/**
 * @typedef {object} Run a kind of run that writes figures
 * @property {string} command
 * @property {string} file its results, in benches/package
 * @property {Record<string, (results: Results) => string>} texts of the documents
 */

/** @type {Run} */
export const COMPLETE = {
  command: 'npm run bench',
  file: 'results.json',
  texts: {
    'docs/performance.md': performanceText,
    'docs/internals/benchmarks.md': targetsText,
  },
};

/** @type {Run} */
export const SHARED = {
  command: 'npm run bench -- shared',
  file: 'shared.json',
  texts: {
    'docs/performance.md': sharedText,
    'docs/internals/benchmarks.md': targetsText,
  },
};

/**
 * The documents, as they are and as they should be with the figures of a run.
 * @param {string} root
 * @param {Run} run
 * @param {Results} results
 * @returns {{ name: string, now: string, wanted: string }[]}
 */
export function documents(root, { command, texts }, results) {
  return Object.entries(texts).map(([name, text]) => {
    const now = readFileSync(join(root, name), 'utf8');
    return { name, now, wanted: withFigures(name, now, command, text(results)) };
  });
}

/**
 * @param {string} root
 * @param {Run} run
 * @param {Results} results
 */
export function writeDocuments(root, run, results) {
  for (const { name, wanted } of documents(root, run, results)) {
    writeFileSync(join(root, name), wanted);
  }
}

/** @param {Results} results */
function performanceText({ date, machine, figures }) {
  const { grant, queue, cancel, lateness, timers, start, size } = figures;
  const [us, hand, bare] = ['multi-throttler', 'hand-written JavaScript', 'bare promises'];
  const call = (/** @type {string} */ rules, /** @type {'awaited' | 'notAwaited'} */ way) => {
    return (/** @type {string} */ name) => grant.nanoseconds[`${name}, ${rules}`][way];
  };
  const through = (/** @type {string} */ name) =>
    (queue.waiting[name].totalMs * 1e6) / queue.waiting[name].requests;
  const fired = (/** @type {string} */ name) => timers.fired[name].fired / timers.requests;
  const cold = (/** @type {string} */ name) =>
    (start.milliseconds[name] - start.milliseconds['an empty module']) * 1e6;
  const { [us]: ours, 'setTimeout alone': timer } = lateness.milliseconds;
  const some = ['rate-limiter-flexible', 'limiter'];
  const most = ['p-throttle', 'ccxt Throttler', 'async-sema', ...some, 'p-queue', 'bottleneck'];
  const waiting = ['ccxt Throttler', hand, 'limiter', 'p-throttle', 'async-sema', 'p-queue'];
  const rows = [
    ['', us, 'others'],
    row('one awaited request, three limits', call('3 rules', 'awaited'), [hand, ...some]),
    row('one awaited request, one limit', call('1 rule', 'awaited'), most),
    row('three limits, not awaited one by one', call('3 rules', 'notAwaited'), [hand, ...some]),
    row('a request through a queue of 100 000', through, waiting),
    row(
      'memory of a waiting request',
      (name) => queue.waiting[name].bytesEach,
      [bare, ...waiting],
      (bytes) => `${bytes.toFixed(0)} bytes`,
    ),
    row('cancelling one of 100 000 by its signal', (name) => cancel.nanoseconds[name].each, [
      bare,
      'p-queue',
    ]),
    row(
      'timers fired for each grant while 1000 wait',
      fired,
      ['p-throttle', 'ccxt Throttler'],
      (n) => n.toFixed(2),
    ),
    [
      'grants that came too early',
      `${ours.early} of ${ours.count}`,
      `\`setTimeout\` alone: ${timer.early} of ${timer.count}`,
    ],
    row('import and first throttler, cold', cold, [
      'p-throttle',
      'limiter',
      'p-queue',
      ...some.slice(0, 1),
    ]),
  ];
  const kb = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(0)} KB`;
  return `From \`npm run bench\` on ${date} (${machine.cpu}, ${machine.cores} cores of a shared machine,
Node ${machine.node.slice(1)}). Ratios hold between machines, times do not; here they vary by half from run to
run.

${table(rows)}
The package is ${kb(size.entryGzipBytes)} gzipped, the wasm inside ${kb(size.wasmBytes)}.
`;

  /**
   * @param {string} what
   * @param {(name: string) => number} figure
   * @param {string[]} others
   * @param {(figure: number) => string} text
   */
  function row(what, figure, others, text = time) {
    const sorted = others.toSorted((a, b) => figure(a) - figure(b));
    return [
      what,
      text(figure(us)),
      sorted.map((name) => `${name} ${text(figure(name))}`).join(', '),
    ];
  }
}

/** @param {Results} results */
function sharedText({ date, machine, figures }) {
  const { redis, versions, grants, waits, use } = figures.shared;
  const peers = ['multi-throttler', 'rate-limiter-flexible', 'bottleneck'];
  const count = (/** @type {number} */ n) => Math.round(n).toLocaleString('en-US');
  const ms = (/** @type {number} */ n) => `${n.toFixed(2)} ms`;
  const processes = (/** @type {string} */ n) => `${n} process${n === '1' ? '' : 'es'}`;
  const { alone } = waits;
  const rows = [
    ['', 'multi-throttler', ...peers.slice(1).map((name) => `${name} ${versions[name]}`)],
    ...Object.keys(grants['multi-throttler']).map((n) => [
      `grants per second, ${processes(n)}`,
      ...peers.map((name) => count(grants[name][n])),
    ]),
    ['wait far from the limit, p50', ...peers.map((name) => ms(waits[name].p50))],
    ['wait far from the limit, p99', ...peers.map((name) => ms(waits[name].p99))],
    ['scripts for each of these grants', ...peers.map((name) => waits[name].scripts.toFixed(2))],
    ...Object.keys(use['multi-throttler']).flatMap((n) => [
      [
        `200 in any second, always reached, ${processes(n)}: grants per second`,
        ...peers.map((name) => use[name][n].perSecond.toFixed(0)),
      ],
      [
        `the most in any second, ${processes(n)}`,
        ...peers.map((name) => String(use[name][n].most)),
      ],
    ]),
  ];
  return `From \`npm run bench -- shared\` on ${date} (${machine.cpu}, ${machine.cores} cores of a shared machine with
a load of ${machine.loadBefore.toFixed(0)} before the run, Node ${machine.node.slice(1)}, Redis ${redis}):

${table(rows)}
One throttler alone, without a server, has a wait of ${ms(alone.p50)} (p50) and ${ms(alone.p99)} (p99). A round trip
to Redis took ${ms(waits['multi-throttler'].roundTrip)}.
`;
}

/** @param {Results} results */
function targetsText({ date, targets }) {
  const rows = targets.map(
    (/** @type {import('../types.ts').Target} */ { what, figure, target, reached }) => [
      what,
      figure,
      target,
      reached ? 'reached' : '**not reached**',
    ],
  );
  return `Of ${date}:

${table([['', 'figure', 'aimed at', ''], ...rows])}`;
}

/** @param {number} ns */
function time(ns) {
  if (ns < 1000) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} us`;
  return `${(ns / 1e6).toFixed(1)} ms`;
}
