// Steps at the grant of a request: signing, and giving up.

import { rollingWindow } from 'multi-throttler';
import { binanceSpot, type ThrottledFetchOptions, throttledFetch } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { reactions } from '../../support/clock.ts';
import { follow, refusal } from '../../support/helpers.ts';
import { Watched } from '../../support/recorder.ts';

const URL = 'http://exchange.test/order';
const HOUR = 3_600_000;

/** A throttled fetch on virtual time; refuses as often as there are headers, then accepts. */
function setUp(
  options: Partial<ThrottledFetchOptions> = {},
  refusals: Record<string, string>[] = [],
) {
  const throttler = new Watched([rollingWindow({ id: 'W', limit: 2, interval: 60_000 })]);
  const { clock } = throttler;
  const sent: { at: number; url: string; body: string }[] = [];
  const fetch = throttledFetch(throttler, {
    costs: () => ({ W: 1 }),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({ at: clock.now(), url: request.url, body: await request.text() });
      const headers = refusals.shift();
      return new Response(`response ${sent.length}`, {
        status: headers ? 429 : 200,
        headers: headers ?? {},
      });
    },
    ...options,
  });
  return { throttler, clock, sent, fetch };
}

describe('prepare', () => {
  test('runs after the wait, and anew for each try', async () => {
    const attempts: number[] = [];
    const { fetch, clock, sent, throttler } = setUp(
      {
        prepare: (input, init, attempt) => {
          attempts.push(attempt);
          return [
            `${input}?timestamp=${clock.now()}`,
            { ...init, body: `${init?.body}&n=${attempt}` },
          ];
        },
      },
      [{ 'retry-after': '7' }],
    );
    throttler.pause({ ms: 5000 });
    const response = fetch(URL, { method: 'POST', body: 'a=1' });
    expect(await clock.until(response)).toBe(12_000);
    expect(await (await response).text()).toBe('response 2');
    expect(attempts).toEqual([1, 2]);
    expect(sent).toEqual([
      { at: 5000, url: `${URL}?timestamp=5000`, body: 'a=1&n=1' },
      { at: 12_000, url: `${URL}?timestamp=12000`, body: 'a=1&n=2' },
    ]);
  });

  test('gets fresh arguments for each try, whatever it did to the last ones', async () => {
    const prepare: ThrottledFetchOptions['prepare'] = async (input, init) => {
      Object.assign(init as object, { body: `${init?.body}&signed` });
      (init?.headers as Record<string, string>).key += '!';
      return [input, init];
    };
    const { fetch, clock, sent } = setUp({ prepare }, [{ 'retry-after': '1' }]);
    await clock.until(fetch(URL, { method: 'POST', body: 'a=1', headers: { key: 'k' } }));
    expect(sent.map(({ body }) => body)).toEqual(['a=1&signed', 'a=1&signed']);
  });

  test('makes a stream for each try', async () => {
    const prepare: ThrottledFetchOptions['prepare'] = (input, init) => [
      input,
      { ...init, body: new Blob(['a=1']).stream(), duplex: 'half' } as RequestInit,
    ];
    const { fetch, clock, sent } = setUp({ prepare }, [{ 'retry-after': '1' }]);
    await clock.until(fetch(URL, { method: 'POST' }));
    expect(sent.map(({ body }) => body)).toEqual(['a=1', 'a=1']);
  });

  test('that passes a stream on sends it once', async () => {
    const { fetch, sent } = setUp({ prepare: (input, init) => [input, init] }, [{}]);
    const init = {
      method: 'POST',
      body: new Blob(['a=1']).stream(),
      duplex: 'half',
    } as RequestInit;
    expect((await fetch(URL, init)).status).toBe(429);
    expect(sent).toHaveLength(1);
  });

  test('may replace the input by a Request each time', async () => {
    const prepare: ThrottledFetchOptions['prepare'] = (input, init) => [
      new Request(input as string, init),
    ];
    const { fetch, clock, sent } = setUp({ prepare }, [{ 'retry-after': '1' }]);
    await clock.until(fetch(URL, { method: 'POST', body: 'a=1' }));
    expect(sent.map(({ body }) => body)).toEqual(['a=1', 'a=1']);
  });

  test('may give each try a timeout of its own, which the wait does not use up', async () => {
    const signals: AbortSignal[] = [];
    const prepare: ThrottledFetchOptions['prepare'] = (input, init) => {
      const { signal } = new AbortController();
      signals.push(signal);
      return [input, { ...init, signal }];
    };
    const inner: (AbortSignal | undefined)[] = [];
    const { fetch } = setUp({
      prepare,
      fetch: async (_, init) => {
        inner.push(init.signal);
        return new Response();
      },
    });
    await fetch(URL);
    expect(inner).toEqual(signals);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no key');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no key'))],
  ])('that %s is refunded, and nothing is sent', async (_, prepare) => {
    const { fetch, throttler, sent } = setUp({ prepare });
    expect((await refusal(fetch(URL))).message).toBe('no key');
    expect(throttler.released).toEqual(['refunded']);
    expect(throttler.left('W')).toBe(2);
    expect(sent).toEqual([]);
  });

  test('that returns no arguments is refunded', async () => {
    const { fetch, throttler } = setUp({ prepare: (() => undefined) as never });
    expect((await refusal(fetch(URL))).message).toBe('prepare must return [input, init]');
    expect(throttler.released).toEqual(['refunded']);
  });

  test('that never ends is left when the signal aborts, and refunded', async () => {
    const { fetch, throttler, sent } = setUp({ prepare: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const rejected = refusal(fetch(URL, { signal: controller.signal }));
    await reactions();
    controller.abort(new Error('enough'));
    expect((await rejected).message).toBe('enough');
    expect(throttler.released).toEqual(['refunded']);
    expect(sent).toEqual([]);
  });

  test('that is aborted meanwhile is refunded', async () => {
    const controller = new AbortController();
    const { fetch, throttler, sent } = setUp({
      prepare: (input, init) => {
        controller.abort(new Error('enough'));
        return [input, init];
      },
    });
    expect((await refusal(fetch(URL, { signal: controller.signal }))).message).toBe('enough');
    expect(throttler.released).toEqual(['refunded']);
    expect(sent).toEqual([]);
  });

  test('that fails for another try costs no refusal', async () => {
    const errors: unknown[] = [];
    const error = new Error('no key');
    const { fetch, clock, throttler } = setUp(
      {
        prepare: (input, init, attempt) => {
          if (attempt > 1) throw error;
          return [input, init];
        },
        onError: (thrown) => errors.push(thrown),
      },
      [{ 'retry-after': '1' }],
    );
    const response = fetch(URL);
    await clock.until(response);
    expect(await (await response).text()).toBe('response 1');
    expect(errors).toEqual([error]);
    expect(throttler.released).toEqual(['released', 'refunded']);
  });
});

