// Measures requests that are granted at once.

import { ratios, spread } from '../against.mjs';
import { start } from '../lib/child.mjs';
import { time, times } from '../lib/screen.mjs';
import { groups, inTurns, median } from '../lib/statistics.mjs';
import { select } from '../subjects.mjs';

/** @type {import('../types.ts').Measure} */
export const grant = {
  name: 'grant',
  about: 'immediate grants, under one rule and under three',

  async run({ effort, installed, say }) {
    /** @type {Row[]} */
    const rows = select(({ grant }) => grant).flatMap((entry) =>
      /** @type {const} */ (['one', 'three'])
        .filter((rules) => rules === 'one' || entry.three)
        .map((rules) => ({ entry, rules, awaited: [], burst: [] })),
    );
    for (const [group, rounds] of groups(effort.rounds).entries()) {
      const runners = rows.map((row) => ({
        row,
        child: start('grant', [row.entry.name, row.rules], installed.entry),
        counts: undefined,
      }));
      const where = `processes ${group + 1}`;
      try {
        for (const runner of runners) {
          say(`${where}, warm-up: ${runner.row.entry.label}, ${runner.row.rules}`);
          runner.counts = await runner.child.call('warmUp', 2 * effort.batch);
        }
        await inTurns(rounds, runners, async ({ row, child, counts }, round) => {
          say(`${where}, round ${round + 1} of ${rounds}: ${row.entry.label}, ${row.rules}`);
          const took = await child.call('round', effort.batch, counts);
          row.awaited.push(took.awaited);
          row.burst.push(took.burst);
        });
        for (const { child } of runners) await child.call('finish');
      } finally {
        for (const { child } of runners) child.stop();
      }
    }
    const names = ['granted at once, 3 rules, awaited', 'p-throttle, 1 rule, awaited'];
    const sides = names.map((name) => ({ name, entry: installed.entry }));
    const turns = await ratios(sides, effort, (text) => say(`in turns with p-throttle, ${text}`));
    return result(
      rows,
      turns.map(({ ratio }) => ratio),
    );
  },
};

/**
 * @typedef {object} Row
 * @property {import('../subjects.mjs').Entry} entry
 * @property {'one' | 'three'} rules
 * @property {number[]} awaited nanoseconds, one figure per round
 * @property {number[]} burst
 */

/**
 * @param {Row[]} measured
 * @param {number[]} inTurns ratios to p-throttle with one rule, in one process each
 * @returns {import('../types.ts').Result}
 */
function result(measured, inTurns) {
  const rows = measured.map(({ entry, rules, awaited, burst }) => ({
    ...entry,
    rules,
    awaited: median(awaited),
    burst: median(burst),
  }));
  const peers = rows.filter(({ kind, rules }) => kind === 'peer' && rules === 'one');
  const fastest = peers.reduce((best, peer) => (peer.awaited < best.awaited ? peer : best));
  const find = (/** @type {string} */ wanted) =>
    /** @type {typeof fastest} */ (
      rows.find(({ name, rules }) => name === wanted && rules === 'three')
    );
  const [ours, byHand] = [find('multi-throttler'), find('hand-written')];
  const ratio = median(inTurns);
  const [middle = '', range = ''] = spread(inTurns);
  const ratioByHand = ours.burst / byHand.burst;
  const label = (/** @type {typeof fastest} */ { label, rules }) =>
    `${label}, ${rules === 'one' ? '1 rule' : '3 rules'}`;
  return {
    figures: {
      fastestPeer: fastest.label,
      ratioToPThrottle: { median: ratio, all: inTurns },
      burstRatioToHandWritten: ratioByHand,
      nanoseconds: Object.fromEntries(
        rows.map((row) => [label(row), { awaited: row.awaited, notAwaited: row.burst }]),
      ),
    },
    tables: [
      {
        title: 'Immediate grants: time of one request',
        about:
          'Limits are so high that no request waits. Awaited: `await` after each request. Not awaited: bursts of ' +
          '1000, of which the last is awaited. In brackets: ratio to the fastest peer with one rule, awaited. ' +
          'Each limiter has processes of its own, so a busy machine may change a ratio by half. In turns within ' +
          `one process, 3 rules awaited take ${middle} of the time of p-throttle with one (${range} in ` +
          `${inTurns.length} processes).`,
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
        what: 'granted at once, 3 rules, awaited, against p-throttle with 1 rule, in turns',
        figure: times(ratio),
        target: '<= 0.80 x',
        reached: ratio <= 0.8,
      },
      {
        what: 'granted at once, 3 rules, not awaited, against JavaScript written by hand',
        figure: times(ratioByHand),
        target: '<= 1.30 x',
        reached: ratioByHand <= 1.3,
      },
    ],
  };
}
