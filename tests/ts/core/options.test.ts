import { InvalidConfigError, type MultiThrottler } from 'multi-throttler';
import { afterEach, describe, expect, test } from 'vitest';
import { bucket, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

/** The methods that take options of a request and return a promise. */
const calls: [string, (throttler: MultiThrottler, options: never) => Promise<unknown>][] = [
  ['throttle', (throttler, options) => throttler.throttle({ a: 1 }, options)],
  ['acquire', (throttler, options) => throttler.acquire({ a: 1 }, options)],
  ['run', (throttler, options) => throttler.run({ a: 1 }, () => {}, options)],
  ['wrap', (throttler, options) => throttler.wrap(() => {}, { a: 1 }, options)()],
];

describe.each(calls)('unknown options of %s', (method, call) => {
  const known = `priority, signal, maxWait, id${method === 'throttle' ? '' : ', timeout'}`;
  test.each([
    ['maxwait', 5],
    ['deadline', 5],
    ['Priority', 'low'],
    ['abort', null],
  ])('%s is rejected with the known names', async (field, value) => {
    const { throttler } = setUp([bucket('a', 1)]);
    const error = await refusal(call(throttler, { priority: 'low', [field]: value } as never));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect(error.message).toBe(
      `unknown field "${field}" for request options; known fields: ${known}`,
    );
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field, value: value ?? 'null' });
    expect(tokens(throttler)).toEqual({ a: 1 });
  });

  test('undefined counts as absent', async () => {
    const { throttler } = setUp([bucket('a', 1)]);
    await call(throttler, { maxwait: undefined } as never);
  });

  test('signal in place of options is rejected', async () => {
    const { throttler } = setUp([bucket('a', 1)]);
    const error = await refusal(call(throttler, new AbortController().signal as never));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'aborted' });
  });

  test('methods and inherited options of a class are accepted', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    function Options() {}
    Options.prototype = { maxWait: 0, describe: () => 'mine' };
    const options = new (Options as unknown as new () => never)();
    expect((await refusal(call(throttler, options))).code).toBe('WAIT_TIMEOUT');
  });
});

test.each(['tryThrottle', 'estimateWait'] as const)(
  'unknown options of %s are refused',
  (method) => {
    const { throttler } = setUp([bucket('a', 1)]);
    const error = thrown(() => throttler[method]({ a: 1 }, { maxwait: 5 } as object));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'maxwait', value: 5 });
    expect(error.message).toBe(
      'unknown field "maxwait" for request options; known fields: priority, signal, maxWait, id',
    );
    // Options of all requests may be kept in one object.
    expect(throttler[method]({ a: 1 }, { maxWait: 5, id: 'x', maxwait: undefined } as object)).toBe(
      method === 'tryThrottle' ? true : 0,
    );
  },
);

describe('a property that all objects inherit', () => {
  afterEach(() => {
    Reflect.deleteProperty(Object.prototype, 'polluted');
  });

  test('is no option', async () => {
    Object.assign(Object.prototype, { polluted: 1 });
    const { throttler } = setUp([bucket('a', 1)]);
    await throttler.throttle({ a: 1 }, { priority: 'low' });
  });
});

describe('invalid values', () => {
  test.each([
    [
      { priority: 'urgent' },
      'priority must be one of critical, normal, low, or an object with class and rank, got "urgent"',
    ],
    [
      { priority: null },
      'priority must be one of critical, normal, low, or an object with class and rank, got null',
    ],
    [
      { priority: ['low'] },
      'priority must be one of critical, normal, low, or an object with class and rank, got an array',
    ],
    [
      { priority: { class: 'urgent' } },
      'priority.class must be one of critical, normal, low, got "urgent"',
    ],
    [
      { priority: { class: null } },
      'priority.class must be one of critical, normal, low, got null',
    ],
    [
      { priority: { rank: 1001 } },
      'priority.rank must be a whole number from -1000 to 1000, got 1001',
    ],
    [
      { priority: { rank: -0.5 } },
      'priority.rank must be a whole number from -1000 to 1000, got -0.5',
    ],
    [
      { priority: { rank: '1' } },
      'priority.rank must be a whole number from -1000 to 1000, got "1"',
    ],
    [{ priority: { ranks: 1 } }, 'unknown field "ranks" for a priority; known fields: class, rank'],
    [{ maxWait: -1 }, 'maxWait must be a number of milliseconds, 0 or more, got -1'],
    [{ maxWait: Number.NaN }, 'maxWait must be a number of milliseconds, 0 or more, got NaN'],
    [{ maxWait: '5' }, 'maxWait must be a number of milliseconds, 0 or more, got "5"'],
    [{ id: 5 }, 'id must be text, got 5'],
    [{ id: {} }, 'id must be text, got an object'],
    [{ signal: {} }, 'signal must be an AbortSignal, got an object'],
    [{ signal: null }, 'signal must be an AbortSignal, got null'],
    [{ id: 5, maxWait: -1 }, 'maxWait must be a number of milliseconds, 0 or more, got -1'],
  ])('%o is rejected', async (options, message) => {
    const { throttler } = setUp([bucket('a', 1)]);
    const errors = await Promise.all(
      calls.map(([, call]) => refusal(call(throttler, options as never))),
    );
    // These two are read by the engine.
    for (const method of ['tryThrottle', 'estimateWait'] as const) {
      errors.push(thrown(() => throttler[method]({ a: 1 }, options as never)));
    }
    for (const error of errors) {
      expect(error).toBeInstanceOf(InvalidConfigError);
      expect(error.message).toBe(message);
    }
    expect(tokens(throttler)).toEqual({ a: 1 });
  });

  test.each([5, 'low', true, () => {}])(
    'options that are no object are rejected: %s',
    async (options) => {
      const { throttler } = setUp([bucket('a', 1)]);
      const error = await refusal(throttler.throttle({ a: 1 }, options as never));
      expect(error.message).toMatch(/^options must be an object, got /);
    },
  );
});

test('each option is read once', async () => {
  const { throttler } = setUp([bucket('a', 1)]);
  const reads: string[] = [];
  const values: Record<string, unknown> = {
    priority: 'low',
    maxWait: 5,
    id: 'x',
    signal: undefined,
  };
  const options = {};
  for (const name in values) {
    Object.defineProperty(options, name, {
      enumerable: true,
      get: () => {
        reads.push(name);
        return values[name];
      },
    });
  }
  await throttler.throttle({ a: 1 }, options);
  expect(reads.sort()).toEqual(Object.keys(values).sort());
});
