import { concurrency } from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

test('maxWait of 0 grants now or never', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100)]);
  const first = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 0 }));
  const second = await refusal(throttler.throttle({ a: 1 }, { maxWait: 0 }));
  expect(first.state).toBe('granted');
  expect(second).toMatchObject({ code: 'WAIT_TIMEOUT', maxWait: 0, estimatedWait: 100 });
  expect(clock.armed).toBe(0);
});

test('maxWait equal to the wait is enough', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  expect((await refusal(throttler.throttle({ a: 1 }, { maxWait: 99.999 }))).estimatedWait).toBe(
    100,
  );
  const outcome = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 100 }));
  await clock.advance(100);
  expect(outcome).toMatchObject({ state: 'granted', at: 100 });
});

test('infinite or undefined maxWait allows any wait', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
  const outcomes = [Number.POSITIVE_INFINITY, undefined].map((maxWait) =>
    follow(clock, throttler.throttle({ a: 1 }, { maxWait })),
  );
  await clock.advance(1e12);
  expect(outcomes.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
});

test('maxWait counts waiters of equal and higher priority', async () => {
  const { throttler } = setUp([bucket('a', 10, 1 / 100, 0)]);
  throttler.throttle({ a: 2 });
  throttler.throttle({ a: 3 }, { priority: 'low' });
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  const wait = async (priority: 'critical' | 'normal' | 'low') =>
    (await refusal(throttler.throttle({ a: 1 }, { priority, maxWait: 0 }))).estimatedWait;
  expect(await wait('critical')).toBe(200);
  expect(await wait('normal')).toBe(400);
  expect(await wait('low')).toBe(700);
});

test('maxWait rejects at once on a rule without refill', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)]);
  const error = await refusal(throttler.throttle({ a: 1 }, { maxWait: Number.MAX_VALUE }));
  expect(error).toMatchObject({ code: 'WAIT_TIMEOUT', estimatedWait: Number.POSITIVE_INFINITY });
});

test('maxWait that passes behind a held permit says so', async () => {
  const { clock, throttler } = setUp([concurrency({ id: 'c', limit: 1 })]);
  await throttler.acquire({ c: 1 });
  const outcome = refusal(throttler.acquire({ c: 1 }, { maxWait: 100 }));
  await clock.advance(100);
  const error = await outcome;
  expect(error).toMatchObject({ code: 'WAIT_TIMEOUT', maxWait: 100, estimatedWait: 0 });
  expect(error.message).toBe(
    'Not granted within maxWait (100 ms): the wait is estimated at 0 ms, not counting permits or requests ahead of it',
  );
});

test('maxWait rejects at its deadline and takes nothing', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const impatient = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 150 }));
  const patient = follow(clock, throttler.throttle({ a: 1 }));
  const critical = follow(clock, throttler.throttle({ a: 1 }, { priority: 'critical' }));
  await clock.advance(149);
  expect(impatient.state).toBe('waiting');
  await clock.advance(1);
  expect(impatient).toMatchObject({ state: 'rejected', at: 150 });
  expect(throttler.getQueueLength()).toBe(1);
  await clock.advance(50);
  expect(critical).toMatchObject({ state: 'granted', at: 100 });
  expect(patient).toMatchObject({ state: 'granted', at: 200 });
});

test('expired request grants those behind it', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 0)]);
  const head = follow(clock, throttler.throttle({ a: 5 }, { maxWait: 500 }));
  const behind = follow(clock, throttler.throttle({ a: 1 }));
  // The head cannot be in time any more, and blocks the others until its deadline.
  throttler.throttle({ a: 2 }, { priority: 'critical' });
  await clock.advance(500);
  expect(head).toMatchObject({ state: 'rejected', at: 500 });
  expect(behind).toMatchObject({ state: 'granted', at: 500 });
});

test('many deadlines share one timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 1000, 1 / 10, 0)]);
  const waits = [300, 100, 200, 100, 50];
  const outcomes = waits.map((maxWait) => follow(clock, throttler.throttle({ a: 1 }, { maxWait })));
  throttler.throttle({ a: 1000 }, { priority: 'critical' });
  await clock.advance(1000);
  expect(outcomes.map(({ at }) => at)).toEqual(waits);
  expect(outcomes.every(({ state }) => state === 'rejected')).toBe(true);
  expect(clock.peak).toBe(1);
});

test('maxWait expires also if nothing else is due', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 100 }));
  throttler.addRule(bucket('a', 1, 0, 0));
  await clock.advance(100);
  expect(outcome).toMatchObject({
    state: 'rejected',
    at: 100,
    reason: { estimatedWait: Number.POSITIVE_INFINITY },
  });
  expect(clock.pending).toBe(0);
});

test('maxWait may exceed the longest timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 1e12, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 1e12 }));
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  await clock.advance(1e12 - 1);
  expect(outcome.state).toBe('waiting');
  await clock.advance(1);
  expect(outcome).toMatchObject({ state: 'rejected', at: 1e12 });
});

test('maxWait expires after a blocked event loop', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const impatient = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 200 }));
  const patient = follow(clock, throttler.throttle({ a: 1 }));
  await clock.block(1000);
  expect(impatient.state).toBe('rejected');
  expect(patient).toMatchObject({ state: 'granted', at: 1000 });
  expect(tokens(throttler)).toEqual({ a: 0 });
});

test('maxWait counts from the call with late timers', async () => {
  const { clock, throttler } = setUp([bucket('a', 2, 1 / 100, 0)]);
  clock.lateness = 30;
  const outcome = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 120 }));
  await clock.advance(200);
  // The timer was due at 100 and fired at 130, after the deadline.
  expect(outcome).toMatchObject({ state: 'rejected', at: 130 });
});

test('rejected maxWait tells the estimated wait', async () => {
  const { throttler } = setUp([bucket('a', 1)]);
  throttler.pause({ ms: 7_200_000 });
  const earliest = Date.now() + 7_200_000;
  const error = await refusal(throttler.throttle({ a: 1 }, { maxWait: 1000 }));
  expect(error.until).toBeGreaterThanOrEqual(earliest);
  expect(error.until).toBeLessThanOrEqual(Date.now() + 7_200_000);
  throttler.pause();
  expect((await refusal(throttler.throttle({ a: 1 }, { maxWait: 0 }))).until).toBe(
    Number.POSITIVE_INFINITY,
  );
});
