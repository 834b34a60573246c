import { fixedWindow, InvalidConfigError, rollingWindow, UnknownRuleError } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, setUp, thrown, tokens } from '../support/helpers.ts';

/** Reads Binance's weight header. */
const weight = (headers: Headers) =>
  headers.has('x-mbx-used-weight-1m')
    ? [{ rule: 'w', used: Number(headers.get('x-mbx-used-weight-1m')) }]
    : [];

const used = (n: number) => ({ 'X-Mbx-Used-Weight-1m': String(n) });

/** A fixed window of 1000 per minute. The clock's 0 is 20 s into a minute. */
const minute = (jitter = 0) => fixedWindow({ id: 'w', limit: 1000, interval: 60_000, jitter });

describe('report of refusals', () => {
  test('pauses all rules for Retry-After', async () => {
    const { clock, throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    throttler.report({ status: 429, headers: { 'retry-after': '7' } });
    const waiting = [{ a: 1 }, { b: 1 }, { a: 2 }].map((cost) =>
      follow(clock, throttler.throttle(cost)),
    );
    await clock.advance(60_000);
    expect(waiting.map(({ at }) => at)).toEqual([7000, 7000, 7000]);
  });

  test('pauses the named rules and all members', async () => {
    const { clock, throttler } = setUp([bucket('a', 10), bucket('f:*', 10), bucket('c', 10)]);
    throttler.report({ status: 429, headers: [['Retry-After', '5']], rules: ['a', 'f:*'] });
    const waiting = ['a', 'f:x', 'c'].map((id) => follow(clock, throttler.throttle({ [id]: 1 })));
    await clock.advance(60_000);
    expect(waiting.map(({ at }) => at)).toEqual([5000, 5000, 0]);
  });

  test('doubles the back-off until a success', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    const pauses: number[] = [];
    for (let n = 1; n <= 9; n++) {
      if (n === 8) throttler.report({ status: 304 });
      throttler.report({ status: 429 });
      pauses.push(await clock.until(throttler.throttle({ a: 1 })));
    }
    const bases = [2, 4, 8, 16, 32, 60, 60, 2, 4].map((seconds) => seconds * 1000);
    pauses.forEach((pause, i) => {
      expect(pause).toBeGreaterThanOrEqual(bases[i] as number);
      expect(pause).toBeLessThanOrEqual((bases[i] as number) * 1.1);
    });
    expect(pauses.some((pause, i) => pause !== bases[i])).toBe(true);
  });

  test('keeps the back-off after other errors', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.report({ status: 429 });
    await clock.until(throttler.throttle({ a: 1 }));
    for (const status of [400, 401, 403, 404, 500, 503]) throttler.report({ status });
    throttler.report({ status: 429 });
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBeGreaterThanOrEqual(4000);
  });

  test('pauses longer for bans', async () => {
    const { clock, throttler } = setUp([bucket('a', 100)]);
    throttler.report({ status: 418, headers: new Headers({ 'retry-after': '600' }) });
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(600_000);
    throttler.report({ status: 200 });
    const pauses: number[] = [];
    for (let n = 0; n < 7; n++) {
      throttler.report({ status: 418 });
      pauses.push((await clock.until(throttler.throttle({ a: 1 }))) / 120_000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 32]);
    throttler.report({ status: 200 });
    throttler.report({ status: 429, headers: { 'retry-after': '0' } });
    throttler.report({ status: 418 });
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(240_000);
  });

  test('extends and never shortens a pause', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.report({ status: 429, headers: { 'retry-after': '10' } });
    throttler.report({ status: 429, headers: { 'retry-after': '1' } });
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(10_000);
    throttler.report({ status: 429, headers: { 'retry-after': '1' } });
    throttler.report({ status: 429, headers: { 'retry-after': '20' } });
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(20_000);
  });

  test('counts concurrent refusals once', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    const permits = await Promise.all([1, 2, 3, 4].map(() => throttler.acquire({ a: 1 })));
    await clock.advance(50);
    for (const permit of permits) throttler.report({ status: 429, permit });
    const pause = await clock.until(throttler.throttle({ a: 1 }));
    expect(pause).toBeGreaterThanOrEqual(2000);
    expect(pause).toBeLessThanOrEqual(2200);
  });

  test('uses the configured back-off', async () => {
    const backoff = { base: 10, max: 30, banBase: 100, banMax: 150 };
    const { clock, throttler } = setUp([bucket('a', 10)], { backoff });
    const pauses: number[] = [];
    for (const status of [429, 429, 418]) {
      throttler.report({ status });
      pauses.push(await clock.until(throttler.throttle({ a: 1 })));
    }
    expect(pauses[0]).toBeGreaterThanOrEqual(20);
    expect(pauses[0]).toBeLessThanOrEqual(22);
    expect(pauses[1]).toBeGreaterThanOrEqual(30);
    expect(pauses[1]).toBeLessThanOrEqual(33);
    expect(pauses[2]).toBe(150);
  });

  test('is undone by resume', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.report({ status: 418 });
    throttler.resume();
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(0);
  });

  test('needs no timer without waiters', () => {
    const { clock, throttler } = setUp([bucket('a', 10)], { adaptive: true });
    throttler.report({ status: 429 });
    expect(clock.pending).toBe(0);
  });
});

