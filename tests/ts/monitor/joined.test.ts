import { MessageChannel } from 'node:worker_threads';
import { rollingWindow } from 'multi-throttler';
import { expect, test } from 'vitest';
import { Watcher } from '../../../ts/shared/watch/watcher.ts';
import { portThrottler, tabThrottler } from '../../../ts/tabs/index.ts';

const rules = [rollingWindow({ id: 'a', limit: 10, interval: 600_000 })];

test('a throttler that joins a hub shows a ban from before', async () => {
  const owner = tabThrottler({ key: 'k', rules, withoutLocks: 'alone', onError() {} });
  await owner.ready;
  owner.report({ status: 418, headers: { 'retry-after': '60' } });
  const { port1, port2 } = new MessageChannel();
  owner.serve(port1);
  const member = portThrottler({ port: port2, rules });
  const watcher = new Watcher(member);
  await member.ready;
  const until = member.getStats().pausedUntil;
  expect(until).not.toBe(null);
  expect(watcher.read().pause).toMatchObject({ until: Math.round(until as number), isOfAll: true });
  await owner.resume();
  await member.refresh();
  expect(watcher.read().pause).toBe(null);
  watcher.close();
  await member.close();
  await owner.close();
});
