// Scripts in processes of their own.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Returns the output of a script, line by line. The script has to end by itself, without an error.
 */
export function run(script: string, ...flags: string[]): string[] {
  const prelude = `
    import { concurrency, MultiThrottler, ThrottleRule } from 'multi-throttler';
    const bucket = (id, capacity, rate, tokens) => new ThrottleRule(id, capacity, rate, tokens);
    const print = (...values) => console.log(values.join(' '));
    process.on('warning', (warning) => print('warning', warning.name));
  `;
  const args = [...flags, '--input-type=module', '--eval', prelude + script];
  const child = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect({ status: child.status, signal: child.signal, stderr: child.stderr }).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
  return child.stdout.split('\n').filter((line) => line !== '');
}