describe('report of usage', () => {
  test('counts other clients', () => {
    const { throttler } = setUp([minute()], { headers: weight });
    throttler.report({ status: 200, headers: used(400) });
    expect(tokens(throttler)).toEqual({ w: 600 });
  });

  test('only raises usage', () => {
    const { throttler } = setUp([minute()], { headers: weight });
    throttler.throttle({ w: 500 });
    throttler.report({ status: 200, headers: used(400) });
    expect(tokens(throttler)).toEqual({ w: 500 });
    throttler.report({ status: 200, headers: used(700) });
    throttler.report({ status: 200, headers: used(600) });
    expect(tokens(throttler)).toEqual({ w: 300 });
  });

  test.each([
    ['a window of the calendar', minute()],
    ['a rolling window', rollingWindow({ id: 'w', limit: 1000, interval: 60_000 })],
    [
      'a window from the first request',
      fixedWindow({ id: 'w', limit: 1000, interval: 60_000, anchor: 'first-request' }),
    ],
    ['a bucket', bucket('w', 1000)],
  ])('adds costs in flight: %s', async (_, rule) => {
    const { clock, throttler } = setUp([rule], { headers: weight });
    const [a, b] = await Promise.all([throttler.acquire({ w: 10 }), throttler.acquire({ w: 20 })]);
    await clock.advance(100);
    throttler.report({ status: 200, headers: used(300), permit: a });
    expect(tokens(throttler)).toEqual({ w: 1000 - 320 });
    b?.release();
    const c = await throttler.acquire({ w: 5 });
    throttler.report({ status: 200, headers: used(325), permit: c });
    expect(tokens(throttler)).toEqual({ w: 1000 - 325 });
  });

  test.each([
    ['a window of the calendar', minute()],
    ['a rolling window', rollingWindow({ id: 'w', limit: 1000, interval: 60_000 })],
    [
      'a window from the first request',
      fixedWindow({ id: 'w', limit: 1000, interval: 60_000, anchor: 'first-request' }),
    ],
  ])('may come in any order: %s', async (_, rule) => {
    // Tries every order of five responses; another client has used 100.
    for (const order of permutations([0, 1, 2, 3, 4])) {
      const { clock, throttler } = setUp([rule], { headers: weight });
      const permits = await Promise.all([0, 1, 2, 3, 4].map(() => throttler.acquire({ w: 10 })));
      for (const [i, n] of order.entries()) {
        await clock.advance(10);
        throttler.report({ status: 200, headers: used(100 + 10 * (n + 1)), permit: permits[n] });
        const shown = Math.max(...order.slice(0, i + 1)) + 1;
        // Usage is never below the reported one and never above the possible one.
        expect(tokens(throttler).w).toBeLessThanOrEqual(1000 - 100 - 10 * shown);
        expect(tokens(throttler).w).toBeGreaterThanOrEqual(1000 - 100 - 10 * (shown + 4 - i));
      }
      expect(tokens(throttler)).toEqual({ w: 850 });
    }
  });

  test('adds recent grants without permit', async () => {
    const { clock, throttler } = setUp([minute()], { headers: weight });
    const permit = await throttler.acquire({ w: 1 });
    await clock.advance(200);
    throttler.report({ status: 200, headers: used(1), permit });
    await clock.advance(1000);
    throttler.throttle({ w: 30 });
    await clock.advance(150);
    throttler.report({ status: 200, headers: used(100) });
    expect(tokens(throttler)).toEqual({ w: 1000 - 130 });
    await clock.advance(2000);
    throttler.report({ status: 200, headers: used(200) });
    expect(tokens(throttler)).toEqual({ w: 800 });
  });

  test('may give remaining instead of used', () => {
    const headers = () => [{ rule: 'w', remaining: 250 }];
    const { throttler } = setUp([minute()], { headers });
    throttler.report({ status: 200, headers: {} });
    expect(tokens(throttler)).toEqual({ w: 250 });
  });

  test('may give a lower limit than the rule', () => {
    const headers = () => [{ rule: 'w', used: 100, limit: 300 }];
    const { throttler } = setUp([minute()], { headers });
    throttler.report({ status: 200, headers: {} });
    expect(tokens(throttler)).toEqual({ w: 200 });
  });

  test('belongs to the window of its date', async () => {
    const { clock, throttler } = setUp([minute()], { headers: weight });
    const permit = await throttler.acquire({ w: 1 });
    const date = new Date(clock.wallNow() + 39_900).toUTCString();
    await clock.advance(40_500);
    throttler.report({ status: 200, headers: { ...used(900), date }, permit });
    expect(tokens(throttler)).toEqual({ w: 1000 });
    throttler.report({
      status: 200,
      headers: { ...used(70), date: new Date(clock.wallNow()).toUTCString() },
    });
    expect(tokens(throttler)).toEqual({ w: 930 });
    await clock.advance(60_000);
    expect(tokens(throttler)).toEqual({ w: 1000 });
  });

  test('is ignored around an edge without a date', async () => {
    const { clock, throttler } = setUp([minute()], { headers: weight });
    const permit = await throttler.acquire({ w: 1 });
    await clock.advance(40_500);
    throttler.report({ status: 200, headers: used(900), permit });
    expect(tokens(throttler)).toEqual({ w: 1000 });
  });

  test('of an ended first-request window is ignored', async () => {
    const rule = fixedWindow({ id: 'w', limit: 10, interval: 1000, anchor: 'first-request' });
    const { clock, throttler } = setUp([rule], { headers: () => [{ rule: 'w', used: 9 }] });
    const slow = await throttler.acquire({ w: 1 });
    await clock.advance(1100);
    const next = await throttler.acquire({ w: 1 });
    throttler.report({ status: 200, headers: {}, permit: slow });
    expect(tokens(throttler)).toEqual({ w: 9 });
    throttler.report({ status: 200, headers: {}, permit: next });
    expect(tokens(throttler)).toEqual({ w: 1 });
  });

  test('opens a first-request window after a restart', async () => {
    const rule = fixedWindow({ id: 'w', limit: 10, interval: 30_000, anchor: 'first-request' });
    const { clock, throttler } = setUp([rule], {
      headers: () => [{ rule: 'w', remaining: 3, resetAt: 1_700_000_000_000 + 10_000 }],
    });
    await throttler.throttle({ w: 1 });
    throttler.report({ status: 200, headers: {} });
    expect(tokens(throttler)).toEqual({ w: 3 });
    const waited = await clock.until(throttler.throttle({ w: 10 }));
    // A time in a header may be a second off.
    expect(waited).toBeGreaterThanOrEqual(10_000);
  });

  test('ignores unknown rules', () => {
    const headers = () => [
      { rule: 'unknown', used: 5 },
      { rule: '__proto__', used: 5 },
      { rule: 'w', used: 5 },
    ];
    const { throttler } = setUp([minute()], { headers });
    throttler.report({ status: 200, headers: {} });
    expect(tokens(throttler)).toEqual({ w: 995 });
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, undefined])('ignores %s', (n) => {
    const { throttler } = setUp([minute()], {
      headers: () => [{ rule: 'w', used: n, remaining: n, limit: n, resetAt: n }],
    });
    throttler.report({ status: 200, headers: {} });
    expect(tokens(throttler)).toEqual({ w: 1000 });
  });

  test('leaves the rest of a share to others', () => {
    const { throttler } = setUp([minute()], { headers: weight, share: 0.6 });
    throttler.report({ status: 200, headers: used(400) });
    expect(tokens(throttler)).toEqual({ w: 600 });
    throttler.report({ status: 200, headers: used(500) });
    expect(tokens(throttler)).toEqual({ w: 500 });
  });

  test('replans waiters', async () => {
    const { clock, throttler } = setUp([minute()], { headers: weight });
    const waiting = follow(clock, throttler.throttle({ w: 1000 }));
    await clock.advance(0);
    expect(waiting.state).toBe('granted');
    await clock.advance(40_000);
    throttler.report({
      status: 200,
      headers: { ...used(600), date: new Date(clock.wallNow()).toUTCString() },
    });
    const next = follow(clock, throttler.throttle({ w: 500 }));
    await clock.advance(59_999);
    expect(next.state).toBe('waiting');
    await clock.advance(1);
    expect(next.state).toBe('granted');
  });

  test('excludes refunded permits', async () => {
    const { throttler } = setUp([minute()], { headers: weight });
    const permit = await throttler.acquire({ w: 10 });
    throttler.report({ status: 200, headers: used(100) });
    expect(tokens(throttler)).toEqual({ w: 890 });
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ w: 900 });
  });

  test('forgets unreported permits with their window', async () => {
    const { clock, throttler } = setUp([minute(), bucket('b', 1000, 1)], {
      headers: (headers) => [...weight(headers), { rule: 'b', used: 0 }],
    });
    for (let n = 0; n < 50; n++) await throttler.acquire({ w: 10, b: 10 });
    await clock.advance(40_000);
    throttler.report({
      status: 200,
      headers: { ...used(0), date: new Date(clock.wallNow()).toUTCString() },
    });
    expect(tokens(throttler)).toEqual({ w: 1000, b: 1000 });
  });
});

