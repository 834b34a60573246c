import type { Exchange } from 'ccxt';
import { attachThrottler } from 'multi-throttler/ccxt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { reactions } from '../support/clock.ts';
import { refusal } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { call, useServer, VERSIONS } from './rig.ts';

const server = useServer();

/** Puts ccxt's timeouts on virtual time. */
const fakeTimeouts = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

afterEach(() => void vi.useRealTimers());

/** No call is in flight, and nothing of one is left in the exchange. */
function expectIdle(exchange: Exchange, throttler: Watched, ends: number) {
  expect(throttler.released).toEqual(Array.from({ length: ends }, () => 'released'));
  expect(Object.hasOwn(exchange, 'handleRestResponse')).toBe(false);
}

function attachedTo(exchange: Exchange) {
  const throttler = new Watched([]);
  attachThrottler(exchange, { throttler });
  return { exchange, throttler };
}

describe.each(VERSIONS)('with %s', (_name, ccxt) => {
  const attached = (options: object = {}) => attachedTo(server.exchange('binance', options, ccxt));

  test('headers without an iterator are read as ccxt reads them', async () => {
    const { exchange, throttler } = attached();
    const entries = [
      ['x-mbx-used-weight-1m', '77'],
      ['retry-after', '30'],
    ] as const;
    exchange.fetchImplementation = async () => ({
      status: 429,
      statusText: '',
      headers: {
        forEach: (each: (value: string, key: string) => void) => {
          for (const [key, value] of entries) each(value, key);
        },
      },
      text: async () => '{"code":-1003}',
    });
    await expect(call(exchange, 'publicGetTime')).rejects.toThrow(ccxt.NetworkError);
    expect(throttler.header('x-mbx-used-weight-1m')).toBe('77');
    expect(throttler.estimateWait({ RAW_REQUESTS: 1 })).toBe(30_000);
    expectIdle(exchange, throttler, 1);
  });

  test('a refusal whose body breaks off pauses', async () => {
    const { exchange, throttler } = attached();
    server.answers.push({
      status: 429,
      headers: { 'Retry-After': '30', 'Content-Length': '99' },
      cut: true,
    });
    await expect(call(exchange, 'publicGetTime')).rejects.toThrow();
    expect(throttler.told).toMatchObject([{ status: 429 }]);
    expect(throttler.estimateWait({ RAW_REQUESTS: 1 })).toBe(30_000);
    expectIdle(exchange, throttler, 1);
  });

  test('a body that ccxt takes for a ZIP archive is handed out', async () => {
    const { exchange, throttler } = attached({ handleContentTypeApplicationZip: true });
    server.answers.push({ headers: { 'Content-Type': 'application/zip' }, body: 'archive' });
    expect(String(await call(exchange, 'publicGetTime'))).toBe('archive');
    expect(throttler.told).toMatchObject([
      { status: 200, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS'] },
    ]);
    expectIdle(exchange, throttler, 1);
  });

  test('equal calls whose results are texts are all reported', async () => {
    const { exchange, throttler } = attached();
    await call(exchange, 'publicGetTime');
    const held = server.hold();
    const calls = [1, 2, 3].map(() => call(exchange, 'publicGetTime'));
    await expect.poll(() => held.length).toBe(3);
    for (const [i, answer] of held.entries())
      answer({ body: 'text', headers: { 'X-Test': String(i) } });
    expect(await Promise.all(calls)).toEqual(['text', 'text', 'text']);
    expect(throttler.told).toHaveLength(4);
    expect(new Set(throttler.told.map(({ permit }) => permit)).size).toBe(4);
    expectIdle(exchange, throttler, 4);
  });

  test('a call that times out counts as sent', async () => {
    const { exchange, throttler } = attached();
    await call(exchange, 'publicGetTime');
    const held = server.hold();
    fakeTimeouts();
    const late = refusal(call(exchange, 'publicGetTime'));
    await expect.poll(() => held.length).toBe(1);
    await vi.advanceTimersByTimeAsync(exchange.timeout);
    expect(await late).toBeInstanceOf(ccxt.RequestTimeout);
    expect(throttler.told).toHaveLength(1);
    expect(throttler.left('RAW_REQUESTS')).toBe(299_998);
    expectIdle(exchange, throttler, 2);
    for (const answer of held) answer({});
    await reactions();
    expect(throttler.told).toHaveLength(1);
  });

  test('the wait for a grant does not use up the timeout of ccxt', async () => {
    const { exchange, throttler } = attached({ timeout: 2000 });
    throttler.pause({ ms: 3_600_000 });
    fakeTimeouts();
    const late = call(exchange, 'publicGetTime');
    await expect.poll(() => throttler.getQueueLength()).toBe(1);
    await vi.advanceTimersByTimeAsync(3_600_001);
    await throttler.clock.advance(3_600_001);
    expect(await late).toEqual({});
  });

  test('an error of a reader of one’s own is no error of the call', async () => {
    const errors: unknown[] = [];
    const throttler = new Watched([], {
      headers: () => {
        throw new Error('no reader');
      },
    });
    const exchange = server.exchange('binance', {}, ccxt);
    attachThrottler(exchange, { throttler, onError: (error) => void errors.push(error) });
    server.answers.push({ body: { orderId: '1' } });
    expect(await call(exchange, 'privatePostOrder')).toMatchObject({ orderId: '1' });
    expect(errors).toMatchObject([{ message: 'no reader' }]);
    expectIdle(exchange, throttler, 1);
  });
});

test('a redirect, which newer versions do not follow, counts as sent', async () => {
  const { exchange, throttler } = attachedTo(server.exchange('binance'));
  server.answers.push({ status: 302, headers: { Location: `${server.url}/elsewhere` } });
  await expect(call(exchange, 'publicGetTime')).rejects.toThrow('redirect');
  expect(throttler.left('RAW_REQUESTS')).toBe(299_999);
  expectIdle(exchange, throttler, 1);
});
