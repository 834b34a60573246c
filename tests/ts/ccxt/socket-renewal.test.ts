// Orders over WebSockets are signed by ccxt before they wait. They leave with the time at which
// they leave, and a signature of that.

import { createHmac } from 'node:crypto';
import ccxt from 'ccxt';
import { describe, expect, test, vi } from 'vitest';
import { BTCUSDT } from '../../simulator/clients/ccxt.mjs';
import { refusal } from '../support/helpers.ts';
import { setUp } from './socket-rig.ts';

const START = Date.UTC(2026, 10, 21, 12);
const WAIT = 6000;

const MARKETS = [
  BTCUSDT,
  {
    id: '0',
    symbol: 'BTC/USDC:USDC',
    base: 'BTC',
    baseName: 'BTC',
    baseId: '0',
    quote: 'USDC',
    settle: 'USDC',
    type: 'swap',
    swap: true,
    contract: true,
    linear: true,
    active: true,
    precision: { amount: 0.0001, price: 0.01 },
    limits: {},
    info: {},
  },
];

const CREDENTIALS = {
  apiKey: 'key',
  secret: 'secret',
  walletAddress: `0x${'1'.repeat(40)}`,
  privateKey: `0x${'2'.repeat(64)}`,
};

type Id = 'binance' | 'bybit' | 'deribit' | 'gate' | 'hyperliquid';

/** The parts of a message that these tests look at. */
interface Message {
  readonly id: string;
  readonly time: number;
  readonly params: Record<string, unknown>;
  readonly payload: object;
  readonly request: { payload: { action: object; nonce: number; signature: unknown } };
}

/** Methods of ccxt.pro that these tests call, by name. */
interface Pro {
  [name: string]: unknown;
  createOrderWs(...order: unknown[]): Promise<unknown>;
  requestPrivate(url: string, params: object, channel: string): Promise<unknown>;
}

/** An exchange whose requests wait for six seconds. */
function waiting(id: Id, url: string, options: object = {}) {
  const rig = setUp(id, url, {}, { ...CREDENTIALS, enableRateLimit: false, ...options });
  const exchange = rig.exchange as unknown as Pro & { markets: unknown };
  rig.exchange.setMarkets(MARKETS as never);
  exchange.authenticate = async () => undefined;
  let now = START;
  exchange.milliseconds = () => now;
  exchange.seconds = () => now / 1000;
  rig.open();
  rig.throttler.pause({ ms: WAIT });
  /** Resolves with the message that was sent, after the wait. */
  async function sentAfterWait(): Promise<Message> {
    await expect.poll(() => rig.throttler.asked.length).toBe(1);
    expect(rig.sent).toEqual([]);
    now = START + WAIT;
    await rig.clock.advance(WAIT);
    await expect.poll(() => rig.sent.length).toBe(1);
    return rig.sent[0] as unknown as Message;
  }
  return { ...rig, pro: exchange, sentAfterWait };
}

const SPOT = 'wss://ws-api.binance.com:443/ws-api/v3';
const SPOT_ORDER = ['BTC/USDT', 'limit', 'buy', 0.01, 64_000];

/** The signature of Binance over the other parameters. */
function signatureOf({ signature: _, ...params }: Record<string, unknown>): string {
  const query = Object.keys(params)
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&');
  return createHmac('sha256', CREDENTIALS.secret).update(query).digest('hex');
}

