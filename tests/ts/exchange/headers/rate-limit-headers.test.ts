import { fixedWindow, MultiThrottler, rollingWindow } from 'multi-throttler';
import { rateLimitHeaders } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../support/clock.ts';

const DATE = 'Sat, 21 Nov 2026 06:00:00 GMT';
const NOW = Date.UTC(2026, 10, 21, 6);

/** Returns the usage that is read, without fields that are undefined. */
function read(rules: Parameters<typeof rateLimitHeaders>[0], headers: Record<string, string>) {
  const told = rateLimitHeaders(rules)(new Headers({ Date: DATE, ...headers }), 200);
  return told.map((usage) =>
    Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined)),
  );
}

const TWO = { permin: 'MINUTE', perhr: 'HOUR' };

describe('the headers of each version', () => {
  test.each([
    [{ RateLimit: '"default";r=50;t=30' }, { remaining: 50, resetAt: NOW + 30_000 }],
    [{ RateLimit: 'default;r=50;t=30' }, { remaining: 50, resetAt: NOW + 30_000 }],
    [
      { RateLimit: '"default";r=50', 'RateLimit-Policy': '"default";q=100;w=60' },
      { remaining: 50, limit: 100 },
    ],
    [
      { RateLimit: '"default";r=50;pk=:cHsdsRa894==:', 'RateLimit-Policy': '"other";q=100;w=60' },
      { remaining: 50 },
    ],
    [
      { RateLimit: 'limit=100, remaining=50, reset=30' },
      { remaining: 50, limit: 100, resetAt: NOW + 30_000 },
    ],
    [
      { 'RateLimit-Limit': '100', 'RateLimit-Remaining': '50', 'RateLimit-Reset': '30' },
      { remaining: 50, limit: 100, resetAt: NOW + 30_000 },
    ],
    [
      { 'RateLimit-Limit': '100, 100;w=60', 'RateLimit-Remaining': '50' },
      { remaining: 50, limit: 100 },
    ],
    [
      {
        'X-RateLimit-Limit': '60',
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset': '1795240800',
      },
      { remaining: 0, limit: 60, resetAt: 1_795_240_800_000 },
    ],
    [
      { 'X-RateLimit-Remaining': '7', 'X-RateLimit-Reset': '1795240800123' },
      { remaining: 7, resetAt: 1_795_240_800_123 },
    ],
  ])('%j', (headers, told) => {
    expect(read('R', headers)).toEqual([{ rule: 'R', ...told }]);
    // One rule by a name: that of the policy, or of what names none.
    const named = read({ default: 'R' }, headers);
    expect(named).toEqual([{ rule: 'R', ...told }]);
  });

  test('seconds count from the Date and are ignored without one', () => {
    const headers = new Headers({ RateLimit: '"a";r=1;t=5' });
    expect(rateLimitHeaders('R')(headers, 200)).toEqual([
      { rule: 'R', remaining: 1, limit: undefined, resetAt: undefined },
    ]);
  });
});

describe('several policies', () => {
  const RateLimit = '"permin";r=20;t=23, "perhr";r=399;t=2402';

  test('each has its rule', () => {
    expect(
      read(TWO, { RateLimit, 'RateLimit-Policy': '"perhr";q=1000;w=3600,"permin";q=50;w=60' }),
    ).toEqual([
      { rule: 'MINUTE', remaining: 20, limit: 50, resetAt: NOW + 23_000 },
      { rule: 'HOUR', remaining: 399, limit: 1000, resetAt: NOW + 2_402_000 },
    ]);
  });

  test('those without a rule are ignored', () => {
    expect(read({ perhr: 'HOUR' }, { RateLimit })).toEqual([
      { rule: 'HOUR', remaining: 399, resetAt: NOW + 2_402_000 },
    ]);
    expect(
      read(
        { permin: 'MINUTE', constructor: 'X' },
        { RateLimit: '"toString";r=1, "__proto__";r=2' },
      ),
    ).toEqual([]);
  });

  test('headers without a policy are ignored for several rules', () => {
    expect(read('R', { RateLimit })).toEqual([]);
    expect(read(TWO, { RateLimit: 'limit=100, remaining=50, reset=30' })).toEqual([]);
    expect(read(TWO, { 'X-RateLimit-Remaining': '50' })).toEqual([]);
  });

  test('a name may be any string', () => {
    expect(read({ 'a;r=1, "b" \\': 'R' }, { RateLimit: '"a;r=1, \\"b\\" \\\\";r=9' })).toEqual([
      { rule: 'R', remaining: 9 },
    ]);
  });
});

describe('quota units', () => {
  const policy = (unit: string) => ({
    RateLimit: '"default";r=50;t=30',
    'RateLimit-Policy': `"default";q=65535;${unit}w=10`,
  });

  test.each(['', 'qu="requests";', 'qu=requests;'])('%j counts requests', (unit) => {
    expect(read('R', policy(unit))).toEqual([
      { rule: 'R', remaining: 50, limit: 65_535, resetAt: NOW + 30_000 },
    ]);
  });

  test.each(['content-bytes', 'concurrent-requests', 'tokens', ''])('%j is not read', (unit) => {
    expect(read('R', policy(`qu="${unit}";`))).toEqual([]);
    expect(read({ default: 'R' }, policy(`qu="${unit}";`))).toEqual([]);
  });

  test('leave one policy in requests alone', () => {
    const RateLimit = '"bandwidth";r=9;t=1, "permin";r=20;t=23';
    const policies = '"permin";q=50;w=60, "bandwidth";q=65535;qu="content-bytes";w=10';
    const usage = { rule: 'R', remaining: 20, limit: 50, resetAt: NOW + 23_000 };
    expect(read('R', { RateLimit, 'RateLimit-Policy': policies })).toEqual([usage]);
  });
});