describe('server clock', () => {
  test('moves by Date no further than proven', async () => {
    const { clock, throttler } = setUp([fixedWindow({ id: 'w', limit: 1, interval: 10_000 })]);
    // The server's clock is 3.4 s ahead.
    const date = () => new Date(clock.wallNow() + 3400).toUTCString();
    for (let n = 0; n < 30; n++) {
      const permit = await throttler.acquire({});
      await clock.advance(70);
      throttler.report({ status: 200, headers: { date: date() }, permit });
    }
    // After 2.1 s; the server's next window begins at 6.6 s.
    await throttler.throttle({ w: 1 });
    await clock.until(throttler.throttle({ w: 1 }));
    expect(clock.now()).toBeGreaterThanOrEqual(6600 - 70);
    expect(clock.now()).toBeLessThanOrEqual(6600 + 70);
  });

  test('stays if Date agrees', async () => {
    const { clock, throttler } = setUp([fixedWindow({ id: 'w', limit: 1, interval: 10_000 })]);
    for (let n = 0; n < 20; n++) {
      await clock.advance(137);
      throttler.report({ status: 200, headers: { date: new Date(clock.wallNow()).toUTCString() } });
    }
    await throttler.throttle({ w: 1 });
    await clock.until(throttler.throttle({ w: 1 }));
    expect(clock.now()).toBe(10_000);
  });

  test('is set by syncClock, mid round trip', async () => {
    const { clock, throttler } = setUp([fixedWindow({ id: 'w', limit: 1, interval: 10_000 })]);
    throttler.syncClock(clock.wallNow() + 3000, { roundTrip: 200 });
    await throttler.throttle({ w: 1 });
    await clock.until(throttler.throttle({ w: 1 }));
    expect(clock.now()).toBe(6900);
    throttler.syncClock(clock.wallNow() - 500);
    await clock.until(throttler.throttle({ w: 1 }));
    expect(clock.now()).toBe(10_500);
  });

  test.each([
    [() => [Number.NaN], 'serverUnixMs must be finite Unix milliseconds, got NaN'],
    [() => ['1'], 'serverUnixMs must be finite Unix milliseconds, got "1"'],
    [
      () => [1, { roundTrip: -1 }],
      'roundTrip must be a finite number of milliseconds, 0 or more, got -1',
    ],
  ])('rejects invalid times', (args, message) => {
    const { throttler } = setUp([]);
    const error = thrown(() => throttler.syncClock(...(args() as unknown as [number])));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect(error.message).toBe(message);
  });
});