describe('maxWait', () => {
  test('rejects at once during a ban, and says how long that lasts', async () => {
    const { fetch, throttler, sent } = setUp({ maxWait: 1000 });
    throttler.report({ status: 418, headers: { 'retry-after': '7200' } });
    const error = await refusal(fetch(URL));
    expect(error).toMatchObject({ code: 'WAIT_TIMEOUT', maxWait: 1000, estimatedWait: 2 * HOUR });
    expect(error.until).toBeGreaterThan(Date.now() + 2 * HOUR - 60_000);
    expect(throttler.clock.now()).toBe(0);
    expect(sent).toEqual([]);
    expect(throttler.left('W')).toBe(2);
  });

  test('may be a function of the request', async () => {
    const { fetch, throttler, clock } = setUp({
      maxWait: ({ method }) => (method === 'POST' ? 0 : undefined),
    });
    throttler.pause({ ms: HOUR });
    expect(await refusal(fetch(URL, { method: 'POST' }))).toMatchObject({ code: 'WAIT_TIMEOUT' });
    const waiting = follow(clock, fetch(URL));
    await clock.advance(HOUR);
    expect(waiting.state).toBe('granted');
  });

  test('bounds all tries together, and returns the refusal that it cannot repeat', async () => {
    const refusals = [{ 'retry-after': '3' }, { 'retry-after': '3' }];
    const { fetch, clock, sent } = setUp({ maxWait: 5000 }, refusals);
    const response = fetch(URL);
    expect(await clock.until(response)).toBe(3000);
    expect(await (await response).text()).toBe('response 2');
    expect((await response).status).toBe(429);
    expect(sent).toHaveLength(2);
  });

  test.each([
    [-1, 'maxWait must be a number of 0 or more, or a function, got -1'],
    ['5', 'maxWait must be'],
    [Number.NaN, 'maxWait must be'],
  ])('of %j is an error', (maxWait, text) => {
    expect(() => setUp({ maxWait: maxWait as never })).toThrow(text);
  });
});

describe('a refusal that cannot be repeated is returned', () => {
  test('where the throttler was closed meanwhile', async () => {
    const { fetch, throttler, clock } = setUp({}, [{ 'retry-after': '9' }]);
    const response = fetch(URL);
    await clock.advance(1000);
    throttler.close();
    expect(await (await response).text()).toBe('response 1');
  });

  test('but not after an abort', async () => {
    const controller = new AbortController();
    const { fetch, clock } = setUp({}, [{ 'retry-after': '9' }]);
    const response = refusal(fetch(URL, { signal: controller.signal }));
    await clock.advance(1000);
    controller.abort(new Error('enough'));
    expect((await response).message).toBe('enough');
  });

  test('where it costs nothing, as no pause could hold it back', async () => {
    const { fetch, sent } = setUp({ costs: () => ({ W: 0 }) }, [{ 'retry-after': '9' }]);
    expect((await fetch(URL)).status).toBe(429);
    expect(sent).toHaveLength(1);
  });
});

test('a profile stands for costs, body and pauses', async () => {
  const throttler = new Watched(binanceSpot.rules, { headers: binanceSpot.headers });
  const fetch = throttledFetch(throttler, {
    profile: binanceSpot,
    fetch: async () => new Response('{"code":-1003,"msg":""}', { status: 400 }),
    retries: 0,
  });
  await fetch('https://api.binance.com/api/v3/order', { method: 'POST', body: 'symbol=BTCUSDT' });
  expect(throttler.asked[0]?.cost).toEqual({
    REQUEST_WEIGHT: 1,
    RAW_REQUESTS: 1,
    ORDERS: 1,
    ORDERS_1D: 1,
  });
  expect(throttler.told).toMatchObject([{ status: 429, rules: undefined }]);
});
