// Measures a cold start, which a program pays for once.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from '../lib/child.mjs';
import { inTurns, median } from '../lib/statistics.mjs';
import { select } from '../subjects.mjs';

const CHILD = fileURLToPath(new URL('../children/start.mjs', import.meta.url));

/** @type {import('../types.ts').Measure} */
export const start = {
  name: 'start',
  about: 'import and first constructor in a fresh process',

  async run({ effort, installed, say }) {
    const runners = select((entry) => entry.start || entry.name === 'bare').map(
      ({ name, kind, label }) => ({
        name,
        kind,
        label: name === 'bare' ? 'an empty module' : label,
        took: /** @type {number[]} */ ([]),
      }),
    );
    const env = { ...cleanEnv(), BENCH_PACKAGE: installed.entry };
    // An additional first round brings the files into the system's cache.
    await inTurns(effort.starts + 1, runners, async ({ name, label, took }, round) => {
      say(`round ${round} of ${effort.starts}: ${label}`);
      const { stdout, stderr } = spawnSync(process.execPath, [CHILD, name], {
        env,
        encoding: 'utf8',
      });
      const ms = Number(stdout);
      if (!stdout || Number.isNaN(ms)) throw new Error(`start of ${label}: ${stderr}`);
      if (round > 0) took.push(ms);
    });
    const rows = runners.map(({ kind, label, took }) => ({ kind, label, ms: median(took) }));
    const of = (/** @type {string} */ wanted) =>
      rows.find(({ kind }) => kind === wanted)?.ms ?? Number.NaN;
    const empty = of('reference');
    const above = of('ours') - empty;
    const text = (/** @type {number} */ ms) => `${ms.toFixed(1)} ms`;
    return {
      figures: { milliseconds: Object.fromEntries(rows.map(({ label, ms }) => [label, ms])) },
      tables: [
        {
          title: 'Cold start: import and first constructor',
          about: 'In a fresh process each time; of ccxt only the Throttler is loaded.',
          head: ['', 'time', 'above an empty module'],
          rows: [...rows]
            .sort((a, b) => a.ms - b.ms)
            .map(({ label, ms }) => [label, text(ms), text(ms - empty)]),
        },
      ],
      targets: [
        {
          what: 'import and first constructor, above an empty module',
          figure: text(above),
          target: '<= 5.0 ms',
          reached: above <= 5,
        },
      ],
    };
  },
};
