import type { Exchange } from 'ccxt';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { reactions } from '../support/clock.ts';
import { follow, thrown } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { account, call, setUp, useServer } from './rig.ts';

const server = useServer();

describe('a throttler', () => {
  test('of its own has the rules of the profile, with the jitter that was asked for', () => {
    const exchange = server.exchange('kraken');
    const { throttler } = attachThrottler(exchange, { jitter: 0 });
    expect(throttler.getStatus().PRIVATE).toMatchObject({ capacity: 15 });
    throttler.close();
  });

  test('of its own is set up as is asked for, and reads headers', () => {
    const exchange = server.exchange('binance');
    const { throttler } = attachThrottler(exchange, { config: { share: 0.5, maxCapacity: 1 } });
    throttler.report({ status: 200, headers: { 'x-mbx-used-weight-1m': '5000' } });
    // Usage beyond the half that is left to others.
    expect(throttler.getStatus().REQUEST_WEIGHT).toMatchObject({ capacity: 3000, tokens: 1000 });
    throttler.close();
  });

  test('that was given gets the rules that it does not have, and keeps those that it has', () => {
    const { throttler } = setUp(server);
    expect(throttler.getStatus().REQUEST_WEIGHT?.capacity).toBe(25);
    expect(throttler.getStatus()['fapi:REQUEST_WEIGHT']?.capacity).toBe(2400);
  });

  test('serves two exchanges', async () => {
    const { exchange, throttler } = setUp(server);
    const other = server.exchange('binance');
    attachThrottler(other, { throttler });
    await account(exchange);
    await call(other, 'publicGetPing');
    expect(throttler.left('REQUEST_WEIGHT')).toBe(4);
  });

  test('by another profile', async () => {
    const exchange = server.exchange('binance');
    const profile = binanceSpot.with({ limits: { REQUEST_WEIGHT: 50 } });
    const { throttler } = attachThrottler(exchange, { profile });
    expect(throttler.getStatus().REQUEST_WEIGHT?.capacity).toBe(50);
    throttler.close();
  });

  test('of any exchange, by a function of costs', async () => {
    const exchange = server.exchange('gemini');
    const throttler = new Watched([rollingWindow({ id: 'ALL', limit: 5, interval: 1000 })]);
    const seen: unknown[] = [];
    attachThrottler(exchange, {
      throttler,
      costs: (...args) => {
        seen.push(args);
        return { ALL: 2 };
      },
    });
    await call(exchange, 'publicGetV1Symbols', { a: 1 });
    expect(throttler.getStatus().ALL?.tokens).toBe(3);
    expect(seen).toEqual([
      ['public', 'GET', 'v1/symbols', { a: 1 }, expect.objectContaining({ cost: 5 })],
    ]);
    expect(throttler.told).toMatchObject([{ status: 200, rules: ['ALL'] }]);
  });
});

describe('detach', () => {
  test.each(['binance', 'bybit', 'okx', 'kraken', 'kucoin'])('leaves %s as it was', (id) => {
    const exchange = server.exchange(id);
    const before = Object.getOwnPropertyDescriptors(exchange);
    const options = JSON.stringify(exchange.options);
    const { detach, throttler } = attachThrottler(exchange);
    expect(Object.hasOwn(exchange, 'fetch2')).toBe(true);
    detach();
    expect(Object.getOwnPropertyDescriptors(exchange)).toEqual(before);
    expect(JSON.stringify(exchange.options)).toBe(options);
    expect(Object.getOwnPropertyNames(exchange.options)).not.toContain('throttle');
    throttler.close();
  });

  test('calls that wait are served, new ones go ccxt’s own way', async () => {
    const { exchange, throttler, clock, detach } = setUp(server);
    await account(exchange);
    const waiting = follow(clock, account(exchange));
    await reactions();
    detach();
    detach();
    await call(exchange, 'publicGetPing');
    expect(throttler.asked).toHaveLength(2);
    await clock.advance(60_001);
    await expect.poll(() => waiting.state).toBe('granted');
    expect(throttler.told).toHaveLength(2);
    const again = attachThrottler(exchange, { throttler });
    await call(exchange, 'publicGetPing');
    expect(throttler.asked).toHaveLength(3);
    again.detach();
  });

  test('leaves alone what was put over it', async () => {
    const { exchange, throttler, detach } = setUp(server);
    const ours = exchange.fetch2;
    exchange.fetch2 = function (this: Exchange, ...args: Parameters<Exchange['fetch2']>) {
      return ours.apply(this, args);
    } as Exchange['fetch2'];
    const theirs = exchange.fetch2;
    detach();
    expect(exchange.fetch2).toBe(theirs);
    await account(exchange);
    expect(throttler.asked).toEqual([]);
  });

  test('brings back what the user had put there', () => {
    const exchange = server.exchange('binance');
    const own = exchange.fetch2.bind(exchange);
    exchange.fetch2 = own;
    const { detach, throttler } = attachThrottler(exchange);
    detach();
    expect(exchange.fetch2).toBe(own);
    throttler.close();
  });
});

test.each([
  [{}, undefined, 'exchange must be an exchange of ccxt, got an object'],
  [null, undefined, 'exchange must be an exchange of ccxt, got null'],
  ['gemini', undefined, 'throttler must be given for gemini, of which there is no profile'],
  ['gemini', { throttler: new MultiThrottler([]) }, 'costs must be given for gemini'],
  ['kraken', null, 'options must be an object, got null'],
  ['kraken', { throttler: {} }, 'throttler must be a throttler'],
  [
    'kraken',
    { throttler: new MultiThrottler([]), config: {} },
    'config must be left out where a throttler is given',
  ],
  ['kraken', { config: 5 }, 'config must be an object'],
  ['kraken', { profile: {} }, 'profile must be an ExchangeProfile'],
  [
    'kraken',
    { share: 0.5 },
    'unknown field "share" for attachThrottler options; known fields: throttler, config, profile, jitter, account, priority, maxWait, costs',
  ],
  ['kraken', { jitter: -1 }, 'jitter must be a number of 0 or more, got -1'],
  ['kraken', { priority: 'low' }, 'priority must be a function, got "low"'],
  ['kraken', { costs: 5 }, 'costs must be a function, got 5'],
])('%j with %o is refused', (exchange, options, text) => {
  const target = typeof exchange === 'string' ? server.exchange(exchange) : exchange;
  const error = thrown(() => attachThrottler(target as never, options as never));
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining(text) });
});

test.each([
  ['a sealed exchange', (exchange: Exchange) => Object.seal(exchange)],
  [
    'an exchange that takes no new properties',
    (exchange: Exchange) => Object.preventExtensions(exchange),
  ],
  ['an exchange with frozen options', (exchange: Exchange) => Object.freeze(exchange.options)],
])('%s is refused, and stays as it was', async (_, close) => {
  const exchange = server.exchange('binance');
  const { fetch2 } = exchange;
  // The first call adds properties.
  await call(exchange, 'publicGetTime');
  close(exchange);
  const error = thrown(() => attachThrottler(exchange));
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'exchange' });
  expect(exchange.fetch2).toBe(fetch2);
  await call(exchange, 'publicGetTime');
});

test('two throttlers in one exchange are refused', () => {
  const { exchange, throttler } = setUp(server);
  expect(() => attachThrottler(exchange, { throttler })).toThrow(
    'one without a throttler; detach it first',
  );
});
