import { Semaphore } from 'multi-throttler/compat';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow, refusal, thrown } from '../support/helpers.ts';

function setUp(value: number) {
  const clock = new VirtualClock();
  return { clock, semaphore: new Semaphore(value, { clock }) };
}

test('at most value permits are held', async () => {
  const { clock, semaphore } = setUp(2);
  const [first] = [await semaphore.acquire(), await semaphore.acquire()];
  expect(semaphore.locked()).toBe(true);
  const third = follow(clock, semaphore.acquire());
  const fourth = follow(clock, semaphore.acquire());
  await clock.advance(100);
  expect([third.state, fourth.state]).toEqual(['waiting', 'waiting']);
  first?.release();
  first?.release();
  await clock.advance(0);
  expect([third.state, fourth.state]).toEqual(['granted', 'waiting']);
});

test('await using releases the permit', async () => {
  const { semaphore } = setUp(1);
  {
    await using permit = await semaphore.acquire();
    expect([permit.waited, semaphore.locked()]).toEqual([0, true]);
  }
  expect(semaphore.locked()).toBe(false);
});

test('run releases the permit, also when the task fails', async () => {
  const { semaphore } = setUp(1);
  expect(await semaphore.run(async () => semaphore.locked())).toBe(true);
  const failing = semaphore.run(() => {
    throw new RangeError('no');
  });
  expect(await refusal(failing)).toBeInstanceOf(RangeError);
  expect(semaphore.locked()).toBe(false);
});

test('a cancelled waiter delays nobody', async () => {
  const { clock, semaphore } = setUp(1);
  const held = await semaphore.acquire();
  const abort = new AbortController();
  const cancelled = follow(clock, semaphore.acquire({ signal: abort.signal }));
  const next = follow(clock, semaphore.acquire());
  abort.abort('gone');
  held.release();
  await clock.advance(0);
  expect(cancelled).toMatchObject({ state: 'rejected', reason: 'gone' });
  expect(next.state).toBe('granted');
});

test.each([0, -1, Number.NaN])('a value of %d is refused', (value) => {
  expect(thrown(() => new Semaphore(value))).toMatchObject({
    code: 'INVALID_CONFIG',
    field: 'value',
  });
});