describe('syncUsage', () => {
  test('lowers tokens, and raises them if exact', () => {
    const { throttler } = setUp([bucket('a', 100)]);
    throttler.syncUsage({ a: 40 });
    expect(tokens(throttler)).toEqual({ a: 60 });
    throttler.syncUsage({ a: 20 });
    expect(tokens(throttler)).toEqual({ a: 60 });
    throttler.syncUsage({ a: 20 }, { exact: true });
    expect(tokens(throttler)).toEqual({ a: 80 });
    throttler.syncUsage({ a: 1000 });
    expect(tokens(throttler)).toEqual({ a: 0 });
  });

  test.each([
    ['a window of the calendar', minute()],
    ['a rolling window', rollingWindow({ id: 'w', limit: 1000, interval: 60_000 })],
    [
      'a window from the first request',
      fixedWindow({ id: 'w', limit: 1000, interval: 60_000, anchor: 'first-request' }),
    ],
  ])('raises usage, or lowers it if exact: %s', async (_, rule) => {
    const { clock, throttler } = setUp([rule]);
    await throttler.throttle({ w: 100 });
    await clock.advance(10);
    throttler.syncUsage({ w: 50 });
    expect(tokens(throttler)).toEqual({ w: 900 });
    throttler.syncUsage({ w: 300 });
    expect(tokens(throttler)).toEqual({ w: 700 });
    throttler.syncUsage({ w: 20 }, { exact: true });
    expect(tokens(throttler)).toEqual({ w: 980 });
    await throttler.acquire({ w: 5 });
    throttler.syncUsage({ w: 0 }, { exact: true });
    expect(tokens(throttler)).toEqual({ w: 995 });
  });

  test('grants waiters when it lowers usage', async () => {
    const { clock, throttler } = setUp([minute()]);
    await throttler.throttle({ w: 1000 });
    const waiting = follow(clock, throttler.throttle({ w: 10 }));
    throttler.syncUsage({ w: 990 }, { exact: true });
    await clock.advance(0);
    expect(waiting.state).toBe('granted');
  });

  test.each([
    [{ b: 1 }, UnknownRuleError, 'Unknown throttle rule: b. Available rules: a'],
    [{ a: 1, b: 1 }, UnknownRuleError, 'Unknown throttle rule: b. Available rules: a'],
    [{ a: -1 }, InvalidConfigError, 'usage.a must be a finite number of 0 or more, got -1'],
    [
      { a: Number.NaN },
      InvalidConfigError,
      'usage.a must be a finite number of 0 or more, got NaN',
    ],
    [null, InvalidConfigError, 'usage must be an object of rule ids, got null'],
  ])('rejects %o and changes nothing', (usage, type, message) => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = thrown(() => throttler.syncUsage(usage as never));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toBe(message);
    expect(tokens(throttler)).toEqual({ a: 10 });
  });
});

