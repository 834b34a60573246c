import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { otherEntry } from './scripts/build/entries.mjs';
import { root } from './scripts/lib/project.mjs';

/**
 * Lets tests import sources of ts/hub: an import of an entry point is taken from the package, as in
 * the products.
 * @type {import('vite').Plugin}
 */
const entries = {
  name: 'entries',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!source.startsWith('.') || !importer?.startsWith(join(root, 'ts', '/'))) return undefined;
    const entry = otherEntry(importer, source);
    return entry && join(root, 'pkg', `${entry}.mjs`);
  },
};

export default defineConfig({
  plugins: [entries],
  test: {
    include: ['tests/ts/**/*.test.ts'],
    // By default a machine of two cores runs one file at a time, and leaves the other core idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Some tests start processes, which is slow on a busy machine. No test waits for time to pass.
    testTimeout: 60_000,
    // `npm run check` finds type errors outside of the type tests.
    typecheck: { enabled: true, include: ['tests/ts/**/*.test-d.ts'], ignoreSourceErrors: true },
  },
});
