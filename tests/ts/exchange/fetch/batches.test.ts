// Requests that may have been carried out in part, over HTTP: they are never sent again.

import { MultiThrottler } from 'multi-throttler';
import {
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bybit,
  type ExchangeProfile,
  kraken,
  kucoin,
  okx,
  throttledFetch,
} from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../support/clock.ts';
import { serve } from '../../support/server.ts';

const server = serve();

/** Sends a POST and returns the response, and how often and how long it was sent and paused. */
async function post(
  profile: ExchangeProfile,
  path: string,
  body: string,
  answers: object[],
  status = 200,
) {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(profile.rules, { headers: profile.headers, clock });
  server.answer = (response, _, number) => {
    const json = JSON.stringify(answers[Math.min(number, answers.length) - 1]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(json);
  };
  const send = throttledFetch(throttler, { profile, retries: 1 });
  const response = send(server.url + path, { method: 'POST', body });
  // Time passes as soon as the first response has come, so that a repetition is not held back.
  let isDone = false;
  response.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    if (throttler.isRunning()) await clock.advance(60_000);
  }
  const cost = profile.costs('POST', path, body);
  const sent = server.received.length;
  return { json: await (await response).json(), sent, wait: throttler.estimateWait(cost) };
}

const OKX = '/api/v5/trade/batch-orders';
const OKX_BODY = JSON.stringify([1, 2, 3].map(() => ({ instId: 'BTC-USDT' })));
const BYBIT = '/v5/order/create-batch';
const BYBIT_BODY = JSON.stringify({ category: 'linear', request: [{ symbol: 'BTCUSDT' }] });

const okxOrders = (code: string, ...sCodes: string[]) => ({
  code,
  data: sCodes.map((sCode) => ({ ordId: sCode === '0' ? 'a' : '', sCode })),
});
const bybitOrders = (...codes: number[]) => ({
  retCode: 0,
  retExtInfo: { list: codes.map((code) => ({ code })) },
});
const krakenOrders = (...errors: (string | undefined)[]) => ({
  error: [],
  result: { orders: errors.map((error) => (error ? { error } : { txid: 'O' })) },
});

describe('a batch that was refused in part is sent once, and pauses', () => {
  test.each<[string, ExchangeProfile, string, string, object]>([
    ['OKX 50011', okx, OKX, OKX_BODY, okxOrders('2', '0', '0', '50011')],
    ['OKX 50061', okx, OKX, OKX_BODY, okxOrders('2', '0', '0', '50061')],
    ['OKX, other failures', okx, OKX, OKX_BODY, okxOrders('1', '51008', '50011', '50011')],
    ['Bybit', bybit, BYBIT, BYBIT_BODY, bybitOrders(0, 10006)],
    [
      'Kraken',
      kraken,
      '/0/private/AddOrderBatch',
      'pair=XBTUSD&orders=[{},{}]',
      krakenOrders(undefined, 'EOrder:Rate limit exceeded'),
    ],
    [
      'KuCoin',
      kucoin,
      '/api/v1/orders/multi',
      '[{},{}]',
      { code: '200000', data: [{ code: '200000' }, { code: '429000' }] },
    ],
    [
      'KuCoin spot',
      kucoin,
      '/api/v1/hf/orders/multi',
      '{"orderList":[{},{}]}',
      {
        code: '200000',
        data: [
          { orderId: 'a', success: true },
          { success: false, failMsg: 'Too Many Requests' },
        ],
      },
    ],
    [
      'KuCoin spot, all in texts',
      kucoin,
      '/api/v1/hf/orders/multi',
      '{"orderList":[{},{}]}',
      {
        code: '200000',
        data: [1, 2].map(() => ({ success: false, failMsg: 'Too Many Requests' })),
      },
    ],
    [
      'Binance USD-M',
      binanceUsdm,
      '/fapi/v1/batchOrders',
      'batchOrders=[{},{}]',
      [{ orderId: 1 }, { code: -1015, msg: '' }],
    ],
    [
      'Aster',
      asterFutures,
      '/fapi/v1/batchOrders',
      'batchOrders=[{},{}]',
      [{ orderId: 1 }, { code: -1015, msg: '' }],
    ],
  ])('%s', async (_, profile, path, body, answer) => {
    const { json, sent, wait } = await post(profile, path, body, [answer]);
    expect(sent).toBe(1);
    expect(json).toEqual(answer);
    expect(wait).toBeGreaterThan(1000);
  });
});

