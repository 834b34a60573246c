import type { Exchange } from 'ccxt';
import { attachThrottler } from 'multi-throttler/ccxt';
import { describe, expect, test } from 'vitest';
import { follow } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { CREDENTIALS, call, useServer, VERSIONS } from './rig.ts';

const server = useServer();

type Fetch = Exchange['fetch'];

describe.each(VERSIONS)('with %s', (_name, ccxt) => {
  /** An exchange of a class of the user's, with a throttler that has room for one request. */
  function attached<T extends Exchange>(exchange: T) {
    const throttler = new Watched([]);
    const { detach } = attachThrottler(server.direct(exchange), { throttler });
    return { exchange, throttler, detach };
  }

  test('a subclass with private fields runs as without a throttler', async () => {
    class Mine extends ccxt.kraken {
      #last = 0;
      #signed = 0;
      readonly #seen: unknown[] = [];

      override nonce() {
        this.#last = Math.max(this.#last + 1, Date.now());
        return this.#last;
      }

      override sign(...args: Parameters<Exchange['sign']>) {
        this.#signed += 1;
        return super.sign(...args);
      }

      override onRestResponse(...args: Parameters<Exchange['onRestResponse']>) {
        this.#seen.push(['response', args[0]]);
        return super.onRestResponse(...args);
      }

      override handleErrors(...args: Parameters<Exchange['handleErrors']>) {
        this.#seen.push(['errors', args[0]]);
        return super.handleErrors(...args);
      }

      override async fetch(...args: Parameters<Fetch>) {
        this.#seen.push(['fetch', String(args[0]).includes('Balance')]);
        return super.fetch(...args);
      }

      override handleRestResponse(...args: Parameters<Exchange['handleRestResponse']>) {
        this.#seen.push(['rest', args[2]]);
        return super.handleRestResponse(...args);
      }

      override async fetch2(...args: Parameters<Exchange['fetch2']>) {
        this.#seen.push(['fetch2', args[0]]);
        return super.fetch2(...args);
      }

      counts() {
        return { signed: this.#signed, seen: this.#seen, last: this.#last };
      }
    }
    const { exchange, throttler } = attached(new Mine({ apiKey: 'key', secret: 'c2VjcmV0' }));
    server.answers.push({ body: { error: [], result: { XXBT: '1' } } });
    expect(await call(exchange, 'privatePostBalance')).toMatchObject({ result: { XXBT: '1' } });
    expect(exchange.counts()).toEqual({
      signed: 1,
      seen: [
        ['fetch2', 'Balance'],
        ['fetch', true],
        ['rest', 'POST'],
        ['response', 200],
        ['errors', 200],
      ],
      last: Number(new URLSearchParams(server.requests[0]?.body).get('nonce')),
    });
    expect(throttler.told).toMatchObject([{ status: 200, rules: ['PRIVATE'] }]);
    expect(throttler.told[0]?.permit).toBeDefined();
  });

  /** Ways in which users put their own `fetch` into an exchange. */
  const WRAPPERS: [string, (exchange: Exchange, calls: unknown[]) => void][] = [
    [
      'a bound original',
      (exchange, calls) => {
        const inner = exchange.fetch.bind(exchange) as Fetch;
        exchange.fetch = ((...args: Parameters<Fetch>) => {
          calls.push(args[1]);
          return inner(...args);
        }) as Fetch;
      },
    ],
    [
      'a function that awaits and copies',
      (exchange, calls) => {
        const inner = exchange.fetch.bind(exchange) as Fetch;
        exchange.fetch = async (url, method, headers, body) => {
          calls.push(method);
          await new Promise((resolve) => setImmediate(resolve));
          const result = await inner(url, method, { ...headers, 'X-Mine': '1' }, body);
          return { ...result };
        };
      },
    ],
    [
      'a function that goes by another URL',
      (exchange, calls) => {
        const inner = exchange.fetch.bind(exchange) as Fetch;
        exchange.fetch = ((url, method, headers, body) => {
          calls.push(method);
          return inner(url.replace('/api/', '/proxied/api/'), method, headers, body);
        }) as Fetch;
      },
    ],
    [
      'an own implementation of fetch',
      (exchange, calls) => {
        exchange.fetchImplementation = (url: string, { method, headers, body }: RequestInit) => {
          calls.push(method);
          return fetch(url, { method, headers, body } as RequestInit);
        };
      },
    ],
    [
      'the URL of a proxy',
      (exchange, calls) => {
        calls.push('GET', 'GET', 'GET');
        if ('proxyUrl' in exchange) exchange.proxyUrl = `${server.url}/proxy?url=`;
        else Object.assign(exchange, { proxy: `${server.url}/proxy?url=` });
      },
    ],
  ];

  describe.each(WRAPPERS)('%s', (_kind, wrap) => {
    test.each(['before', 'after'])(
      'put there %s attaching keeps headers and pauses',
      async (when) => {
        const exchange = server.exchange('binance', {}, ccxt);
        const calls: unknown[] = [];
        if (when === 'before') wrap(exchange, calls);
        const { throttler } = attached(exchange);
        if (when === 'after') wrap(exchange, calls);

        server.answers.push({ headers: { 'X-MBX-USED-WEIGHT-1M': '77' }, body: { a: 'b' } });
        expect(await call(exchange, 'publicGetTime')).toEqual({ a: 'b' });
        expect(throttler.header('x-mbx-used-weight-1m')).toBe('77');
        expect(throttler.told).toMatchObject([
          { status: 200, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS'] },
        ]);
        expect(throttler.told[0]?.permit).toBeDefined();

        server.answers.push({
          status: 429,
          headers: { 'Retry-After': '30' },
          body: { code: -1003 },
        });
        await expect(call(exchange, 'publicGetTime')).rejects.toThrow(ccxt.NetworkError);
        expect(throttler.told.at(-1)).toMatchObject({ status: 429 });

        const waiting = follow(throttler.clock, call(exchange, 'publicGetTime'));
        await throttler.clock.advance(29_000);
        expect([waiting.state, server.requests.length]).toEqual(['waiting', 2]);
        await throttler.clock.advance(1001);
        await expect.poll(() => waiting.state).toBe('granted');
        expect(calls).toEqual(['GET', 'GET', 'GET']);
      },
    );
  });

  test('an own fetch that hides the response pauses by its error', async () => {
    const { exchange, throttler } = attached(server.exchange('binance', {}, ccxt));
    exchange.fetch = () => Promise.reject(new ccxt.RateLimitExceeded('binance too many'));
    await expect(call(exchange, 'publicGetTime')).rejects.toThrow('binance too many');
    expect(throttler.told).toMatchObject([{ status: 429 }]);
    expect(throttler.estimateWait({ RAW_REQUESTS: 1 })).toBeGreaterThan(1000);
  });

  test('an own fetch that repeats by itself reports each response', async () => {
    const { exchange, throttler } = attached(server.exchange('binance', {}, ccxt));
    const inner = exchange.fetch.bind(exchange) as Fetch;
    exchange.fetch = (async (...args: Parameters<Fetch>) => {
      try {
        return await inner(...args);
      } catch {
        return inner(...args);
      }
    }) as Fetch;
    server.answers.push({ status: 503 }, { body: { a: 'b' } });
    expect(await call(exchange, 'publicGetTime')).toEqual({ a: 'b' });
    expect(throttler.told.map(({ status }) => status)).toEqual([503, 200]);
    expect(throttler.told.map(({ permit }) => permit !== undefined)).toEqual([true, false]);
  });

  test('a fetch2 that awaits before ccxt’s pays once and reports', async () => {
    class Late extends ccxt.binance {
      override async fetch2(...args: Parameters<Exchange['fetch2']>) {
        await new Promise((resolve) => setImmediate(resolve));
        return super.fetch2(...args);
      }
    }
    const { exchange, throttler } = attached(new Late());
    const pace: unknown[] = [];
    exchange.throttler.throttle = async (cost: unknown) => void pace.push(cost);
    server.answers.push({ headers: { 'X-MBX-USED-WEIGHT-1M': '77' } });
    await call(exchange, 'publicGetTime');
    expect(throttler.header('x-mbx-used-weight-1m')).toBe('77');
    server.answers.push({ status: 429 });
    await expect(call(exchange, 'publicGetTime')).rejects.toThrow(ccxt.NetworkError);
    expect(throttler.told.map(({ status }) => status)).toEqual([200, 429]);
    expect(throttler.released).toEqual(['released', 'released']);
    expect(pace).toEqual([]);
  });

  test('calls of a fetch2 that awaits pay for retries and have rising nonces', async () => {
    class Late extends ccxt.kraken {
      #lock: Promise<unknown> = Promise.resolve();

      override async fetch2(...args: Parameters<Exchange['fetch2']>) {
        const turn = this.#lock;
        this.#lock = new Promise((resolve) => setImmediate(resolve));
        await turn;
        return super.fetch2(...args);
      }
    }
    const { exchange, throttler } = attached(new Late(CREDENTIALS));
    throttler.updateRule('PRIVATE', { capacity: 100, tokens: 100 });
    throttler.setTokens('PRIVATE', 100);
    exchange.nonce = () => 5;
    const retrying = ccxt === VERSIONS[0][1];
    if (retrying) server.answers.push({ status: 503 }, { status: 503 });
    const params = retrying ? { maxRetriesOnFailure: 1 } : {};
    await Promise.all([1, 2, 3].map((i) => call(exchange, 'privatePostBalance', { ...params, i })));
    const requests = server.requests.map(({ body }) => new URLSearchParams(body));
    const sent = retrying ? 5 : 3;
    // Requests on several connections may arrive in another order than they were sent.
    const nonces = requests.map((request) => Number(request.get('nonce'))).sort((a, b) => a - b);
    expect(nonces).toEqual(Array.from({ length: sent }, (_, i) => 5 + i));
    expect(throttler.asked).toHaveLength(sent);
    expect(throttler.released).toEqual(Array.from({ length: sent }, () => 'released'));
    exchange.apiKey = '';
    await expect(call(exchange, 'privatePostBalance')).rejects.toThrow(ccxt.AuthenticationError);
    expect(throttler.released.at(-1)).toBe('refunded');
    expect(Object.hasOwn(exchange, 'sign') && exchange.sign !== Late.prototype.sign).toBe(false);
  });

  test('equal calls at the same time keep their responses apart', async () => {
    const { exchange, throttler } = attached(server.exchange('binance', {}, ccxt));
    // Warms up what sends, so that all of them go at once.
    await call(exchange, 'publicGetTime');
    const permits: unknown[] = [];
    const acquire = throttler.acquire.bind(throttler);
    throttler.acquire = async (...args) => {
      const permit = await acquire(...args);
      permits.push(permit);
      return permit;
    };
    // The later a request comes, the earlier is its response.
    const held = server.hold();
    const results = [1, 2, 3].map(() => call(exchange, 'publicGetTime'));
    await expect.poll(() => held.length).toBe(3);
    throttler.told.length = 0;
    for (const [i, answer] of [...held].reverse().entries())
      answer({ headers: { 'X-Test': String(i) } });
    await Promise.all(results);
    const order = throttler.told.map(({ headers, permit }) => [
      new Headers(headers as Headers).get('x-test'),
      permits.indexOf(permit),
    ]);
    const arrived = server.requests.slice(-3).map((_, i) => [String(i), 2 - i]);
    expect(order.sort()).toEqual(arrived);
  });

  test('between calls the exchange has its own methods', async () => {
    const exchange = server.exchange('binance', {}, ccxt);
    const own = () => {
      const { fetch2, throttle, fetchImplementation, ...rest } =
        Object.getOwnPropertyDescriptors(exchange);
      const state = /^(last|fetch|agent|AbortError|FetchError|options|undici|zlib|http|socks|prox)/;
      const kept = Object.entries(rest).filter(([name]) => !state.test(name));
      return { kept, loaded: typeof fetchImplementation?.value };
    };
    attached(exchange);
    const before = own().kept;
    await call(exchange, 'publicGetTime');
    await call(exchange, 'privateGetAccount');
    expect(own()).toEqual({ kept: before, loaded: 'function' });
  });
});
