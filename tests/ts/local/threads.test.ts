// Threads of a process: a hub in a worker thread, which others reach over message ports.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { rollingWindow } from 'multi-throttler';
import { localThrottler } from 'multi-throttler/local';
import { portThrottler } from 'multi-throttler/tabs';
import { afterEach, expect, test } from 'vitest';
import { refusal } from '../support/helpers.ts';

const rules = [rollingWindow({ id: 'a', limit: 100, interval: 600_000 })];
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function startThread() {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-threads-'));
  const worker = new Worker(new URL('./hub-thread.mjs', import.meta.url), {
    workerData: { folder, rules },
  });
  ending.push(async () => {
    await worker.terminate();
    rmSync(folder, { recursive: true, force: true });
  });
  /** A throttler whose hub is in the thread. */
  const member = () => {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ port: port1 }, [port1]);
    const throttler = portThrottler({ port: port2, rules });
    ending.push(() => throttler.close());
    return throttler;
  };
  return { folder, worker, member };
}

test('the hub in a thread serves other threads and processes', async () => {
  const { folder, member } = startThread();
  const [one, two] = [member(), member()];
  await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? one : two).throttle({ a: 1 })));
  // Another process, or another part of this one, finds the same hub by its key.
  const local = localThrottler({ key: 'k', folder, rules });
  ending.push(() => local.close());
  await local.throttle({ a: 70 });
  expect(local.getStats().shared).toMatchObject({ isHub: false, members: 4 });
  expect((await refusal(one.throttle({ a: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
});

test('the thread is closed: the hub is handed on, and its members over ports end', async () => {
  const { folder, worker, member } = startThread();
  const one = member();
  await one.throttle({ a: 60 });
  const waiting = refusal(one.throttle({ a: 60 }));
  worker.postMessage('end');
  expect((await waiting).code).toBe('PORT_CLOSED');
  const next = localThrottler({ key: 'k', folder, rules });
  ending.push(() => next.close());
  await next.throttle({ a: 40 });
  expect((await refusal(next.throttle({ a: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
});

test('the thread is terminated: requests reject, and the usage is kept', async () => {
  const { folder, worker, member } = startThread();
  const one = member();
  await one.throttle({ a: 60 });
  const waiting = refusal(one.throttle({ a: 60 }));
  await Promise.all([worker.terminate(), once(worker, 'exit')]);
  expect((await waiting).code).toBe('PORT_CLOSED');
  // The lock of the state names this process, which lives on.
  const next = localThrottler({ key: 'k', folder, rules });
  ending.push(() => next.close());
  await next.ready;
  expect((await refusal(next.throttle({ a: 41 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
});