describe('a batch that was refused whole is sent again', () => {
  test.each<[string, ExchangeProfile, string, string, object, object]>([
    [
      'OKX',
      okx,
      OKX,
      OKX_BODY,
      okxOrders('1', '50011', '50061', '50011'),
      okxOrders('0', '0', '0', '0'),
    ],
    ['Bybit', bybit, BYBIT, BYBIT_BODY, bybitOrders(10006, 10006), bybitOrders(0, 0)],
    [
      'Kraken',
      kraken,
      '/0/private/AddOrderBatch',
      'pair=XBTUSD&orders=[{},{}]',
      krakenOrders('EOrder:Rate limit exceeded', 'EOrder:Rate limit exceeded'),
      krakenOrders(undefined, undefined),
    ],
    [
      'Binance USD-M',
      binanceUsdm,
      '/fapi/v1/batchOrders',
      'batchOrders=[{},{}]',
      [
        { code: -1015, msg: '' },
        { code: -1015, msg: '' },
      ],
      [{ orderId: 1 }, { orderId: 2 }],
    ],
  ])('%s', async (_, profile, path, body, refused, accepted) => {
    const { json, sent } = await post(profile, path, body, [refused, accepted]);
    expect(sent).toBe(2);
    expect(json).toEqual(accepted);
  });
});

describe('an order that may have been executed is sent once', () => {
  const path = '/api/v3/order';
  test.each([
    ['Unknown error, please check your request or try again later.', -1000],
    ['Server is currently overloaded with other requests.', -1008],
  ])('503: %s', async (msg, code) => {
    const { sent } = await post(binanceSpot, path, 'symbol=BTCUSDT', [{ code, msg }], 503);
    expect(sent).toBe(1);
  });

  test('503 of the system-level protection is sent again, and cancels go on', async () => {
    const msg = 'Request throttled by system-level protection. Reduce-only orders are exempt.';
    const refused = { code: -1008, msg };
    const { sent, wait } = await post(
      binanceUsdm,
      '/fapi/v1/order',
      'symbol=BTCUSDT',
      [refused],
      503,
    );
    expect(sent).toBe(2);
    expect(wait).toBeGreaterThan(1000);
    const throttler = new MultiThrottler(binanceUsdm.rules);
    const send = throttledFetch(throttler, { profile: binanceUsdm, retries: 0 });
    await send(`${server.url}/fapi/v1/order`, { method: 'POST', body: 'symbol=BTCUSDT' });
    expect(throttler.estimateWait(binanceUsdm.costs('POST', '/fapi/v1/order'))).toBeGreaterThan(
      1000,
    );
    expect(throttler.estimateWait(binanceUsdm.costs('DELETE', '/fapi/v1/order'))).toBe(0);
  });
});

describe('a refusal after a redirect', () => {
  const setUp = () =>
    throttledFetch(new MultiThrottler(bybit.rules), { profile: bybit, retries: 1 });

  test.each([302, 303, 307, 308])('%i repeats no order', async (status) => {
    server.answer = (response, { path }) => {
      response.writeHead(path === '/result' ? 429 : status, {
        location: '/result',
        'retry-after': '0',
      });
      response.end();
    };
    const response = await setUp()(`${server.url}/v5/order/create`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(429);
    expect(server.received.map(({ path }) => path)).toEqual(['/v5/order/create', '/result']);
  });

  test('repeats what only reads', async () => {
    server.answer = (response, { path }, number) => {
      const status = path === '/result' ? (number < 3 ? 429 : 200) : 302;
      response.writeHead(status, { location: '/result', 'retry-after': '0' }).end();
    };
    expect((await setUp()(`${server.url}/v5/market/time`)).status).toBe(200);
    expect(server.received).toHaveLength(4);
  });
});

test('a refusal of a request that is charged under IP alone pauses that', async () => {
  const throttler = new MultiThrottler(bybit.rules, { headers: bybit.headers });
  server.answer = (response) => void response.end('{"retCode":10006}');
  const send = throttledFetch(throttler, { profile: bybit, retries: 0 });
  await send(`${server.url}/v5/market/time`);
  expect(throttler.estimateWait(bybit.costs('GET', '/v5/market/time'))).toBeGreaterThan(1000);
});

test('the firewall of Binance pauses all for a minute', async () => {
  const throttler = new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
  server.answer = (response) => void response.writeHead(403).end('<html>403 ERROR</html>');
  const send = throttledFetch(throttler, { profile: binanceSpot });
  expect((await send(`${server.url}/api/v3/time`)).status).toBe(403);
  expect(server.received).toHaveLength(1);
  expect(throttler.estimateWait({ REQUEST_WEIGHT: 1 })).toBeGreaterThan(59_000);
});
