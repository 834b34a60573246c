// The ledger on each server that set-up has installed beside the system's: Redis 6.2 and Valkey.
// `npm run faults` runs all files of this folder on them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/project.mjs';
import { ask } from '../../scripts/lib/run.mjs';
import { canHaveServers, otherServers } from '../../scripts/setup/redis-servers.mjs';

const FILES = ['counts', 'ledger', 'limits'].map((name) =>
  join(root, 'tests', 'shared', `${name}.test.mjs`),
);

test('set-up has installed the servers that can be had', (t) => {
  const isPossible = canHaveServers();
  t.diagnostic(isPossible ? 'Redis 6.2 and Valkey can be had' : 'none can be had');
  assert.equal(otherServers().length, isPossible ? 2 : 0);
});

for (const server of otherServers()) {
  test(`the ledger counts the same on ${ask(server, ['--version'])}`, async (t) => {
    const env = { ...process.env, REDIS_SERVER: server, SEQUENCES: '60' };
    // A variable of the test runner keeps a file from running the tests of another one.
    const { NODE_TEST_CONTEXT: _, ...own } = /** @type {NodeJS.ProcessEnv} */ (env);
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...FILES], {
      env: own,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, text);
    const [, passed = '0'] = /^# pass (\d+)$/m.exec(text) ?? [];
    assert.ok(Number(passed) >= 10, text);
    t.diagnostic(`${passed} tests passed`);
  });
}