describe('caches', () => {
  test.each([{ RateLimit: '"default";r=50;t=30' }, { 'X-RateLimit-Remaining': '7' }])(
    '%j is ignored with an Age above 0',
    (headers) => {
      expect(read('R', { ...headers, Age: '1' })).toEqual([]);
      expect(read('R', { ...headers, Age: '0' })).toHaveLength(1);
    },
  );
});

describe('a reset in any unit', () => {
  test.each(['1795240860', '1795240860000', '1795240860000000', '1795240860000000000', '60'])(
    '%s',
    (reset) => {
      const headers = { 'X-RateLimit-Remaining': '7', 'X-RateLimit-Reset': reset };
      expect(read('R', headers)).toEqual([{ rule: 'R', remaining: 7, resetAt: 1_795_240_860_000 }]);
    },
  );

  test('that cannot be meant is ignored', () => {
    const headers = { 'X-RateLimit-Remaining': '7', 'X-RateLimit-Reset': '3153600000' };
    expect(read('R', headers)).toEqual([{ rule: 'R', remaining: 7 }]);
  });
});

describe('malformed values are ignored', () => {
  test.each([
    '',
    ' ',
    ',',
    '"a";r=',
    '"a";R=1',
    '"a;r=1',
    '"a\\x";r=1',
    '"a";r=1,',
    '"a";r=1 "b";r=2',
    '"a";r=1, ;r=2',
    '("a" "b");r=1',
    '5;r=1',
    'remaining=-1',
    'remaining = 5',
    `${'"a";'.repeat(5000)}r=1`,
  ])('RateLimit: %.30s', (RateLimit) => {
    expect(read('R', { RateLimit })).toEqual([]);
    expect(read('R', { RateLimit, 'X-RateLimit-Remaining': '3' })).toEqual([
      { rule: 'R', remaining: 3 },
    ]);
  });

  test.each([
    '"a"',
    '"a";r',
    '"a";r=-1',
    '"a";r=1.5',
    '"a";r="1"',
    '"a";r=1e9',
    '"a";r=99999999999999999999',
  ])('a quota that is no whole number: %s', (RateLimit) => {
    expect(read('R', { RateLimit })).toEqual([]);
  });

  test.each(['-1', 'many', '', '1, 2', '1e3', 'Infinity'])('X-RateLimit-Remaining: %j', (value) => {
    expect(read('R', { 'X-RateLimit-Remaining': value, 'X-RateLimit-Limit': '5' })).toEqual([]);
  });

  test('beside valid ones', () => {
    expect(
      read('R', {
        'X-RateLimit-Remaining': '1',
        'X-RateLimit-Limit': 'x',
        'X-RateLimit-Reset': 'soon',
      }),
    ).toEqual([{ rule: 'R', remaining: 1 }]);
    expect(read('R', { RateLimit: '"a";r=1;t=-5;x', 'RateLimit-Policy': '"a";q=1.5' })).toEqual([
      { rule: 'R', remaining: 1 },
    ]);
  });
});

describe('in a throttler', () => {
  test('usage of other clients counts, up to the limit', () => {
    const clock = new VirtualClock();
    const rules = [rollingWindow({ id: 'R', limit: 10, interval: 60_000 })];
    const throttler = new MultiThrottler(rules, { clock, headers: rateLimitHeaders('R') });
    const report = (RateLimit: string) => throttler.report({ status: 200, headers: { RateLimit } });
    report('"a";r=1000000;t=1');
    expect(throttler.getStatus().R).toMatchObject({ tokens: 10, capacity: 10 });
    report('"a";r=4;t=30');
    expect(throttler.getStatus().R).toMatchObject({ tokens: 4, capacity: 10 });
    report('"a";r=9;t=30');
    expect(throttler.getStatus().R).toMatchObject({ tokens: 4, capacity: 10 });
  });

  test('a window ends at the reset of the server', async () => {
    const clock = new VirtualClock();
    const rules = [fixedWindow({ id: 'R', limit: 10, interval: 60_000, anchor: 'first-request' })];
    const throttler = new MultiThrottler(rules, { clock, headers: rateLimitHeaders('R') });
    const date = new Date(clock.wallNow()).toUTCString();
    throttler.report({ status: 200, headers: { date, RateLimit: '"a";r=0;t=20' } });
    const wait = throttler.estimateWait({ R: 1 });
    expect(wait).toBeGreaterThanOrEqual(20_000);
    expect(wait).toBeLessThanOrEqual(22_000);
  });
});

test.each([undefined, null, 5, ['R'], () => 'R'])(
  'rules that are none are refused: %j',
  (rules) => {
    expect(() => rateLimitHeaders(rules as never)).toThrow(
      /^rules must be the id of a rule, or ids by policies, got /,
    );
  },
);

test('a policy without the id of a rule is refused', () => {
  expect(() => rateLimitHeaders({ a: 5 } as never)).toThrow(
    'rules["a"] must be the id of a rule, got 5',
  );
});
