// Measures how long saves of `multi-throttler/persist` block the loop of a program: the first one
// of a fresh process, whose code is not compiled yet, and later ones.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';

const CHILD = fileURLToPath(new URL('../children/persist.mjs', import.meta.url));
const SAVES = ['the first, with what `persist` does before it', 'the second', 'a later one'];

const summary = (/** @type {number[]} */ times) => ({
  median: median(times),
  most: Math.max(...times),
});

/** @type {import('../types.ts').Measure} */
export const persist = {
  name: 'persist',
  about: 'saves of 1000 rules in fresh processes',

  async run({ effort, installed, say }) {
    /** @type {import('../lib/turns.mjs').Turns[][]} */
    const runs = [];
    for (let n = 1; n <= effort.starts; n++) {
      say(`process ${n} of ${effort.starts}`);
      const { stdout, stderr } = spawnSync(process.execPath, [CHILD], {
        env: { ...cleanEnv(), BENCH_PACKAGE: installed.folder },
        encoding: 'utf8',
      });
      if (!stdout) throw new Error(`saves: ${stderr}`);
      runs.push(JSON.parse(stdout));
    }
    const rows = SAVES.map((save, index) => {
      const turns = runs.map((run) => run[index] ?? { longest: Number.NaN, own: Number.NaN });
      const [longest, own] = [turns.map((turn) => turn.longest), turns.map((turn) => turn.own)];
      return { save, ...summary(longest), own: summary(own) };
    });
    const text = (/** @type {number} */ ms) => `${ms.toFixed(2)} ms`;
    const first = rows[0]?.median ?? Number.NaN;
    const own = rows[0]?.own.median ?? Number.NaN;
    return {
      figures: { rows },
      tables: [
        {
          title: 'Saves of 1000 rules with 10 entries each: longest turn of the loop',
          about:
            'In fresh processes, with a file. "Own" is without the time in which the loop was ' +
            'ready and other threads had the processors: those of other programs, and those in ' +
            'which V8 compiles.',
          head: ['save', 'median', 'maximum', 'own, median', 'own, maximum'],
          rows: rows.map(({ save, median, most, own }) => [
            save,
            ...[median, most, own.median, own.most].map(text),
          ]),
        },
      ],
      targets: [
        {
          what: 'first save of 1000 rules, longest turn of the loop',
          figure: text(first),
          target: '< 2 ms',
          reached: first < 2,
        },
        {
          what: 'the same, without waits for a processor',
          figure: text(own),
          target: '< 2 ms',
          reached: own < 2,
        },
      ],
    };
  },
};
