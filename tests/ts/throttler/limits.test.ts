// Limits: none, added tokens, a lower one than is held, and one of a single member.

import {
  concurrency,
  fixedWindow,
  rollingWindow,
  ThrottleRule,
  tokenBucket,
} from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

test.each([
  rollingWindow({ id: 'a', limit: Number.POSITIVE_INFINITY, interval: 1000 }),
  fixedWindow({ id: 'a', limit: Number.POSITIVE_INFINITY, interval: 1000 }),
  fixedWindow({
    id: 'a',
    limit: Number.POSITIVE_INFINITY,
    interval: 1000,
    anchor: 'first-request',
  }),
  tokenBucket({ id: 'a', capacity: Number.POSITIVE_INFINITY, refillRate: 1 }),
  concurrency({ id: 'a', limit: Number.POSITIVE_INFINITY }),
])('an infinite limit of a $algorithm rule counts as 2^53 - 1', async (rule) => {
  const { throttler } = setUp([rule]);
  for (let i = 0; i < 100; i++) await throttler.acquire({ a: 1e12 });
  expect(throttler.getStatus().a?.capacity).toBe(Number.MAX_SAFE_INTEGER);
  expect(throttler.getRule('a')).toEqual(rule);
  throttler.updateRule('a', 'capacity' in rule ? { capacity: 5 } : { limit: 5 });
  expect((await refusal(throttler.acquire({ a: 6 }))).code).toBe('COST_EXCEEDS_CAPACITY');
});

test('a bucket of infinite capacity starts full, also by the tokens of a ThrottleRule', async () => {
  const rule = new ThrottleRule('a', Number.POSITIVE_INFINITY, 1);
  expect(rule.tokens).toBe(Number.POSITIVE_INFINITY);
  const { throttler } = setUp([rule, { ...bucket('b', 5), tokens: Number.POSITIVE_INFINITY }]);
  await throttler.throttle({ a: 1e12, b: 5 });
  expect(tokens(throttler)).toEqual({ a: Number.MAX_SAFE_INTEGER - 1e12, b: 0 });
  throttler.updateRule('b', { tokens: Number.POSITIVE_INFINITY });
  expect(tokens(throttler).b).toBe(5);
});

test('an infinite interval is refused', () => {
  const rule = rollingWindow({ id: 'a', limit: 1, interval: Number.POSITIVE_INFINITY });
  expect(thrown(() => setUp([rule])).code).toBe('INVALID_RULE');
});

test('added tokens wake who waits, up to the capacity', async () => {
  const { throttler } = setUp([bucket('credits', 10, 0, 2)]);
  const waits = throttler.throttle({ credits: 5 });
  throttler.addTokens('credits', 2);
  expect(throttler.getQueueLength()).toBe(1);
  throttler.addTokens('credits', 2);
  await waits;
  expect(tokens(throttler)).toEqual({ credits: 1 });
  throttler.addTokens('credits', 100);
  expect(tokens(throttler)).toEqual({ credits: 10 });
  throttler.addTokens('credits', -4);
  expect(tokens(throttler)).toEqual({ credits: 6 });
  throttler.addTokens('unknown', 1);
  expect(thrown(() => throttler.addTokens('credits', Number.NaN)).code).toBe('INVALID_RULE');
});

test('a concurrency limit below what is held shows what is held', async () => {
  const { throttler } = setUp([concurrency({ id: 'c', limit: 4 })]);
  const permits = await Promise.all([0, 1, 2, 3].map(() => throttler.acquire({ c: 1 })));
  throttler.updateRule('c', { limit: 2 });
  expect(throttler.getStatus().c).toEqual({ tokens: -2, capacity: 2, utilization: 2 });
  const next = throttler.acquire({ c: 1 });
  permits.slice(0, 2).forEach((permit) => {
    permit.release();
  });
  expect(throttler.getQueueLength()).toBe(1);
  permits[2]?.release();
  await next;
});

test('a member of a family can have fields of its own', async () => {
  const { clock, throttler } = setUp([rollingWindow({ id: 'k:*', limit: 5, interval: 100 })]);
  await throttler.throttle({ 'k:a': 2 });
  throttler.updateRule('k:a', { limit: 3 });
  throttler.updateRule('k:new', { limit: 1 });
  expect(tokens(throttler)).toEqual({ 'k:*': 5, 'k:a': 1, 'k:new': 1 });
  throttler.updateRule('k:*', { limit: 7 });
  await clock.advance(1000);
  await throttler.throttle({ 'k:b': 1 });
  expect(tokens(throttler)).toEqual({ 'k:*': 7, 'k:a': 3, 'k:new': 1, 'k:b': 6 });
  expect(throttler.getRule('k:a')).toMatchObject({ id: 'k:a', limit: 3, interval: 100 });
  expect(throttler.removeRule('k:a')).toBe(true);
  await throttler.throttle({ 'k:a': 7 });
});
