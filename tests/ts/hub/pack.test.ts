import { CostExceedsCapacityError, WaitTimeoutError } from 'multi-throttler';
import { expect, test } from 'vitest';
import { pack, packError, unpack, unpackError } from '../../../ts/hub/pack.ts';

const travelled = (value: unknown) => unpack(JSON.parse(JSON.stringify(pack(value))));

test('numbers and absent values that JSON does not have arrive', () => {
  const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, undefined, null];
  expect(travelled(values)).toEqual(values);
  expect(travelled({ a: { b: [1, 'x', true] }, c: undefined })).toEqual({
    a: { b: [1, 'x', true] },
    c: undefined,
  });
});

test('values that no call takes keep their kind', () => {
  expect([() => {}, 5n, Symbol('x')].map((value) => typeof travelled(value))).toEqual([
    'function',
    'bigint',
    'symbol',
  ]);
});

test('errors keep their class and their fields', () => {
  const details = { maxWait: 5, estimatedWait: Number.POSITIVE_INFINITY };
  const error = unpackError(packError(new WaitTimeoutError('late', 'WAIT_TIMEOUT', details)));
  expect(error).toBeInstanceOf(WaitTimeoutError);
  expect(error).toMatchObject({ message: 'late', code: 'WAIT_TIMEOUT', ...details });
  const large = new CostExceedsCapacityError('large', 'COST_EXCEEDS_CAPACITY', { cost: 9 });
  expect(unpackError(packError(large))).toMatchObject({
    name: 'CostExceedsCapacityError',
    cost: 9,
  });
  expect(unpackError(packError(new TypeError('other')))).toMatchObject({ message: 'other' });
});
