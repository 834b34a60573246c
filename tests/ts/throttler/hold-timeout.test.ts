// The longest time to hold a permit.

import { concurrency, HoldTimeoutError, MultiThrottler } from 'multi-throttler';
import { describe, expect, test, vi } from 'vitest';
import { reactions } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

const one = () => [concurrency({ id: 'c', limit: 1 }), bucket('a', 10)];

describe('run with a timeout', () => {
  test('gives the place of a task that hangs to the next', async () => {
    const { clock, throttler } = setUp(one());
    const aborted = vi.fn();
    const hangs = refusal(
      throttler.run(
        { c: 1, a: 2 },
        ({ signal }) => {
          signal.addEventListener('abort', () => aborted(signal.reason));
          return new Promise(() => {});
        },
        { timeout: 500 },
      ),
    );
    const next = follow(
      clock,
      throttler.run({ c: 1 }, () => 'done'),
    );
    await clock.advance(499);
    expect(next.state).toBe('waiting');
    await clock.advance(1);
    expect([next.state, next.at]).toEqual(['granted', 500]);
    const error = await hangs;
    expect(error).toBeInstanceOf(HoldTimeoutError);
    expect(error).toMatchObject({ code: 'HOLD_TIMEOUT', timeout: 500 });
    expect(aborted).toHaveBeenCalledWith(error);
    expect(tokens(throttler)).toEqual({ c: 1, a: 8 });
  });

  test('counts from the grant, also after a wait', async () => {
    const { clock, throttler } = setUp(one());
    const first = await throttler.acquire({ c: 1 });
    const run = follow(
      clock,
      throttler.run({ c: 1 }, () => new Promise(() => {}), { timeout: 100 }),
    );
    await clock.advance(300);
    first.release();
    await clock.advance(99);
    expect(run.state).toBe('waiting');
    await clock.advance(1);
    expect([run.state, run.at]).toEqual(['rejected', 400]);
  });

  test('leaves no timer behind a task that ends in time', async () => {
    const { clock, throttler } = setUp(one());
    await throttler.run({ c: 1 }, () => 'done', { timeout: 500 });
    await refusal(throttler.run({ c: 1 }, () => Promise.reject(new Error('x')), { timeout: 500 }));
    expect(clock.pending).toBe(0);
    expect(throttler.getLoad()).toEqual({ waiting: 0, held: 0 });
  });
});

describe('acquire with a timeout', () => {
  test('releases the permit and aborts its signal', async () => {
    const { clock, throttler } = setUp(one());
    const permit = await throttler.acquire({ c: 1 }, { timeout: 200 });
    const idle = follow(clock, throttler.idle({ held: true }));
    expect(permit.signal.aborted).toBe(false);
    await clock.advance(200);
    expect([permit.signal.aborted, idle.state]).toEqual([true, 'granted']);
    permit.release();
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ c: 1, a: 10 });
  });

  test('a signal that is read late has aborted', async () => {
    const { clock, throttler } = setUp(one());
    const permit = await throttler.acquire({ c: 1 }, { timeout: 200 });
    await clock.advance(200);
    expect(permit.signal.reason).toBeInstanceOf(HoldTimeoutError);
  });

  test('each permit has its own time', async () => {
    const { clock, throttler } = setUp([concurrency({ id: 'c', limit: 3 })]);
    const times = [300, 100, 200];
    const permits = await Promise.all(
      times.map((timeout) => throttler.acquire({ c: 1 }, { timeout })),
    );
    permits[2]?.release();
    for (const [at, free] of [
      [99, 1],
      [1, 2],
      [199, 2],
      [1, 3],
    ] as const) {
      await clock.advance(at);
      expect(tokens(throttler)).toEqual({ c: free });
    }
    expect(permits.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  });

  test('a permit without a timeout is held for ever', async () => {
    const { clock, throttler } = setUp(one());
    const permit = await throttler.acquire({ c: 1 }, { timeout: Number.POSITIVE_INFINITY });
    await clock.advance(1e9);
    expect([permit.signal.aborted, tokens(throttler).c]).toEqual([false, 0]);
  });

  test.each([0, -1, Number.NaN, '5'])('a timeout of %o is refused', async (timeout) => {
    const { throttler } = setUp(one());
    const error = await refusal(throttler.acquire({ c: 1 }, { timeout: timeout as number }));
    expect(error.message).toMatch(/^timeout must be a number of milliseconds above 0, got /);
  });

  test('throttle has no timeout', async () => {
    const { throttler } = setUp(one());
    const error = await refusal(throttler.throttle({ a: 1 }, { timeout: 5 } as never));
    expect(error.message).toContain('unknown field "timeout"');
  });

  test('the system clock ends it too', async () => {
    const throttler = new MultiThrottler(one());
    const first = refusal(throttler.run({ c: 1 }, () => new Promise(() => {}), { timeout: 20 }));
    await throttler.run({ c: 1 }, () => 'done');
    expect((await first).code).toBe('HOLD_TIMEOUT');
    await reactions();
  });
});
