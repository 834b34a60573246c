// The report that the fixture `app` has to give in every runtime.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRIES } from '../../scripts/build/entries.mjs';
import { root, STANDALONE } from './project.mjs';

/** The names that each entry point exports. */
export const EXPORTS = Object.fromEntries(
  await Promise.all(
    ENTRIES.map(async (entry) => {
      const module = await import(pathToFileURL(join(root, 'pkg', `${entry}.mjs`)).href);
      return [entry, Object.keys(module).sort()];
    }),
  ),
);

/** The names of the entry points that the fixture imports. */
const ofStandalone = Object.fromEntries(STANDALONE.map((entry) => [entry, EXPORTS[entry]]));

/**
 * @param {unknown} report
 * @param {string} [where]
 */
export function assertWaited(report, where) {
  assert.deepEqual(
    report,
    {
      early: false,
      waiting: 1,
      never: 'CLEARED',
      typed: true,
      shared: true,
      exports: ofStandalone,
    },
    where && `${where}: ${JSON.stringify(report)}`,
  );
}
