import { InvalidConfigError } from 'multi-throttler';
import { retryAfter } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const DATE = 'Sat, 21 Nov 2026 12:00:00 GMT';
const HALF_A_MINUTE_ON = 'Sat, 21 Nov 2026 12:00:30 GMT';

describe('Retry-After', () => {
  test.each([
    ['5', 5000],
    ['0', 0],
    ['0.25', 250],
    ['1.1', 1100],
    ['0.0001', 1],
    ['-3', 0],
    ['259200', 259_200_000],
    ['1, 7, 3', 7000],
    ['1, soon', 1000],
    [HALF_A_MINUTE_ON, 30_000],
    ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
    ['Sat Nov 21 12:00:30 2026', 30_000],
    // Two headers of one name, which a proxy may add.
    [`${HALF_A_MINUTE_ON}, ${HALF_A_MINUTE_ON}`, 30_000],
    [`5, Saturday, 21-Nov-26 12:00:30 GMT`, 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    [`${NOW / 1000 + 12}`, 12_000],
    [`${NOW + 1234}`, 1234],
    [`${NOW - 1234}`, 0],
  ])('%s', (value, ms) => {
    expect(retryAfter({ 'Retry-After': value }, NOW)).toBe(ms);
  });

  test('a date counts from the Date header, not from this clock', () => {
    expect(retryAfter({ 'Retry-After': HALF_A_MINUTE_ON, Date: DATE }, NOW - 3_600_000)).toBe(
      30_000,
    );
  });

  test('a malformed Date header is ignored', () => {
    expect(retryAfter({ 'retry-after': HALF_A_MINUTE_ON, date: 'yesterday' }, NOW + 10_000)).toBe(
      20_000,
    );
  });

  test('a date counts from now by default', () => {
    expect(retryAfter({ 'retry-after': 'Sat, 21 Nov 1998 12:00:30 GMT' })).toBe(0);
  });

  test.each([
    '',
    ' ',
    'soon',
    '5 s',
    '1e3',
    'NaN',
    'Infinity',
    '0x10',
    '+5',
    '--5',
    '9'.repeat(400),
    'May 5',
  ])('%j is ignored', (value) => {
    expect(retryAfter({ 'Retry-After': value }, NOW)).toBeUndefined();
    expect(retryAfter({ 'Retry-After': value, 'RateLimit-Reset': '9' }, NOW)).toBe(9000);
  });
});

describe('a time in any unit', () => {
  const at = NOW + 60_000;
  const names = ['Retry-After', 'RateLimit-Reset', 'X-RateLimit-Reset'];
  const units = [
    ['seconds', `${at / 1000}`],
    ['milliseconds', `${at}`],
    ['microseconds', `${at}000`],
    ['nanoseconds', `${at}000000`],
    ['a duration in seconds', '60'],
    ['an HTTP date', new Date(at).toUTCString()],
    ['RFC 3339', new Date(at).toISOString()],
    ['RFC 3339 with an offset', '2026-11-21T14:01:00+02:00'],
  ];
  test.each(names.flatMap((name) => units.map((unit) => [name, ...unit])))(
    '%s in %s',
    (name, _, value) => {
      expect(retryAfter({ [name as string]: value as string }, NOW)).toBe(60_000);
    },
  );

  test.each([
    ['a Unix time of 2001', '1000000000'],
    ['a century in seconds', '3153600000'],
    ['a month in milliseconds', '2678400000'],
    ['two years ahead', `${NOW / 1000 + 2 * 366 * 86_400}`],
    ['two years ahead as a date', 'Tue, 21 Nov 2028 12:00:00 GMT'],
    ['the highest number of 64 bits', '18446744073709551615'],
    ['the highest safe integer', `${Number.MAX_SAFE_INTEGER}`],
    ['a date of RFC 3339 that is none', '2026-13-41T25:61:61Z'],
  ])('%s cannot be meant', (_, value) => {
    for (const name of names) expect(retryAfter({ [name]: value }, NOW)).toBeUndefined();
    expect(retryAfter({ 'gw-ratelimit-reset': `${Number.MAX_SAFE_INTEGER}` }, NOW)).toBeUndefined();
    expect(retryAfter({ 'x-bapi-limit-reset-timestamp': `${NOW}000` }, NOW)).toBeUndefined();
  });

  test('an instant counts from the Date and the Age of a cached response', () => {
    const headers = { 'Retry-After': HALF_A_MINUTE_ON, Date: DATE, Age: '20' };
    expect(retryAfter(headers, 0)).toBe(10_000);
    expect(retryAfter({ ...headers, 'Retry-After': '30' }, 0)).toBe(30_000);
  });
});

describe('RateLimit headers', () => {
  test.each([
    ['RateLimit', '"default";r=0;t=5', 5000],
    ['RateLimit', 'default;r=0;t=5', 5000],
    ['RateLimit', '"default"; r=0; t=5; pk=:cHsdsRa894==:', 5000],
    ['RateLimit', '"default";t=5', 5000],
    ['RateLimit', '"default";r=3;t=5', undefined],
    ['RateLimit', '"second";r=0;t=1, "day";r=100;t=3600', 1000],
    ['RateLimit', '"second";r=0;t=1, "day";r=0;t=3600', 3_600_000],
    ['RateLimit', '"odd;t=99,\\"r=7";r=0;t=5', 5000],
    ['RateLimit', 'limit=10, remaining=0, reset=5', 5000],
    ['RateLimit', 'limit=10, remaining=1, reset=5', undefined],
    ['RateLimit', '"default";r=0', undefined],
    ['RateLimit', '"default', undefined],
    ['RateLimit', ';;;===,,,', undefined],
    ['RateLimit-Reset', '5', 5000],
    ['X-RateLimit-Reset', '5', 5000],
    ['X-RateLimit-Reset', `${NOW / 1000 + 60}`, 60_000],
    ['X-RateLimit-Reset', `${NOW + 60_000}`, 60_000],
    ['RateLimit-Reset', 'x', undefined],
  ])('%s: %s', (name, value, ms) => {
    expect(retryAfter({ [name]: value }, NOW)).toBe(ms);
  });

  test('a limit with something remaining asks for no wait', () => {
    expect(retryAfter({ 'ratelimit-remaining': '0', 'ratelimit-reset': '5' }, NOW)).toBe(5000);
    expect(
      retryAfter({ 'ratelimit-remaining': '4999', 'ratelimit-reset': '3000' }, NOW),
    ).toBeUndefined();
  });

  test('Retry-After takes precedence', () => {
    expect(retryAfter({ 'RateLimit-Reset': '60', 'Retry-After': '1' }, NOW)).toBe(1000);
  });
});

describe('headers of exchanges', () => {
  test('KuCoin counts down milliseconds', () => {
    expect(retryAfter({ 'gw-ratelimit-remaining': '0', 'gw-ratelimit-reset': '12345' })).toBe(
      12_345,
    );
    expect(retryAfter({ 'gw-ratelimit-reset': '-1' })).toBeUndefined();
  });

  test('Bybit names an instant, which counts if it is ahead', () => {
    const headers = { 'X-Bapi-Limit-Reset-Timestamp': `${NOW + 800}` };
    expect(retryAfter(headers, NOW)).toBe(800);
    expect(retryAfter({ ...headers, Date: DATE }, 0)).toBe(800);
    expect(retryAfter(headers, NOW + 800)).toBeUndefined();
  });

  test('Gate names a Unix time in seconds, which counts if it is ahead', () => {
    const headers = { 'X-Gate-RateLimit-Reset-Timestamp': `${NOW / 1000 + 3}` };
    expect(retryAfter(headers, NOW)).toBe(3000);
    expect(retryAfter({ ...headers, Date: DATE }, 0)).toBe(3000);
    expect(retryAfter(headers, NOW + 3000)).toBeUndefined();
  });
});

test('without a header there is no time', () => {
  expect(retryAfter({})).toBeUndefined();
  expect(retryAfter({ date: DATE })).toBeUndefined();
});

test('invalid times and headers are refused', () => {
  expect(() => retryAfter({}, Number.NaN)).toThrow('now must be a finite number, got NaN');
  expect(() => retryAfter('Retry-After: 5' as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', field: 'headers', value: 'Retry-After: 5' }),
  );
  expect(() => retryAfter(undefined as never)).toThrow(InvalidConfigError);
});

test('any text at all gives a time of 0 or more, or none', () => {
  const names = [
    'retry-after',
    'ratelimit',
    'ratelimit-reset',
    'x-ratelimit-reset',
    'gw-ratelimit-reset',
    'date',
  ];
  const pieces = [
    '0',
    '9',
    '-',
    '.',
    ',',
    ';',
    '=',
    '"',
    '\\',
    ' ',
    'r',
    't',
    'e',
    'reset',
    DATE,
    '∞',
    'GMT',
  ];
  let seed = 7;
  const pick = <T>(list: readonly T[]): T => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return list[Math.floor((seed / 2 ** 31) * list.length)] as T;
  };
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: i % 12 }, () => pick(pieces)).join('');
    const ms = retryAfter({ [pick(names)]: text, [pick(names)]: text }, NOW);
    if (ms !== undefined && !(Number.isFinite(ms) && ms >= 0))
      throw new Error(`${JSON.stringify(text)}: ${ms}`);
  }
});
