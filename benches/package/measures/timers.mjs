// Measures how often waiting wakes a process.

import { start } from '../lib/child.mjs';
import { select } from '../subjects.mjs';

/** Milliseconds per token; short, as the result is a number of timers per grant and no time. */
const STEP = 8;

/** @type {import('../types.ts').Measure} */
export const timers = {
  name: 'timers',
  about: 'timers that fire while requests wait for one token each',

  async run({ effort, installed, say }) {
    const entries = select(({ timers }) => timers);
    say(`${effort.timed} requests, ${(effort.timed * STEP) / 1000} s`);
    // All limiters run at the same time: they mostly sleep, and no time is measured.
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
        fired: Object.fromEntries(
          rows.map(({ label, fired, seconds }) => [label, { fired, seconds }]),
        ),
      },
      tables: [
        {
          title: `Timers fired while ${effort.timed} requests wait`,
          about: `One token every ${STEP} ms, one token per request.`,
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
