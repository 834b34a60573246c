// Measures the cancellation of one of many waiters.

import { start } from '../lib/child.mjs';
import { time } from '../lib/screen.mjs';
import { groups, inTurns, median } from '../lib/statistics.mjs';
import { select } from '../subjects.mjs';

/** @type {import('../types.ts').Measure} */
export const cancel = {
  name: 'cancel',
  about: 'one of many waiting requests is cancelled by an AbortSignal',

  async run({ effort, installed, say }) {
    const measured = select(({ cancel }) => cancel).map((entry) => ({
      ...entry,
      own: /** @type {number[]} */ ([]),
      above: /** @type {number[]} */ ([]),
    }));
    for (const [group, rounds] of groups(effort.rounds).entries()) {
      const runners = measured.map((row) => ({
        ...row,
        child: start('cancel', [row.name, String(effort.backlog), String(rounds)], installed.entry),
      }));
      try {
        await inTurns(rounds, runners, async ({ label, child, own, above }, round) => {
          say(`processes ${group + 1}, round ${round + 1} of ${rounds}: ${label}`);
          const took = await child.call('round');
          own.push(took.own);
          above.push(took.own - took.bare);
        });
      } finally {
        for (const { child } of runners) child.stop();
      }
    }
    const rows = measured.map(({ label, kind, own, above }) => ({
      label,
      kind,
      ns: median(own),
      above: median(above),
    }));
    const ours = rows.find(({ kind }) => kind === 'ours')?.above ?? Number.NaN;
    return {
      figures: {
        nanoseconds: Object.fromEntries(
          rows.map(({ label, ns, above }) => [label, { each: ns, above }]),
        ),
      },
      tables: [
        {
          title: `Cancelling one of ${effort.backlog} waiting requests`,
          about:
            'Time of `controller.abort(reason)`, and its excess over a promise that an abort listener rejects. ' +
            "The latter is Node's own share, measured in turns in the same process.",
          head: ['', 'each', "above Node's own"],
          rows: rows.map(({ label, ns, above }) => [label, time(ns), time(Math.max(0, above))]),
        },
      ],
      targets: [
        {
          what: `cancel one of ${effort.backlog} waiting, above Node's own abort`,
          figure: time(Math.max(0, ours)),
          target: '<= 2.0 us',
          reached: ours <= 2000,
        },
      ],
    };
  },
};