describe('adaptive', () => {
  const limits = (throttler: ReturnType<typeof setUp>['throttler']) =>
    Object.fromEntries(
      Object.entries(throttler.getStatus()).map(([id, { capacity }]) => [id, capacity]),
    );

  test('halves on refusal and increases on success', async () => {
    const { clock, throttler } = setUp([bucket('a', 100, 1), minute()], { adaptive: true });
    throttler.report({ status: 429, headers: { 'retry-after': '1' } });
    expect(limits(throttler)).toEqual({ a: 50, w: 500 });
    await clock.advance(1000);
    for (let n = 0; n < 20; n++) throttler.report({ status: 200 });
    expect(limits(throttler)).toEqual({ a: 70, w: 520 });
    for (let n = 0; n < 1000; n++) throttler.report({ status: 200 });
    expect(limits(throttler)).toEqual({ a: 100, w: 1000 });
  });

  test('affects only rules of the refused request', async () => {
    const { clock, throttler } = setUp([bucket('a', 100), bucket('b', 100)], { adaptive: true });
    const refused = await throttler.acquire({ a: 1 });
    throttler.report({ status: 429, headers: { 'retry-after': '1' }, permit: refused });
    expect(limits(throttler)).toEqual({ a: 50, b: 100 });
    await clock.advance(1000);
    const accepted = await throttler.acquire({ a: 7 });
    throttler.report({ status: 200, permit: accepted });
    expect(limits(throttler)).toEqual({ a: 57, b: 100 });
  });

  test('restores limits after a minute', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1)], { adaptive: true });
    throttler.report({ status: 429, headers: { 'retry-after': '1' } });
    const waited = await clock.until(throttler.throttle({ a: 8 }));
    expect(waited).toBeGreaterThanOrEqual(61_000);
    expect(waited).toBeLessThanOrEqual(61_010);
    expect(limits(throttler)).toEqual({ a: 10 });
  });

  test('is off by default', () => {
    const { throttler } = setUp([bucket('a', 100)]);
    throttler.report({ status: 429 });
    expect(limits(throttler)).toEqual({ a: 100 });
  });
});

