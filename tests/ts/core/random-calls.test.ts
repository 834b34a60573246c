// Calls of every kind in random order, to two throttlers on one clock. No promise is lost, each
// token is paid once, and nothing remains when all is done. A simple generator makes failures
// reproducible.

import {
  concurrency,
  MultiThrottler,
  type Permit,
  type ThrottleCost,
  tokenBucket,
} from 'multi-throttler';
import { expect, test } from 'vitest';
import { reactions, VirtualClock } from '../support/clock.ts';
import { bucket, generator } from '../support/helpers.ts';

const PRIORITIES = ['critical', 'normal', 'low'] as const;
const LARGE = 2 ** 40;

/** A throttler, the outcomes of its requests, and the costs that they paid. */
function subject(clock: VirtualClock, random: (below: number) => number) {
  const throttler = new MultiThrottler(
    [
      // Every token of this rule is accounted for: it never refills and is never exhausted.
      bucket('total', LARGE),
      bucket('weight', 10, 1 / 16, 3),
      tokenBucket({ id: 'debt', capacity: 3, refillRate: 1 / 32, allowDebt: true }),
      tokenBucket({ id: 'key:*', capacity: 2, refillRate: 1 / 64 }),
      concurrency({ id: 'tasks', limit: 3 }),
    ],
    {
      clock,
      maxCapacity: 12,
      overflow: random(2) === 0 ? 'drop-lowest' : 'reject',
      ordering: random(3) === 0 ? 'strict-fifo' : 'work-conserving',
      aging: random(2) === 0 ? 100 : undefined,
      modes: { careful: { buffer: 0.25, reserve: 0.25 } },
    },
  );
  const permits: { permit: Permit; paid: number }[] = [];
  const signals: AbortController[] = [];
  const counts = { asked: 0, settled: 0, twice: 0, paid: 0 };

  /** Accounts for one request. */
  function watch<T>(promise: Promise<T>, paid: number, onGrant: (value: T) => void): void {
    counts.asked++;
    let settled = false;
    const settle = () => {
      if (settled) counts.twice++;
      settled = true;
      counts.settled++;
    };
    promise.then((value) => {
      settle();
      counts.paid += paid;
      onGrant(value);
    }, settle);
  }

  function cost(permit: boolean): ThrottleCost {
    const all: ThrottleCost = { total: 1 + random(9), weight: random(8), debt: random(5) };
    const chosen = Object.entries(all).filter(([id]) => id === 'total' || random(2) === 0);
    if (random(3) === 0) chosen.push([`key:${random(40)}`, 1 + random(2)]);
    if (permit && random(2) === 0) chosen.push(['tasks', 1 + random(3)]);
    // One request in twenty has too many costs for the fast path.
    if (random(20) === 0) for (let i = 0; i < 40; i++) chosen.push([`key:${i}`, 1]);
    return Object.fromEntries(chosen);
  }

  function options() {
    const controller = new AbortController();
    if (random(3) === 0) signals.push(controller);
    const shared = signals[random(signals.length + 1)];
    return {
      priority: PRIORITIES[random(3)],
      signal: shared?.signal,
      id: random(2) === 0 ? `${random(6)}` : undefined,
      maxWait: random(4) === 0 ? random(300) : undefined,
    };
  }

  const release = (refund: boolean) => {
    const [held] = permits.splice(random(permits.length || 1), 1);
    held?.permit.release({ refund });
    if (held && refund) counts.paid -= held.paid;
    if (random(3) === 0) held?.permit.release({ refund: true });
  };

  const actions: (() => unknown)[] = [
    () => {
      const charge = cost(false);
      watch(throttler.throttle(charge, options()), charge.total as number, () => {});
    },
    () => {
      const charge = cost(true);
      const paid = charge.total as number;
      watch(throttler.acquire(charge, options()), paid, (permit) => permits.push({ permit, paid }));
    },
    () => {
      const charge = cost(true);
      const task = async () => {
        for (let turn = random(4); turn > 0; turn--) await reactions();
        if (random(4) === 0) throw new Error('failed');
      };
      let ran = 0;
      const counted = () => {
        ran = charge.total as number;
        return task();
      };
      const running = throttler.run(charge, counted, options());
      // Whether it paid shows in whether it ran, not in its result.
      watch(
        running.finally(() => (counts.paid += ran)),
        0,
        () => {},
      );
    },
    () => {
      const charge = cost(false);
      if (throttler.tryThrottle(charge, { priority: PRIORITIES[random(3)] }))
        counts.paid += charge.total as number;
    },
    () => throttler.estimateWait(cost(true)),
    () => release(random(3) === 0),
    () => release(false),
    () => signals.splice(random(signals.length || 1), 1)[0]?.abort(),
    () => throttler.setPriority(`${random(6)}`, PRIORITIES[random(3)] as 'low'),
    () => random(4) === 0 && throttler.clear(),
    () => throttler.pause({ ms: random(50), rules: random(2) === 0 ? ['weight'] : undefined }),
    () => throttler.resume(),
    () => throttler.setMode(random(2) === 0 ? 'careful' : 'normal', random(100)),
    () => throttler.updateRule('weight', { capacity: 8 + random(8) }),
    () => throttler.updateRule('tasks', { limit: 3 + random(3) }),
    () => random(3) === 0 && throttler.addRule(bucket('weight', 10, 1 / 16, 0)),
    () =>
      random(3) === 0 &&
      throttler.removeRule('key:*') &&
      throttler.addRule(bucket('key:*', 2, 1 / 64)),
    () => throttler.setTokens(`key:${random(40)}`, random(3)),
    () => throttler.getStatus(),
  ];
  return { throttler, permits, counts, act: () => actions[random(actions.length)]?.() };
}

test.each(Array.from({ length: 40 }, (_, i) => i + 1))('seed %d', async (seed) => {
  const random = generator(seed);
  const clock = new VirtualClock();
  const both = [subject(clock, random), subject(clock, random)];
  for (let step = 0; step < 600; step++) {
    both[random(2)]?.act();
    if (random(3) === 0) await clock.advance(random(40) / 4);
    if (random(50) === 0) clock.step(random(30));
    // Each throttler has one timer at most, and none without waiters.
    const waiting = both.filter(({ throttler }) => throttler.isRunning()).length;
    expect(clock.pending).toBeLessThanOrEqual(waiting);
  }
  for (const { throttler, permits, counts } of both) {
    throttler.resume();
    throttler.setMode('normal');
    const idle = throttler.idle();
    for (let turn = 0; turn < 200; turn++) {
      for (const { permit } of permits.splice(0)) permit.release();
      await clock.advance(50);
    }
    await idle;
    expect(throttler.isRunning()).toBe(false);
    expect([counts.settled, counts.twice]).toEqual([counts.asked, 0]);
    const status = throttler.getStatus();
    expect(status.total?.tokens).toBe(LARGE - counts.paid);
    expect(status.tasks?.tokens).toBe(status.tasks?.capacity);
    expect(Object.keys(status)).not.toContain('key:1');
  }
  expect(clock.pending).toBe(0);
});
