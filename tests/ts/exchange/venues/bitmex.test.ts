import { MultiThrottler } from 'multi-throttler';
import { bitmex } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string) {
  const [method = '', path = ''] = endpoint.split(' ');
  return bitmex.costs(method, `/api/v1/${path}`);
}

describe('costs', () => {
  test.each([
    'POST order',
    'PUT order',
    'DELETE order',
    'POST order/bulk',
    'PUT order/bulk',
    'DELETE order/all',
    'POST position/isolate',
    'POST position/leverage',
    'POST position/transferMargin',
  ])('%s counts by second as well', (endpoint) => {
    expect(costOf(endpoint)).toEqual({ MINUTE: 1, SECOND: 1 });
  });

  test.each(['GET order', 'GET position', 'POST order/cancelAllAfter', 'GET user/margin'])(
    '%s counts by minute alone',
    (endpoint) => {
      expect(costOf(endpoint)).toEqual({ MINUTE: 1 });
    },
  );

  test.each(['GET instrument', 'GET orderBook/L2', 'GET trade/bucketed'])(
    '%s counts by IP or by user',
    (endpoint) => {
      expect(costOf(endpoint)).toEqual({ MINUTE: 1, PUBLIC: 1 });
    },
  );

  test('of endpoints outside of the API are reported', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    expect(bitmex.costs('GET', '/api/udf/history')).toEqual({ MINUTE: 1 });
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});

describe('usage headers', () => {
  const read = (fields: Record<string, string>, rules?: string[]) =>
    bitmex.headers(new Headers(fields), 200, rules);
  const minute = {
    'X-RateLimit-Limit': '120',
    'X-RateLimit-Remaining': '57',
    'X-RateLimit-Reset': '1592423441',
  };

  test('tell what remains of the minute and of the second', () => {
    const remaining = { rule: 'MINUTE', remaining: 57, limit: 120 };
    expect(read(minute)).toEqual([remaining]);
    expect(read({ ...minute, 'X-RateLimit-Remaining-1s': '4' }, ['MINUTE', 'SECOND'])).toEqual([
      remaining,
      { rule: 'SECOND', remaining: 4 },
    ]);
  });

  test('speak of the IP if the request was not signed', () => {
    const fields = { 'X-RateLimit-Limit': '30', 'X-RateLimit-Remaining': '7' };
    expect(read(fields, ['MINUTE', 'PUBLIC'])).toEqual([
      { rule: 'PUBLIC', remaining: 7, limit: 30 },
    ]);
    expect(read(fields, ['MINUTE'])).toEqual([]);
  });

  test('that are absent or malformed are ignored', () => {
    expect(read({})).toEqual([]);
    expect(read({ 'X-RateLimit-Remaining': 'many' })).toEqual([]);
  });

  test('raise the usage of a throttler', () => {
    const throttler = new MultiThrottler(bitmex.rules, { headers: bitmex.headers });
    throttler.report({ status: 200, headers: minute });
    expect(throttler.getStatus().MINUTE?.tokens).toBeLessThanOrEqual(57.5);
    throttler.close();
  });
});

describe('a body', () => {
  const read = (body: unknown, status = 429) => bitmex.body?.(body, status);

  test('of a refusal tells the wait', () => {
    const error = { name: 'RateLimitError', message: 'Rate limit exceeded, retry in 3 seconds.' };
    expect(read({ error })).toEqual({ status: 429, retryAfter: 3000 });
    expect(read({ error: { ...error, message: 'Rate limit exceeded' } })).toEqual({
      status: 429,
      retryAfter: undefined,
    });
  });

  test.each([
    { error: { name: 'HTTPError', message: 'The system is currently overloaded.' } },
    [],
    '',
    undefined,
  ])('%j is none', (body) => {
    expect(read(body, 503)).toBeUndefined();
  });
});

test('a refusal pauses all, as many of them lead to a ban', () => {
  expect(bitmex.pauses).toBe('all');
});

test('rules say whose requests they count', () => {
  for (const { id, scope } of bitmex.rules) {
    expect([id, scope]).toEqual([id, id === 'PUBLIC' ? 'ip' : 'account']);
  }
});