describe('invalid report', () => {
  test.each([
    [undefined, 'report must be an object, got undefined'],
    [{}, 'status must be an HTTP status: 100 to 999, got undefined'],
    [{ status: '429' }, 'status must be an HTTP status: 100 to 999, got "429"'],
    [{ status: 42.5 }, 'status must be an HTTP status: 100 to 999, got 42.5'],
    [
      { status: 200, headers: 'a: b' },
      'headers must be Headers, name and value pairs, or a record of values by name, got "a: b"',
    ],
    [{ status: 200, permit: {} }, 'permit must be a permit of this throttler, got an object'],
    [{ status: 429, rules: 'a' }, 'rules must be an array of rule ids, got "a"'],
  ])('of %o throws', (report, message) => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = thrown(() => throttler.report(report as never));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect(error.message).toBe(message);
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('with an unknown rule to pause throws', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = thrown(() => throttler.report({ status: 429, rules: ['a', 'b'] }));
    expect(error).toBeInstanceOf(UnknownRuleError);
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('with a permit of another throttler throws', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const permit = await setUp([bucket('a', 10)]).throttler.acquire({ a: 1 });
    expect(thrown(() => throttler.report({ status: 200, permit }))).toBeInstanceOf(
      InvalidConfigError,
    );
  });

  test('pauses before a reader throws', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)], {
      headers: () => {
        throw new RangeError('unreadable');
      },
    });
    const report = () => throttler.report({ status: 429, headers: { 'retry-after': '3' } });
    expect(thrown(report)).toBeInstanceOf(RangeError);
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(3000);
  });

  test('pauses before a reader returns no array', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)], {
      headers: (() => ({ rule: 'a' })) as never,
    });
    const report = () => throttler.report({ status: 429, headers: { 'retry-after': '3' } });
    expect(thrown(report).message).toBe(
      'usage must be an array of what headers say, got an object',
    );
    expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(3000);
  });

  test.each([
    [{ headers: 1 }, 'headers must be a function of headers and status, got 1'],
    [{ adaptive: 'yes' }, 'adaptive must be true or false, got "yes"'],
    [{ backoff: { base: 0 } }, 'backoff.base must be a number of milliseconds above 0, got 0'],
    [
      { backoff: { min: 5 } },
      'unknown field "min" for backoff; known fields: base, max, banBase, banMax',
    ],
    [{ backoff: 5 }, 'backoff must be an object, got 5'],
  ])('with configuration %o throws', (config, message) => {
    expect(thrown(() => setUp([], config as never)).message).toBe(message);
  });

  test('has no effect after close', () => {
    const { throttler } = setUp([bucket('a', 10)], { headers: weight });
    throttler.close();
    throttler.report({ status: 429, headers: used(4) });
    throttler.syncClock(1);
    expect(thrown(() => throttler.syncUsage({ a: 1 })).code).toBe('CLOSED');
  });
});

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]),
  );
}
