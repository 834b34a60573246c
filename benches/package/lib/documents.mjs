// The figures in docs/performance.md and docs/internals/benchmarks.md. A complete run writes them,
// and a test compares them with benches/package/results.json, so that they never disagree.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, withFigures } from '../../../scripts/lib/markdown.mjs';

/** @typedef {Record<string, any>} Results the content of benches/package/results.json */

/** @type {Record<string, (results: Results) => string>} */
const TEXTS = {
  'docs/performance.md': performanceText,
  'docs/internals/benchmarks.md': targetsText,
};

/**
 * The documents, as they are and as they should be with the figures of a run.
 * @param {string} root
 * @param {Results} results
 * @returns {{ name: string, now: string, wanted: string }[]}
 */
export function documents(root, results) {
  return Object.entries(TEXTS).map(([name, text]) => {
    const now = readFileSync(join(root, name), 'utf8');
    return { name, now, wanted: withFigures(name, now, 'npm run bench', text(results)) };
  });
}

/**
 * @param {string} root
 * @param {Results} results
 */
export function writeDocuments(root, results) {
  for (const { name, wanted } of documents(root, results)) writeFileSync(join(root, name), wanted);
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
