import { inspect } from 'node:util';
import { concurrency, MultiThrottler, rollingWindow } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, setUp } from '../support/helpers.ts';

async function busy() {
  const { throttler } = setUp(
    [bucket('a', 10), rollingWindow({ id: 'b:*', limit: 5, interval: 1000, scope: 'account' })],
    { modes: { careful: { buffer: 0.5 } } },
  );
  await throttler.throttle({ a: 6, 'b:x': 1 });
  throttler.throttle({ a: 9 });
  throttler.throttle({ a: 9 }, { priority: 'low' });
  throttler.throttle({ a: 9 }, { priority: 'low' });
  return throttler;
}

const shown = {
  mode: 'normal',
  waiting: { critical: 0, normal: 1, low: 2 },
  rules: {
    a: { tokens: 4, capacity: 10, utilization: 0.6 },
    'b:*': { tokens: 5, capacity: 5, utilization: 0, scope: 'account' },
    'b:x': { tokens: 4, capacity: 5, utilization: 1 - 4 / 5, scope: 'account' },
  },
};

test('toJSON and JSON.stringify show rules, remaining tokens, waiting requests and the mode', async () => {
  const throttler = await busy();
  expect(throttler.toJSON()).toEqual(shown);
  expect(JSON.parse(JSON.stringify({ throttler }))).toEqual({ throttler: shown });
});

test('util.inspect shows the same under the name of the class', async () => {
  const throttler = await busy();
  const text = inspect(throttler, { depth: null });
  expect(text).toMatch(/^MultiThrottler \{/);
  expect(text).toContain("mode: 'normal'");
  expect(text).toContain('waiting: { critical: 0, normal: 1, low: 2 }');
  expect(text).toContain('a: { tokens: 4, capacity: 10, utilization: 0.6 }');
  expect(text).toContain("scope: 'account'");
  expect(inspect({ bot: { throttler } }, { depth: 4 })).toContain('throttler: MultiThrottler {');
  expect(inspect(throttler, { depth: 0 })).toContain('rules: [Object]');
});

/** Vue makes reactive proxies of objects whose tag is that of plain ones. */
test('a throttler and a permit have tags of their own', async () => {
  const { throttler } = setUp([concurrency({ id: 'tasks', limit: 1 })]);
  const permit = await throttler.acquire({ tasks: 1 });
  const tagOf = (value: object) => Object.prototype.toString.call(value);
  expect([throttler, permit].map(tagOf)).toEqual(['[object MultiThrottler]', '[object Permit]']);
});

test('inspection changes nothing', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0)]);
  throttler.throttle({ a: 1 });
  const before = [throttler.getStatus(), throttler.getQueueLength(), clock.pending];
  inspect(throttler);
  JSON.stringify(throttler);
  expect([throttler.getStatus(), throttler.getQueueLength(), clock.pending]).toEqual(before);
});

describe('inspection never throws', () => {
  test('of a closed throttler', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.close();
    expect(throttler.toJSON()).toEqual({
      mode: 'normal',
      waiting: { critical: 0, normal: 0, low: 0 },
      rules: {},
    });
    expect(inspect(throttler)).toMatch(/^MultiThrottler \{/);
  });

  test('of a throttler whose clock fails: the fields that need it are absent', () => {
    const clock = new VirtualClock();
    const throttler = new MultiThrottler([concurrency({ id: 'a', limit: 1 })], { clock });
    clock.now = () => {
      throw new Error('broken');
    };
    expect(throttler.toJSON()).toEqual({ waiting: { critical: 0, normal: 0, low: 0 } });
    expect(inspect(throttler)).toContain('waiting');
  });

  test('of the prototype, and of an object made from it', () => {
    new MultiThrottler([]);
    expect(() => inspect(MultiThrottler.prototype)).not.toThrow();
    expect(inspect(Object.create(MultiThrottler.prototype))).toMatch(/^MultiThrottler \{/);
  });

  test('without the arguments that consoles pass, as debuggers call it', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    for (const name of ['nodejs.util.inspect.custom', 'Deno.customInspect']) {
      const show = Reflect.get(throttler, Symbol.for(name)) as (this: object) => string;
      expect(show.call(throttler)).toBe(`MultiThrottler ${JSON.stringify(throttler)}`);
    }
  });

  test('within a clock that the throttler reads', () => {
    const clock = new VirtualClock();
    const throttler = new MultiThrottler([bucket('a', 10)], { clock });
    const now = clock.now.bind(clock);
    const texts: string[] = [];
    clock.now = () => {
      clock.now = now;
      texts.push(inspect(throttler));
      return now();
    };
    throttler.throttle({ a: 1 });
    expect(texts).toHaveLength(1);
    expect(throttler.getStatus().a?.tokens).toBe(9);
  });
});
