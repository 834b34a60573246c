// Requests that can be granted at once.

import { start } from '../lib/child.mjs';
import { time, times } from '../lib/screen.mjs';
import { inTurns, median } from '../lib/statistics.mjs';
import { select } from '../subjects.mjs';

/** @type {import('../types.ts').Measure} */
export const grant = {
  name: 'grant',
  about: 'immediate grants, under one rule and under three',

  async run({ effort, installed, say }) {
    /** @type {Runner[]} */
    const runners = [];
    try {
      for (const entry of select(({ grant }) => grant)) {
        for (const rules of /** @type {const} */ (['one', 'three'])) {
          if (rules === 'three' && !entry.three) continue;
          const child = start('grant', [entry.name, rules], installed.entry);
          runners.push({ entry, rules, child, counts: undefined, awaited: [], burst: [] });
        }
      }
      for (const runner of runners) {
        say(`warm-up: ${runner.entry.label}, ${runner.rules}`);
        runner.counts = await runner.child.call('warmUp', 2 * effort.batch);
      }
      await inTurns(
        effort.rounds,
        runners,
        async ({ entry, rules, child, counts, awaited, burst }, round) => {
          say(`round ${round + 1} of ${effort.rounds}: ${entry.label}, ${rules}`);
          const took = await child.call('round', effort.batch, counts);
          awaited.push(took.awaited);
          burst.push(took.burst);
        },
      );
      for (const { child } of runners) await child.call('finish');
    } finally {
      for (const { child } of runners) child.stop();
    }
    return result(runners);
  },
};

/**
 * @typedef {object} Runner
 * @property {import('../subjects.mjs').Entry} entry
 * @property {'one' | 'three'} rules
 * @property {import('../lib/child.mjs').Child} child
 * @property {unknown} counts
 * @property {number[]} awaited nanoseconds, one for each round
 * @property {number[]} burst
 */

/**
 * @param {Runner[]} runners
 * @returns {import('../types.ts').Result}
 */
function result(runners) {
  const rows = runners.map(({ entry, rules, awaited, burst }) => ({
    ...entry,
    rules,
    awaited: median(awaited),
    burst: median(burst),
  }));
  const peers = rows.filter(({ kind, rules }) => kind === 'peer' && rules === 'one');
  const fastest = peers.reduce((best, peer) => (peer.awaited < best.awaited ? peer : best));
  const find = (/** @type {string} */ wanted) =>
    /** @type {typeof fastest} */ (rows.find(({ name, rules }) => name === wanted && rules === 'three'));
  const [ours, byHand] = [find('multi-throttler'), find('hand-written')];
  const ratio = ours.awaited / fastest.awaited;
  const ratioByHand = ours.burst / byHand.burst;
  const label = (/** @type {typeof fastest} */ { label, rules }) =>
    `${label}, ${rules === 'one' ? '1 rule' : '3 rules'}`;
  return {
    figures: {
      fastestPeer: fastest.label,
      ratioToFastestPeer: ratio,
      burstRatioToHandWritten: ratioByHand,
      nanoseconds: Object.fromEntries(
        rows.map((row) => [label(row), { awaited: row.awaited, notAwaited: row.burst }]),
      ),
    },
    tables: [
      {
        title: 'Immediate grants: time of one request',
        about:
          'Limits are so high that nothing waits. Awaited: `await` after each request. Not awaited: bursts of 1000, ' +
          'of which the last is awaited. In brackets: against the fastest peer with one rule, awaited.',
        head: ['', 'awaited', '', 'not awaited', ''],
        rows: [...rows]
          .sort((a, b) => a.awaited - b.awaited)
          .map((row) => [
            label(row),
            time(row.awaited),
            `(${times(row.awaited / fastest.awaited)})`,
            time(row.burst),
            `(${times(row.burst / fastest.awaited)})`,
          ]),
      },
    ],
    targets: [
      {
        what: `granted at once, 3 rules, awaited, against the fastest peer with 1 rule (${fastest.label})`,
        figure: times(ratio),
        target: '<= 0.80 x',
        reached: ratio <= 0.8,
      },
      {
        what: 'the same, not awaited, against JavaScript written by hand',
        figure: times(ratioByHand),
        target: '<= 1.30 x',
        reached: ratioByHand <= 1.3,
      },
    ],
  };
}
