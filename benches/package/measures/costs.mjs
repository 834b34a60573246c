// Measures how long a cost table takes to tell what one request costs.

import { start } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';

/**
 * Nanoseconds of version 0.1.0 as of 2026-11-30, before tables were compiled: measured by this file
 * on the machine of that day, so the ratio is what counts.
 * @type {Record<string, number>}
 */
const BEFORE = {
  'a fixed cost, by the path': 70,
  'a cost by limit, parameters in an object': 156,
  'a cost by limit, from a URL with its query': 983,
  'a path with an id': 1887,
  'an endpoint that is in no table': 2499,
  'a batch of five orders, by instrument': 2512,
};

/** @type {import('../types.ts').Measure} */
export const costs = {
  name: 'costs',
  about: 'telling what one request costs, by a table of 500 endpoints',

  async run({ effort, installed, say }) {
    /** @type {Map<string, number[]>} */
    const all = new Map();
    for (let round = 0; round < effort.rounds; round++) {
      say(`round ${round + 1} of ${effort.rounds}`);
      const child = start(
        'costs',
        [],
        installed.entry.replace(/entry\.mjs$/, 'node_modules/multi-throttler/exchange.mjs'),
      );
      try {
        for (const [name, ns] of Object.entries(await child.call('measure', effort.batch))) {
          all.set(name, [...(all.get(name) ?? []), ns]);
        }
      } finally {
        child.stop();
      }
    }
    const rows = [...all].map(([name, times]) => ({ name, ns: median(times) }));
    const worst = Math.max(...rows.map(({ ns }) => ns));
    const text = (/** @type {number | undefined} */ ns) =>
      ns === undefined ? '' : `${ns.toFixed(0)} ns`;
    return {
      figures: { nanoseconds: Object.fromEntries(rows.map(({ name, ns }) => [name, ns])) },
      tables: [
        {
          title: 'The cost of a request, by a table of 500 endpoints',
          about:
            'Median over processes; beside it the same in 0.1.0 as of 2026-11-30, on the machine of that day.',
          head: ['', 'time', 'before'],
          rows: rows.map(({ name, ns }) => [name, text(ns), text(BEFORE[name])]),
        },
      ],
      targets: [
        {
          what: 'what one call costs, by a table of 500 endpoints, the slowest kind',
          figure: text(worst),
          target: '<= 1000 ns',
          reached: worst <= 1000,
        },
      ],
    };
  },
};