describe('Binance', () => {
  test.each([
    ['createOrderWs', SPOT_ORDER],
    ['cancelOrderWs', ['1', 'BTC/USDT']],
    ['fetchOpenOrdersWs', ['BTC/USDT']],
    ['fetchBalanceWs', []],
  ] as const)('%s', async (method, args) => {
    const { pro, sentAfterWait } = waiting('binance', SPOT);
    (pro[method] as Pro['createOrderWs'])(...args).catch(() => undefined);
    const { id, params } = await sentAfterWait();
    expect(id).toBe('1');
    expect(params).toMatchObject({ timestamp: START + WAIT, apiKey: 'key' });
    expect(params).toMatchObject({ signature: signatureOf(params) });
  });

  test('a request that does not wait is signed once', async () => {
    const sign = vi.spyOn(ccxt.pro.binance.prototype, 'signParams');
    const { pro, throttler, sent } = waiting('binance', SPOT);
    throttler.resume();
    pro.createOrderWs(...SPOT_ORDER).catch(() => undefined);
    await expect.poll(() => sent.length).toBe(1);
    expect(sign).toHaveBeenCalledTimes(1);
    sign.mockRestore();
  });

  test('a time that the caller gave stays', async () => {
    const { pro, sentAfterWait } = waiting('binance', SPOT);
    pro.createOrderWs(...SPOT_ORDER, { timestamp: START - 1 }).catch(() => undefined);
    const { params } = await sentAfterWait();
    expect(params).toMatchObject({ timestamp: START - 1, signature: signatureOf(params) });
  });

  test('an order whose credentials were replaced meanwhile stays as it is', async () => {
    const { pro, sentAfterWait } = waiting('binance', SPOT);
    pro.createOrderWs(...SPOT_ORDER).catch(() => undefined);
    await Promise.resolve();
    pro.apiKey = 'another';
    const { params } = await sentAfterWait();
    expect(params).toMatchObject({ timestamp: START, apiKey: 'key' });
    expect(params).toMatchObject({ signature: signatureOf(params) });
  });

  test('signParams of a subclass signs again, and an error in it fails the order', async () => {
    let calls = 0;
    class Mine extends ccxt.pro.binance {
      readonly #limit = 1;

      override signParams(params = {}) {
        calls += 1;
        if (calls > this.#limit) throw new Error('the key store is closed');
        return super.signParams(params);
      }
    }
    const rig = setUp('binance', SPOT, {}, {}, {}, () => new Mine(CREDENTIALS));
    rig.exchange.setMarkets(MARKETS as never);
    rig.open();
    rig.throttler.pause({ ms: WAIT });
    const placed = (rig.exchange as unknown as Pro).createOrderWs(...SPOT_ORDER);
    const error = refusal(placed);
    await expect.poll(() => rig.throttler.asked.length).toBe(1);
    await rig.clock.advance(WAIT);
    expect((await error).message).toBe('the key store is closed');
    expect(rig.sent).toEqual([]);
    expect(rig.throttler.released).toEqual(['refunded']);
  });
});

test('Bybit: createOrderWs', async () => {
  const { pro, sentAfterWait } = waiting('bybit', 'wss://stream.bybit.com/v5/trade');
  pro.createOrderWs(...SPOT_ORDER).catch(() => undefined);
  const message = await sentAfterWait();
  expect(message).toMatchObject({
    op: 'order.create',
    header: { 'X-BAPI-TIMESTAMP': String(START + WAIT), 'X-BAPI-RECV-WINDOW': '5000' },
  });
});

describe('Gate', () => {
  const url = 'wss://api.gateio.ws/ws/v4/';
  const params = { currency_pair: 'BTC_USDT', text: 't-1' };

  /** The signature of a message at a time, with the secret of the exchange. */
  const signed = (time: number) =>
    createHmac('sha512', CREDENTIALS.secret)
      .update(`api\nspot.order_place\n${JSON.stringify(params)}\n${time}`)
      .digest('hex');

  test('an order', async () => {
    const { pro, sentAfterWait } = waiting('gate', url);
    pro.requestPrivate(url, params, 'spot.order_place').catch(() => undefined);
    const message = await sentAfterWait();
    const time = (START + WAIT) / 1000;
    expect(message).toMatchObject({
      time,
      channel: 'spot.order_place',
      payload: {
        timestamp: String(time),
        api_key: 'key',
        signature: signed(time),
        req_param: params,
      },
    });
  });

  test('an order whose secret was replaced meanwhile stays as it is', async () => {
    const { pro, sentAfterWait } = waiting('gate', url);
    pro.requestPrivate(url, params, 'spot.order_place').catch(() => undefined);
    pro.secret = 'another';
    const { time, payload } = await sentAfterWait();
    expect(time).toBe(START / 1000);
    expect(payload).toMatchObject({ signature: signed(START / 1000) });
  });
});

describe('Deribit', () => {
  const url = 'wss://www.deribit.com/ws/api/v2';

  /** Signs in as ccxt does before private subscriptions. */
  const signIn = (pro: Pro) =>
    (ccxt.pro.deribit.prototype.authenticate as (this: Pro) => Promise<unknown>)
      .call(pro)
      .catch(() => undefined);

  const signed = (time: number) =>
    createHmac('sha256', CREDENTIALS.secret).update(`${time}\n${time}\n`).digest('hex');

  test('signing in', async () => {
    const { pro, sentAfterWait } = waiting('deribit', url);
    void signIn(pro);
    const { params } = await sentAfterWait();
    const time = START + WAIT;
    expect(params).toMatchObject({
      client_id: 'key',
      timestamp: time,
      nonce: String(time),
      signature: signed(time),
    });
  });

  test('signing in with a secret that was replaced meanwhile stays as it is', async () => {
    const { pro, sentAfterWait } = waiting('deribit', url);
    void signIn(pro);
    pro.secret = 'another';
    const { params } = await sentAfterWait();
    expect(params).toMatchObject({ timestamp: START, signature: signed(START) });
  });

  test('a message without a signature stays as it is', async () => {
    const { watch, sentAfterWait } = waiting('deribit', url);
    const message = { jsonrpc: '2.0', id: 1, method: 'public/subscribe', params: { channels: [] } };
    watch('1', message).catch(() => undefined);
    expect(await sentAfterWait()).toEqual(message);
  });
});

test('Hyperliquid: createOrderWs', async () => {
  const { pro, sentAfterWait } = waiting('hyperliquid', 'wss://api.hyperliquid.xyz/ws');
  pro.createOrderWs('BTC/USDC:USDC', 'limit', 'buy', 0.01, 64_000).catch(() => undefined);
  const { request } = await sentAfterWait();
  const { action, nonce, signature } = request.payload;
  expect(nonce).toBeGreaterThanOrEqual(START + WAIT);
  const sign = pro.signL1Action as (action: object, nonce: number) => unknown;
  expect(signature).toEqual(sign.call(pro, action, nonce));
});

test('detached, an exchange signs by its own methods again', () => {
  for (const [id, name] of [
    ['binance', 'signParams'],
    ['deribit', 'hmac'],
    ['gate', 'hmac'],
    ['hyperliquid', 'signL1Action'],
  ] as const) {
    const untouched = new ccxt.pro[id](CREDENTIALS) as unknown as Pro;
    const { pro, detach } = waiting(id, SPOT);
    expect(pro[name]).not.toBe(untouched[name]);
    detach();
    expect(pro[name]).toBe(untouched[name]);
  }
});
