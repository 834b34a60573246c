import { InvalidConfigError, type Priority } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown } from '../support/helpers.ts';

/** A queue that grants one request per 10 ms, and the order of the grants. */
function queue() {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
  const order: string[] = [];
  const ask = (id: string, priority?: Priority) =>
    throttler.throttle({ a: 1 }, { id, priority }).then(
      () => order.push(id),
      () => {},
    );
  return { clock, throttler, order, ask };
}

test('setPriority moves a waiter as if made so', async () => {
  const { clock, throttler, order, ask } = queue();
  ask('n1');
  ask('moved', 'low');
  ask('c1', 'critical');
  ask('n2');
  ask('c2', 'critical');
  expect(throttler.setPriority('moved', 'normal')).toBe(true);
  expect([throttler.getQueueLength('normal'), throttler.getQueueLength('low')]).toEqual([3, 0]);
  await clock.advance(20);
  expect(order).toEqual(['c1', 'c2']);
  // The request arrived before n2.
  await clock.advance(20);
  expect(order).toEqual(['c1', 'c2', 'n1', 'moved']);
  expect(throttler.setPriority('n2', 'critical')).toBe(true);
});

test('setPriority moves the demand of a waiter', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 0, 5), bucket('b', 1, 0, 0)]);
  throttler.throttle({ a: 5, b: 1 }, { id: 'x' });
  const other = follow(clock, throttler.throttle({ a: 5 }));
  await clock.advance(10);
  expect(other.state).toBe('waiting');
  throttler.setPriority('x', 'low');
  await clock.advance(0);
  expect(other.at).toBe(10);
});

test('setPriority to critical opens the reserve', async () => {
  const { clock, throttler } = setUp([bucket('a', 10)], { modes: { normal: { reserve: 0.5 } } });
  await throttler.throttle({ a: 5 });
  const waiting = follow(clock, throttler.throttle({ a: 5 }, { id: 'x' }));
  await clock.advance(10);
  // The request was waiting when the call began, but is not any more.
  throttler.setPriority('x', 'critical');
  await clock.advance(0);
  expect(waiting.at).toBe(10);
});

describe('setPriority returns false', () => {
  test('for requests that do not wait', async () => {
    const { clock, throttler } = setUp([bucket('a', 2, 1 / 10, 1)], { maxCapacity: 2 });
    const controller = new AbortController();
    expect(throttler.setPriority('unknown', 'low')).toBe(false);
    await throttler.throttle({ a: 1 }, { id: 'at once' });
    throttler.throttle({ a: 1 }, { id: 'granted' });
    throttler.throttle({ a: 1 }, { id: 'aborted', signal: controller.signal }).catch(() => {});
    await refusal(throttler.throttle({ a: 1 }, { id: 'refused' }));
    await clock.advance(10);
    controller.abort();
    for (const id of ['at once', 'granted', 'aborted', 'refused']) {
      expect(throttler.setPriority(id, 'critical')).toBe(false);
    }
    for (const end of ['clear', 'close'] as const) {
      throttler.setTokens('a', 0);
      const waiting = refusal(throttler.throttle({ a: 1 }, { id: end }));
      expect(throttler.setPriority(end, 'critical')).toBe(true);
      throttler[end]();
      expect(throttler.setPriority(end, 'critical')).toBe(false);
      await waiting;
    }
  });

  test('for a request whose slot was reused', async () => {
    const { clock, throttler, order, ask } = queue();
    ask('old');
    await clock.advance(10);
    ask('new', 'low');
    ask('normal');
    expect(throttler.setPriority('old', 'critical')).toBe(false);
    await clock.advance(20);
    expect(order).toEqual(['old', 'normal', 'new']);
  });
});

describe('request ids', () => {
  test('that are equal name the latest request', async () => {
    const { clock, throttler, order, ask } = queue();
    const controller = new AbortController();
    throttler.throttle({ a: 1 }, { id: 'x', signal: controller.signal }).catch(() => {});
    ask('normal');
    ask('x', 'low');
    controller.abort();
    expect(throttler.setPriority('x', 'critical')).toBe(true);
    await clock.advance(20);
    expect(order).toEqual(['x', 'normal']);
    expect(throttler.setPriority('x', 'critical')).toBe(false);
  });

  test.each(['', '__proto__', 'constructor', '0', ' ', '\ud800', '🚦', 'x'.repeat(100_000)])(
    '%o is one',
    async (id) => {
      const { throttler, ask } = queue();
      expect(throttler.setPriority(id, 'low')).toBe(false);
      ask(id);
      expect(throttler.setPriority(id, 'low')).toBe(true);
      expect(throttler.getQueueLength('low')).toBe(1);
    },
  );

  test.each([null, 5, {}, Symbol('id'), ['x']])('reject %o', async (id) => {
    const { throttler } = setUp([bucket('a', 1)]);
    const options = { id: id as unknown as string };
    for (const method of ['throttle', 'acquire'] as const) {
      const error = await refusal(throttler[method]({ a: 1 }, options));
      expect(error).toBeInstanceOf(InvalidConfigError);
      expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'id' });
      expect(error.message).toMatch(/^id must be text, got /);
    }
    expect(throttler.getStatus().a?.tokens).toBe(1);
    expect(throttler.setPriority(id as unknown as string, 'low')).toBe(false);
  });

  test('work for run and wrap, per throttler', async () => {
    const [{ throttler }, other] = [queue(), queue().throttler];
    throttler.run({ a: 1 }, () => {}, { id: 'run' });
    throttler.wrap(() => {}, { a: 1 }, { id: 'wrap' })();
    for (const id of ['run', 'wrap']) {
      expect(other.setPriority(id, 'low')).toBe(false);
      expect(throttler.setPriority(id, 'low')).toBe(true);
    }
    expect(throttler.getQueueLength('low')).toBe(2);
  });
});

test.each([
  ['urgent', '"urgent"', 'urgent'],
  ['', '""', ''],
  [undefined, 'undefined', 'undefined'],
  [null, 'null', 'null'],
  [0, '0', 0],
  ['__proto__', '"__proto__"', '__proto__'],
  [Symbol('low'), 'a symbol', 'a symbol'],
  [['low'], 'an array', 'an array'],
])('priority %o is rejected', (priority, shown, value) => {
  const { throttler, ask } = queue();
  ask('x');
  for (const id of ['x', 'unknown']) {
    const error = thrown(() => throttler.setPriority(id, priority as Priority));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect({ ...error }).toEqual({ code: 'INVALID_CONFIG', field: 'priority', value });
    expect(error.message).toBe(
      `priority must be one of critical, normal, low, or an object with class and rank, got ${shown}`,
    );
  }
  expect(throttler.getQueueLength('normal')).toBe(1);
});

test('a priority with a method in place of fields is rejected', () => {
  const { throttler, ask } = queue();
  ask('x');
  const priority = { toString: () => 'low' };
  const error = thrown(() => throttler.setPriority('x', priority as Priority));
  expect(error).toBeInstanceOf(InvalidConfigError);
  expect({ ...error }).toEqual({ code: 'INVALID_CONFIG', field: 'toString', value: 'a function' });
  expect(error.message).toBe('unknown field "toString" for a priority; known fields: class, rank');
  expect(throttler.getQueueLength('normal')).toBe(1);
});
