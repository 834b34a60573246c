// The trading page in pages of real browsers; pages/trading.js has the checks.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { BROWSERS, visit } from '../packaging/pages.mjs';
import { startServer } from './server.mjs';

/** The names of the checks, so that one that did not run is missed. */
const names = [
  ...readFileSync(new URL('pages/trading.js', import.meta.url), 'utf8').matchAll(
    /^ {2}async '(.+)'\(\) \{$/gm,
  ),
].map(([, name = '']) => name);

for (const browser of Object.keys(BROWSERS)) {
  describe(browser, () => {
    test('the trading page', async (t) => {
      assert.equal(names.length, 7);
      const server = await startServer();
      try {
        const reports = await visit(browser, { checks: `${server.url}/pages/trading.html` });
        const results = /** @type {Record<string, string>} */ (reports.checks ?? {});
        for (const name of names) await t.test(name, () => assert.equal(results[name], 'passed'));
      } finally {
        server.close();
      }
    });
  });
}
