// Decoders of outside data: snapshots from files, headers, bodies, messages, exchangeInfo and
// options. Each gets known input with random changes, thousands of times. Accepted input works;
// rejected input has an error that says what is wrong, and changes nothing. A simple generator
// makes failures reproducible; `DECODER_CASES=100000 npm test -- ts` tries more cases.

import {
  fixedWindow,
  MultiThrottler,
  type Rule,
  rollingWindow,
  ThrottlerError,
} from 'multi-throttler';
import * as exchanges from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, generator } from '../support/helpers.ts';

const CASES = Number(process.env.DECODER_CASES ?? 400);

type Random = (below: number) => number;

/** Unexpected values. The last ones do not occur in JSON. */
const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1,
    7,
    2 ** 53,
    1e308,
    -1e308,
    5e-324,
    '',
    '1',
    '-1',
    '0x10',
    '1e400',
  ],
  ...[
    'constructor',
    '__proto__',
    'a\u0000b',
    '\ud800',
    'é',
    ' 5 ',
    'x'.repeat(3000),
    [],
    {},
    [[]],
    [null],
  ],
  ...[{ '': 1 }, [1, 2], { a: { b: 1 } }, JSON.parse('{"__proto__":{"limit":1}}')],
  ...[
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    5n,
    Symbol('odd'),
    () => 1,
  ],
];
const IN_JSON = ODD.indexOf(undefined);

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random(list.length)] as T;
}

/**
 * Returns a copy in which each value may be replaced, by an odd one or one from elsewhere in it, or
 * left out.
 */
function damaged(value: unknown, random: Random, odd: readonly unknown[]): unknown {
  if (random(12) === 0) return pick(random, odd);
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => (random(15) === 0 ? [] : [damaged(item, random, odd)]));
    return random(10) === 0 ? [...items, ...items, pick(random, odd)] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(() => random(15) > 0);
  const changed = entries.map(([name, item]) => [name, damaged(item, random, odd)]);
  if (random(10) === 0)
    changed.push([pick(random, ['__proto__', 'id', 'x', '']), pick(random, odd)]);
  return Object.fromEntries(changed);
}

/**
 * Returns a text with pieces removed, doubled and inserted, of characters that a header may hold.
 */
function torn(text: string, random: Random): string {
  const at = random(text.length + 1);
  const end = at + random(6);
  const put = ['', '', '-', '9', '99999999999999999999', 'e', ';', ',', '"', '=', '1.5', ' ', text][
    random(13)
  ];
  const once = text.slice(0, at) + put + text.slice(end);
  return random(3) === 0 ? torn(once, random) : once;
}

const rules = (): Rule[] => [
  rollingWindow({ id: 'rolling', limit: 10, interval: 10_000, jitter: 50 }),
  fixedWindow({ id: 'minute', limit: 10, interval: 60_000 }),
  fixedWindow({ id: 'first', limit: 10, interval: 30_000, anchor: 'first-request' }),
];

const modes = { careful: { buffer: 0.1, reserve: 0.2 } };

function subject() {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler([...rules(), bucket('bucket', 10, 0.001)], { clock, modes });
  for (const id of ['rolling', 'minute', 'first', 'bucket']) throttler.tryThrottle({ [id]: 3 });
  return throttler;
}

/** Asserts that the throttler still counts. */
function works(throttler: MultiThrottler): void {
  for (const [id, { tokens, capacity }] of Object.entries(throttler.getStatus())) {
    expect(tokens, id).toBeGreaterThanOrEqual(0);
    expect(tokens, id).toBeLessThanOrEqual(capacity);
  }
}

/**
 * Runs work that may be rejected, but only with an error of this package that has a text. Returns
 * whether it was accepted.
 */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof ThrottlerError)) throw error;
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(error.message).not.toBe('');
    return false;
  }
}

/**
 * Runs all cases. Some have to be accepted and some rejected, or the inputs would test nothing.
 */
function attack(attemptOne: (random: Random) => boolean): void {
  const random = generator(0);
  let taken = 0;
  for (let n = 0; n < CASES; n++) taken += attemptOne(random) ? 1 : 0;
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(CASES);
}

describe('decoders of random input', () => {
  test('restore a snapshot or reject it unchanged', () => {
    const good = JSON.parse(JSON.stringify(subject().snapshot()));
    attack((random) => {
      const throttler = subject();
      const before = JSON.stringify(throttler.snapshot());
      const odd = random(2) === 0 ? ODD : ODD.slice(0, IN_JSON);
      const taken = attempt(() => throttler.restore(damaged(good, random, odd) as never));
      if (!taken) expect(JSON.stringify(throttler.snapshot())).toBe(before);
      works(throttler);
      throttler.close();
      return taken;
    });
  });

  test('make a working throttler or throw', () => {
    const backoff = { base: 1, max: 2, banBase: 3, banMax: 4 };
    const config = {
      maxCapacity: { low: 3 },
      share: 0.5,
      modes,
      aging: 9,
      backoff,
      adaptive: true,
    };
    attack((random) =>
      attempt(() => {
        const odd = random(2) === 0 ? damaged(config, random, ODD) : config;
        const throttler = new MultiThrottler(damaged(rules(), random, ODD) as never, odd as never);
        works(throttler);
        throttler.close();
      }),
    );
  });

  test('accept or reject a report', () => {
    const usage = [{ rule: 'minute', used: 5, remaining: 5, limit: 10, resetAt: 1.7e12 }];
    const answer = {
      status: 200,
      headers: { date: 'Tue, 14 Nov 2023 22:13:20 GMT' },
      rules: ['minute'],
    };
    attack((random) => {
      const clock = new VirtualClock();
      const headers = () => damaged(usage, random, ODD) as never;
      const throttler = new MultiThrottler(rules(), { clock, headers });
      const taken = attempt(() => throttler.report(damaged(answer, random, ODD) as never));
      works(throttler);
      throttler.close();
      return taken;
    });
  });

  test('make working rules of exchangeInfo or throw', () => {
    const info = ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS'].map((rateLimitType, n) => {
      return {
        rateLimitType,
        interval: ['MINUTE', 'SECOND', 'DAY'][n],
        intervalNum: n + 1,
        limit: 100,
      };
    });
    attack((random) =>
      attempt(() => {
        const throttler = new MultiThrottler(
          exchanges.rulesFromExchangeInfo(damaged(info, random, ODD) as never),
        );
        works(throttler);
        throttler.close();
      }),
    );
  });
});

