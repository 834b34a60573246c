// The package under Jest, in its realm and with its fake timers. For those of Vitest and Sinon see
// tests/ts/fake-timers.test.ts.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { install, root, run } from './project.mjs';

const project = install();
after(project.remove);

test("Jest's fake timers drive a throttler", () => {
  const folder = project.fixture('jest');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const output = run(folder, process.execPath, jest, '--ci', '--runInBand', '--no-cache', '--json');
  const { success, numPassedTests } = JSON.parse(output);
  assert.deepEqual([success, numPassedTests], [true, 4]);
});
