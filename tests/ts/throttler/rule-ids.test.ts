import { MultiThrottler } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

/** Any text except the empty one can be an id. */
const ids = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'length',
  '0',
  '-1',
  '1.5',
  'NaN',
  'null',
  'undefined',
  ' ',
  'a b',
  'a.b',
  'a, b',
  '"',
  '\\',
  '\n',
  '\0',
  'é',
  'e\u0301',
  'ß',
  '限流',
  '🚦',
  '👩‍👩‍👧‍👦',
  '\u202e',
  '\ufeff',
  'x'.repeat(10_000),
];

/** Costs with an id that an object literal would treat specially. */
const costOf = (id: string, amount: number): Record<string, number> =>
  Object.defineProperty({}, id, { value: amount, enumerable: true });

const left = (throttler: MultiThrottler, id: string) =>
  Object.getOwnPropertyDescriptor(throttler.getStatus(), id)?.value.tokens;

test.each(ids.map((id) => [JSON.stringify(id).slice(0, 30), id]))(
  '%s is an id like any other',
  async (_, id) => {
    const { clock, throttler } = setUp([bucket(id, 10, 1 / 100), bucket('other', 10)]);
    await throttler.throttle(costOf(id, 9));
    expect(left(throttler, id)).toBe(1);
    const waiting = follow(clock, throttler.throttle(costOf(id, 3)));
    await clock.advance(200);
    expect(waiting).toMatchObject({ state: 'granted', at: 200 });
    throttler.setTokens(id, 7);
    expect(left(throttler, id)).toBe(7);
    throttler.addRule(bucket(id, 20));
    expect(left(throttler, id)).toBe(20);
    expect(Object.keys(throttler.getStatus()).sort()).toEqual([id, 'other'].sort());
    expect(await refusal(throttler.throttle(costOf(id, 21)))).toMatchObject({ ruleId: id });
    expect(throttler.removeRule(id)).toBe(true);
    expect(throttler.removeRule(id)).toBe(false);
    expect(await refusal(throttler.throttle(costOf(id, 1)))).toMatchObject({
      code: 'UNKNOWN_RULE',
      ruleId: id,
      message: `Unknown throttle rule: ${id}. Available rules: other`,
    });
    expect(tokens(throttler)).toEqual({ other: 10 });
  },
);

test('all ids work together', async () => {
  const { throttler } = setUp(ids.map((id) => bucket(id, 10)));
  await throttler.throttle(Object.fromEntries(ids.map((id, i) => [id, i / 8])));
  for (const [i, id] of ids.entries()) expect(left(throttler, id)).toBe(10 - i / 8);
});

test('inherited property names are unknown ids', async () => {
  const { throttler } = setUp([bucket('a', 1)]);
  for (const id of [...ids, '']) {
    expect(await refusal(throttler.throttle(costOf(id, 0)))).toMatchObject({
      code: 'UNKNOWN_RULE',
      ruleId: id,
    });
    expect(throttler.removeRule(id)).toBe(false);
    throttler.setTokens(id, 0);
  }
  expect(tokens(throttler)).toEqual({ a: 1 });
});

test('ids are not normalised', async () => {
  const { throttler } = setUp([bucket('é', 1), bucket('e\u0301', 2)]);
  expect(tokens(throttler)).toEqual({ é: 1, 'e\u0301': 2 });
});

describe('ids with lone surrogates', () => {
  /**
   * Returns the rules with these ids, or nothing if an id is rejected, which also keeps it apart.
   */
  function tokensOf(...given: string[]) {
    try {
      return tokens(new MultiThrottler(given.map((id, i) => bucket(id, i + 1))));
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_RULE', field: 'id' });
      return undefined;
    }
  }

  test('are never mixed up', () => {
    const [high, low, replacement] = ['\ud800', '\udc00', '\ufffd'];
    expect([undefined, { [high]: 1, [low]: 2 }]).toContainEqual(tokensOf(high, low));
    expect([undefined, { [high]: 1, [replacement]: 2 }]).toContainEqual(
      tokensOf(high, replacement),
    );
  });

  test('are unknown rules', async () => {
    const { throttler } = setUp([bucket('a', 5)]);
    expect((await refusal(throttler.throttle({ '\ud800': 1 }))).code).toBe('UNKNOWN_RULE');
    expect(throttler.removeRule('\ud800')).toBe(false);
  });
});

test('numeric ids are their text', async () => {
  const { throttler } = setUp([bucket('7', 5)]);
  await throttler.throttle({ 7: 1 });
  throttler.setTokens(7 as unknown as string, 2);
  expect(tokens(throttler)).toEqual({ 7: 2 });
  expect(throttler.removeRule(7 as unknown as string)).toBe(true);
});
