import { MultiThrottler } from 'multi-throttler';
import { kraken } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';

const trading = (name: string, params?: object) =>
  kraken.costs('POST', `/0/private/${name}`, params);

describe('what trading costs goes by the age of the order', () => {
  test.each([
    ['CancelOrder', [8, 6, 5, 4, 2, 1, 0]],
    ['AmendOrder', [4, 3, 2, 1, 1, 1, 1]],
    ['EditOrder', [7, 6, 5, 3, 2, 1, 1]],
  ])('%s', (name, costs) => {
    const ages = [0, 5, 10, 15, 45, 90, 300];
    expect(ages.map((age) => trading(name, { pair: 'XBTUSD', age })['TRADING:XBTUSD'])).toEqual(
      costs,
    );
    const untold = trading(name, { pair: 'XBTUSD' });
    expect(untold).toEqual({ 'TRADING:XBTUSD': costs[0] });
  });

  test('a step ends just before its age', () => {
    expect(trading('CancelOrder', { pair: 'A', age: 4.99 })['TRADING:A']).toBe(8);
    expect(trading('CancelOrder', { pair: 'A', age: '299.9' })['TRADING:A']).toBe(1);
  });
});

test.each(['starter', 'intermediate', 'pro'])(
  '%s: a batch cancel of 50 ids can be sent',
  (tier) => {
    const profile = kraken.with({ tier });
    const cost = profile.costs('POST', '/0/private/CancelOrderBatch', {
      orders: Array(50).fill('id'),
    });
    const throttler = new MultiThrottler(profile.rules);
    expect(throttler.tryThrottle(cost)).toBe(true);
    expect(throttler.tryThrottle({ 'TRADING:-': 1 })).toBe(false);
    throttler.close();
  },
);

test('a tier has its own counters', () => {
  const bucket = (tier: string, id: string) =>
    kraken.with({ tier }).rules.find((rule) => rule.id === id);
  expect(bucket('intermediate', 'PRIVATE')).toMatchObject({ capacity: 20, refillRate: 0.5 / 1000 });
  expect(bucket('intermediate', 'TRADING:*')).toMatchObject({
    capacity: 125,
    refillRate: 2.34 / 1000,
  });
  expect(bucket('pro', 'PRIVATE')).toMatchObject({ capacity: 20, refillRate: 1 / 1000 });
  expect(bucket('pro', 'TRADING:*')).toMatchObject({ capacity: 180, refillRate: 3.75 / 1000 });
  expect(bucket('starter', 'PRIVATE')).toEqual(kraken.rules[0]);
  expect(() => kraken.with({ tier: 'gold' })).toThrow(
    'tier must be one of starter, intermediate, pro, got "gold"',
  );
});
