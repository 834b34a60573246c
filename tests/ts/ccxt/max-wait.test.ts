import { attachThrottler } from 'multi-throttler/ccxt';
import { describe, expect, test } from 'vitest';
import { follow, refusal, thrown } from '../support/helpers.ts';
import { account, call, setUp, useServer, VERSIONS } from './rig.ts';
import { order, SPOT, setUp as setUpSockets } from './socket-rig.ts';

const server = useServer();

describe.each(VERSIONS)('maxWait with %s', (_name, ccxt) => {
  test('fails at once during a ban, and says until when', async () => {
    const { exchange, throttler } = setUp(server, { maxWait: 5000 }, {}, ccxt);
    server.answers.push({ status: 418, headers: { 'Retry-After': '7200' } });
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
    const before = Date.now();
    const error = await refusal(call(exchange, 'publicGetPing'));
    expect(error).toBeInstanceOf(ccxt.RateLimitExceeded);
    expect(error).toMatchObject({
      code: 'WAIT_TIMEOUT',
      maxWait: 5000,
      estimatedWait: 7_200_000,
      cause: { name: 'WaitTimeoutError', code: 'WAIT_TIMEOUT' },
    });
    const until = Number(error.until);
    expect(until - before).toBeGreaterThanOrEqual(7_200_000);
    expect(error.message).toBe(
      `binance GET ping was not sent: it would wait 7200000 ms, until ${new Date(until).toISOString()}, and maxWait is 5000 ms`,
    );
    expect([throttler.getQueueLength(), server.requests.length]).toEqual([0, 1]);
  });

  test('says that no time is known while a pause has no end', async () => {
    const { exchange, throttler } = setUp(server, { maxWait: 5000 }, {}, ccxt);
    throttler.pause();
    const error = await refusal(call(exchange, 'publicGetPing'));
    expect(error).toMatchObject({ code: 'WAIT_TIMEOUT', estimatedWait: Number.POSITIVE_INFINITY });
    expect(error.until).toBe(Number.POSITIVE_INFINITY);
    expect(error.message).toContain('no time is known');
  });

  test('is asked for each call', async () => {
    const seen: unknown[] = [];
    const maxWait = (...args: unknown[]) => {
      seen.push(args);
      return args[1] === 'POST' ? 0 : undefined;
    };
    const { exchange, clock } = setUp(server, { maxWait }, {}, ccxt);
    await account(exchange);
    // An order could pass the account if anything remained.
    for (let i = 0; i < 5; i++) await call(exchange, 'publicGetTime');
    const read = follow(clock, account(exchange));
    await expect.poll(() => seen.length).toBe(7);
    expect(await refusal(call(exchange, 'privatePostOrder'))).toMatchObject({
      code: 'WAIT_TIMEOUT',
      maxWait: 0,
    });
    expect(read.state).toBe('waiting');
    expect(seen.at(-1)).toEqual(['private', 'POST', 'order']);
    await clock.advance(60_001);
    await expect.poll(() => read.state).toBe('granted');
  });

  test('leaves other errors of the throttler as they are', async () => {
    const { exchange, throttler } = setUp(server, { maxWait: 5000 }, {}, ccxt);
    throttler.close();
    const error = await refusal(account(exchange));
    expect(error).toMatchObject({ name: 'ThrottlerClosedError', code: 'CLOSED' });
  });
});

test('bounds each retry of ccxt, whose last error is that of the wait', async () => {
  const { exchange } = setUp(server, { maxWait: 1000 });
  server.answers.push({ status: 503 });
  const failed = call(exchange, 'privateGetAccount', { maxRetriesOnFailure: 3 });
  expect(await refusal(failed)).toMatchObject({ name: 'RateLimitExceeded', code: 'WAIT_TIMEOUT' });
  expect(server.requests).toHaveLength(1);
});

test('bounds orders over WebSockets', async () => {
  const { open, throttler, watch } = setUpSockets('binance', SPOT, {}, {}, { maxWait: 100 });
  open();
  throttler.pause({ ms: 60_000 });
  expect(await refusal(watch('1', order))).toMatchObject({
    name: 'RateLimitExceeded',
    code: 'WAIT_TIMEOUT',
    message: expect.stringContaining('binance POST order was not sent'),
  });
});

test.each([-1, Number.NaN, '5'])('maxWait %j is rejected', (maxWait) => {
  const error = thrown(() =>
    attachThrottler(server.exchange('binance'), { maxWait: maxWait as number }),
  );
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'maxWait' });
  expect(error.message).toContain('maxWait must be a number of 0 or more, or a function');
});
