// Measures a long queue.

import { start } from '../lib/child.mjs';
import { time, times } from '../lib/screen.mjs';
import { inTurns, median } from '../lib/statistics.mjs';
import { select } from '../subjects.mjs';

/** @typedef {{ enqueue: number, total: number, cpu: number, tooEarly: boolean }} Pass */

/** @type {import('../types.ts').Measure} */
export const queue = {
  name: 'queue',
  about: 'many waiting requests: into the queue, out of it, and their memory',

  async run({ effort, installed, say }) {
    const rows = select(({ backlog }) => backlog).map((entry) => ({
      ...entry,
      count: Math.min(effort.backlog, entry.backlog ?? 0),
      hold: effort.backlog / 100,
      enqueue: /** @type {number[]} */ ([]),
      total: /** @type {number[]} */ ([]),
      cpu: /** @type {number[]} */ ([]),
      bytes: Number.NaN,
    }));
    /**
     * Calls a method in a fresh process.
     * @param {typeof rows[number]} row
     * @param {string} method
     * @param {...number} args
     */
    const ask = async ({ name }, method, ...args) => {
      const child = start('queue', [name], installed.entry);
      try {
        return await child.call(method, ...args);
      } finally {
        child.stop();
      }
    };
    await inTurns(Math.min(effort.rounds, 5), rows, async (row, round) => {
      say(`round ${round + 1}: ${row.label}`);
      for (;;) {
        const pass = /** @type {Pass} */ (await ask(row, 'time', row.count, row.hold));
        if (pass.tooEarly) {
          row.hold *= 2;
          continue;
        }
        row.enqueue.push(pass.enqueue);
        row.total.push(pass.total);
        row.cpu.push(pass.cpu);
        break;
      }
    });
    for (const row of rows) {
      say(`memory: ${row.label}`);
      row.bytes = await ask(row, 'memory', row.count);
    }
    return result(
      rows.map((row) => ({
        ...row,
        enqueue: median(row.enqueue),
        total: median(row.total),
        cpu: median(row.cpu),
      })),
      effort.backlog,
    );
  },
};

/**
 * @typedef {import('../subjects.mjs').Entry & Omit<Pass, 'tooEarly'> & { count: number, bytes:
 *   number }} Row
 */

/**
 * @param {Row[]} rows
 * @param {number} count
 * @returns {import('../types.ts').Result}
 */
function result(rows, count) {
  const each = (/** @type {Row} */ row) => row.total / row.count;
  const peers = rows.filter(({ kind }) => kind === 'peer');
  const fastest = peers.reduce((best, peer) => (each(peer) < each(best) ? peer : best));
  const ours = /** @type {Row} */ (rows.find(({ kind }) => kind === 'ours'));
  const ratio = each(ours) / each(fastest);
  const ns = (/** @type {number} */ ms, /** @type {Row} */ row) => (ms * 1e6) / row.count;
  return {
    figures: {
      fastestPeer: fastest.label,
      ratioToFastestPeer: ratio,
      waiting: Object.fromEntries(
        rows.map((row) => [
          row.label,
          {
            requests: row.count,
            enqueueMs: row.enqueue,
            totalMs: row.total,
            cpuMs: row.cpu,
            bytesEach: row.bytes,
          },
        ]),
      ),
    },
    tables: [
      {
        title: `A queue of ${count} requests`,
        about:
          'All requests wait, then all are granted. multi-throttler and JavaScript written by hand: three rules ' +
          'and three priorities; p-queue: one rule and three priorities; others: one rule. Time per request, ' +
          'without the sleep before the first grant; CPU time of all threads; and the bytes that a waiter holds, ' +
          'with its promise.',
        head: [
          '',
          'requests',
          'into the queue',
          'in and out',
          'against the fastest peer',
          'CPU',
          'bytes',
        ],
        rows: [...rows]
          .sort((a, b) => each(a) - each(b))
          .map((row) => [
            row.label,
            String(row.count),
            time(ns(row.enqueue, row)),
            time(ns(row.total, row)),
            times(each(row) / each(fastest)),
            time(ns(row.cpu, row)),
            row.bytes.toFixed(0),
          ]),
      },
    ],
    targets: [
      {
        what: `${count} waiting, in and out, against the fastest peer (${fastest.label})`,
        figure: times(ratio),
        target: '<= 0.50 x',
        reached: ratio <= 0.5,
      },
      {
        what: 'memory of a waiting request',
        figure: `${ours.bytes.toFixed(0)} bytes`,
        target: '<= 250 bytes',
        reached: ours.bytes <= 250,
      },
    ],
  };
}
