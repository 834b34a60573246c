// Measures how much later than due grants come.

import { start } from '../lib/child.mjs';
import { quantile } from '../lib/statistics.mjs';

/**
 * Milliseconds from grant to grant. Fractions make due instants fall anywhere between two ticks of
 * a timer.
 */
const STEPS = [5.37, 10.73, 20.11];

const SUBJECTS = [
  { name: 'multi-throttler', label: 'multi-throttler' },
  { name: 'timer', label: 'setTimeout alone' },
];

/** @type {import('../types.ts').Measure} */
export const lateness = {
  name: 'lateness',
  about: 'grants later than due while the event loop is idle',

  async run({ effort, installed, say }) {
    const rows = [];
    for (const { name, label } of SUBJECTS) {
      const child = start('lateness', [name], installed.entry);
      try {
        // The first grants compile code.
        await child.call('chain', 2, 20);
        const late = [];
        for (const step of STEPS) {
          say(`${label}: a grant each ${step} ms`);
          late.push(...(await child.call('chain', step, Math.ceil(effort.grants / STEPS.length))));
        }
        rows.push({
          label,
          p50: quantile(late, 0.5),
          p99: quantile(late, 0.99),
          max: Math.max(...late),
          early: late.filter((ms) => ms < 0).length,
          count: late.length,
        });
      } finally {
        child.stop();
      }
    }
    const ours = /** @type {typeof rows[number]} */ (rows[0]);
    const ms = (/** @type {number} */ figure) => `${figure.toFixed(2)} ms`;
    return {
      figures: {
        milliseconds: Object.fromEntries(rows.map(({ label, ...figures }) => [label, figures])),
      },
      tables: [
        {
          title: 'Grants later than due, in an idle event loop',
          about:
            'Grants one after the other from an empty bucket. Timers of Node count whole milliseconds.',
          head: ['', 'grants', 'p50', 'p99', 'max', 'too early'],
          rows: rows.map(({ label, count, p50, p99, max, early }) => [
            label,
            String(count),
            ms(p50),
            ms(p99),
            ms(max),
            String(early),
          ]),
        },
      ],
      targets: [
        {
          what: 'grant later than due, p50',
          figure: ms(ours.p50),
          target: '<= 0.70 ms',
          reached: ours.p50 <= 0.7,
        },
        {
          what: 'grant later than due, p99',
          figure: ms(ours.p99),
          target: '<= 2.00 ms',
          reached: ours.p99 <= 2,
        },
        {
          what: 'grants earlier than due',
          figure: String(ours.early),
          target: '0',
          reached: ours.early === 0,
        },
      ],
    };
  },
};
