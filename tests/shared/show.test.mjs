// `npm start -- --shared`: bots in processes of their own, a server that loses its data.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { readOptions } from '../../examples/bot/demo/options.mjs';
import { DEFAULTS, refusals, runShared } from '../../examples/shared/run.mjs';
import { root } from '../../scripts/lib/project.mjs';

/** The ids of processes that a text names. @param {string} text */
const pidsIn = (text) =>
  [...text.matchAll(/process(?:es)? (\d+(?:, \d+)*)/g)].flatMap(([, ids = '']) =>
    ids.split(', ').map(Number),
  );

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the exchange refuses no request of bots that share the limit, and some of bots that do not', async () => {
  let text = '';
  const out = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const { parties } = await runShared(
    {
      ...DEFAULTS,
      ways: ['multi-throttler', 'nothing shared'],
      duration: 10_000,
      minute: 3000,
      // The tests of other files run meanwhile, and delay these processes.
      jitter: 500,
    },
    out,
    new AbortController().signal,
  );
  const [ours, others] = parties;
  assert.ok(ours !== undefined && others !== undefined);
  assert.equal(refusals(ours), 0);
  assert.ok(ours.record.accepted > 100, text);
  // The control: the exchange does refuse.
  assert.ok(refusals(others) > 0, text);
  for (const word of ['killed', 'started again, empty', 'granted', '% of the limit used']) {
    assert.ok(text.includes(word), word);
  }
  const pids = pidsIn(text);
  assert.equal(pids.length, 9);
  assert.deepEqual(pids.filter(isRunning), []);
});

test('Ctrl-C ends all processes and prints the table', async () => {
  const child = spawn(process.execPath, ['scripts/start.mjs', '--shared'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const ended = once(child, 'exit');
  while (!text.includes('The bots are')) await Promise.race([once(child.stdout, 'data'), ended]);
  const pids = pidsIn(text);
  assert.equal(pids.length, 13);
  assert.deepEqual(
    pids.filter((pid) => !isRunning(pid)),
    [],
  );
  // The bots are still starting.
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
  assert.match(text, /% of the limit used/);
  assert.deepEqual(pids.filter(isRunning), []);
});

test('the option has a duration of its own', () => {
  assert.equal(readOptions([]).shared, false);
  const { shared, duration } = readOptions(['--shared']);
  assert.deepEqual([shared, duration], [true, 32_000]);
  assert.equal(readOptions(['--shared', '--duration', '20']).duration, 20_000);
  assert.throws(() => readOptions(['--shared', '--duration', '5']), /from 16 to 3600/);
});