const profiles = Object.values(exchanges).filter(
  (value): value is typeof exchanges.okx => typeof value === 'object' && 'answer' in value,
);

const HEADERS: readonly [string, string][] = [
  ...['1m', '10s', '1d'].map((n): [string, string] => [`x-mbx-used-weight-${n}`, '12']),
  ...['10s', '1d'].map((n): [string, string] => [`x-mbx-order-count-${n}`, '3']),
  ...['limit', 'limit-status', 'limit-reset-timestamp'].map((n): [string, string] => [
    `x-bapi-${n}`,
    '7',
  ]),
  ...['limit', 'remaining', 'reset'].map((n): [string, string] => [`gw-ratelimit-${n}`, '3000']),
  ...['limit', 'remaining', 'reset'].map((n): [string, string] => [`x-ratelimit-${n}`, '30']),
  ['ratelimit', '"default";r=50;t=30, "day";r=5;t=60'],
  ['ratelimit-policy', '"default";q=100;w=60'],
  ['retry-after', 'Tue, 14 Nov 2023 22:13:50 GMT'],
  ['retry-after', '120'],
  ['date', 'Tue, 14 Nov 2023 22:13:20 GMT'],
];

/** Returns some of the headers, most of them changed. */
function headersOf(random: Random): Headers {
  const headers = new Headers();
  for (const [name, value] of HEADERS) {
    if (random(3) > 0) headers.set(name, random(3) > 0 ? torn(value, random) : value);
  }
  return headers;
}

const BODIES: readonly unknown[] = [
  { code: -1003, msg: 'Way too many requests; IP(1.2.3.4) banned until 1700000001000.' },
  { retCode: 10006, retMsg: 'Too many visits!', result: {} },
  { code: '50011', msg: 'Too Many Requests', data: [{ sCode: '50061' }] },
  { code: '429000', msg: 'too many' },
  { error: ['EAPI:Rate limit exceeded', 'EService: Throttled: 1700000001'] },
  {
    id: 1,
    status: 429,
    error: { code: -1003, data: { retryAfter: 1700000001000 } },
    rateLimits: [],
  },
  {
    id: 1,
    status: 200,
    rateLimits: [{ rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, count: 1 }],
  },
  { reqId: '1', retCode: 10006, op: 'order.create', header: { 'X-Bapi-Limit': '10' } },
  { id: '1', op: 'order', code: '50011', event: 'error', data: [] },
];

describe.each(profiles)('$name', (profile) => {
  test('read any headers into valid reports', () => {
    const random = generator(0);
    for (let n = 0; n < CASES; n++) {
      const throttler = new MultiThrottler(profile.rules, {
        headers: profile.headers,
        clock: new VirtualClock(),
      });
      throttler.report({
        status: pick(random, [200, 400, 418, 429, 503]),
        headers: headersOf(random),
      });
      works(throttler);
      throttler.close();
    }
  });

  test('read any body and message', () => {
    const random = generator(0);
    for (let n = 0; n < CASES; n++) {
      const body = damaged(pick(random, BODIES), random, ODD);
      const text = torn(JSON.stringify(pick(random, BODIES)), random);
      for (const content of [body, text, new TextEncoder().encode(text)]) {
        const verdict = profile.body?.(content, 200, 1.7e12);
        if (verdict) expect([429, 418]).toContain(verdict.status);
        if (verdict?.retryAfter !== undefined) expect(verdict.retryAfter).toBeGreaterThanOrEqual(0);
        const answered = profile.answer(content, { [profile.rules[0]?.id ?? '']: 1 });
        if (answered) {
          const throttler = new MultiThrottler(profile.rules, {
            headers: profile.headers,
            clock: new VirtualClock(),
          });
          throttler.report(answered);
          works(throttler);
          throttler.close();
        }
      }
    }
  });
});

describe('headers of unknown servers', () => {
  test('give a valid wait or none', () => {
    const random = generator(0);
    for (let n = 0; n < CASES; n++) {
      const seconds = exchanges.retryAfter(headersOf(random), 1.7e12);
      if (seconds !== undefined) expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).not.toBe(Number.POSITIVE_INFINITY);
    }
  });

  test('give valid usage or none', () => {
    const random = generator(0);
    const read = exchanges.rateLimitHeaders({ default: 'minute', day: 'first' });
    const throttler = new MultiThrottler(rules(), { headers: read, clock: new VirtualClock() });
    for (let n = 0; n < CASES; n++) {
      throttler.report({ status: 200, headers: headersOf(random) });
      works(throttler);
    }
  });
});
