// What waiting costs a process: how often it is woken.

import { start } from '../lib/child.mjs';
import { select } from '../subjects.mjs';

/** Milliseconds for a token. What is looked at are timers for each grant, so they need not be seconds. */
const STEP = 8;

/** @type {import('../types.ts').Measure} */
export const timers = {
  name: 'timers',
  about: 'timers that fire while requests wait for one token each',

  async run({ effort, installed, say }) {
    const entries = select(({ timers }) => timers);
    say(`${effort.timed} requests, ${(effort.timed * STEP) / 1000} s`);
    // All at the same time: they sleep, and what is counted is no time.
    const rows = await Promise.all(
      entries.map(async ({ name, label, kind }) => {
        const child = start('timers', [name], installed.entry);
        try {
          const { fired, seconds } = await child.call('drain', effort.timed, STEP);
          return { label, kind, fired, seconds };
        } finally {
          child.stop();
        }
      }),
    );
    const ours = rows.find(({ kind }) => kind === 'ours')?.fired ?? Number.NaN;
    return {
      figures: {
        requests: effort.timed,
        fired: Object.fromEntries(rows.map(({ label, fired, seconds }) => [label, { fired, seconds }])),
      },
      tables: [
        {
          title: `Timers fired while ${effort.timed} requests wait`,
          about: `One token each ${STEP} ms, one token for each request.`,
          head: ['', 'fired', 'for each grant', 'a second'],
          rows: rows.map(({ label, fired, seconds }) => [
            label,
            String(fired),
            (fired / effort.timed).toFixed(3),
            (fired / seconds).toFixed(0),
          ]),
        },
      ],
      targets: [
        {
          what: 'timers fired for each grant instant',
          figure: (ours / effort.timed).toFixed(3),
          target: '<= 1.000',
          reached: ours <= effort.timed,
        },
      ],
    };
  },
};
