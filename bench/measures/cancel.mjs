// Taking one of many waiting requests out.

import { start } from '../lib/child.mjs';
import { time } from '../lib/screen.mjs';
import { inTurns, median } from '../lib/statistics.mjs';
import { select } from '../subjects.mjs';

/** @type {import('../types.ts').Measure} */
export const cancel = {
  name: 'cancel',
  about: 'one of many waiting requests is cancelled by an AbortSignal',

  async run({ effort, installed, say }) {
    const runners = select(({ cancel }) => cancel).map((entry) => ({
      ...entry,
      child: start('cancel', [entry.name, String(effort.backlog), String(effort.rounds)], installed.entry),
      took: /** @type {number[]} */ ([]),
    }));
    try {
      await inTurns(effort.rounds, runners, async ({ label, child, took }, round) => {
        say(`round ${round + 1} of ${effort.rounds}: ${label}`);
        took.push(await child.call('round'));
      });
    } finally {
      for (const { child } of runners) child.stop();
    }
    const rows = runners.map(({ label, kind, took }) => ({ label, kind, ns: median(took) }));
    const of = (/** @type {string} */ wanted) => rows.find(({ kind }) => kind === wanted)?.ns ?? Number.NaN;
    const [ours, bare] = [of('ours'), of('reference')];
    return {
      figures: { nanoseconds: Object.fromEntries(rows.map(({ label, ns }) => [label, ns])) },
      tables: [
        {
          title: `Cancelling one of ${effort.backlog} waiting requests`,
          about:
            'Time of `controller.abort(reason)`. Bare promises: a promise that an abort listener rejects, which is what ' +
            'Node itself takes and the target does not count.',
          head: ['', 'each', 'above bare promises'],
          rows: rows.map(({ label, ns }) => [label, time(ns), time(Math.max(0, ns - bare))]),
        },
      ],
      targets: [
        {
          what: `cancel one of ${effort.backlog} waiting, above Node's own abort`,
          figure: time(Math.max(0, ours - bare)),
          target: '<= 2.0 us',
          reached: ours - bare <= 2000,
        },
      ],
    };
  },
};
