import ccxt from 'ccxt';
import { describe, expect, test } from 'vitest';
import { follow, refusal } from '../support/helpers.ts';
import { VERSIONS } from './rig.ts';
import { type Client, DELIVERY, FUTURES, order, SPOT, setUp } from './socket-rig.ts';

test.each([
  ['binance', SPOT, order, { RAW_REQUESTS: 1, REQUEST_WEIGHT: 1, ORDERS: 1, ORDERS_1D: 1 }],
  ['binance', SPOT, { id: '1', method: 'order.cancel' }, { RAW_REQUESTS: 1, REQUEST_WEIGHT: 1 }],
  [
    'binance',
    SPOT,
    { id: '1', method: 'depth', params: { limit: 5000 } },
    { RAW_REQUESTS: 1, REQUEST_WEIGHT: 250 },
  ],
  ['binance', SPOT, { id: '1', method: 'session.logon' }, { REQUEST_WEIGHT: 2 }],
  ['binance', FUTURES, order, { 'fapi:ORDERS': 1, 'fapi:ORDERS_1M': 1 }],
  // COIN-M shares the limits of USD-M.
  ['binance', DELIVERY, order, { 'fapi:ORDERS': 1, 'fapi:ORDERS_1M': 1 }],
  ['binance', DELIVERY, { id: '1', method: 'order.cancel' }, { 'fapi:REQUEST_WEIGHT': 1 }],
  ['binance', DELIVERY, { id: '1', method: 'order.status' }, { 'fapi:REQUEST_WEIGHT': 1 }],
  ['binance', DELIVERY, { id: '1', method: 'account.balance' }, { 'fapi:REQUEST_WEIGHT': 1 }],
  ['binance', DELIVERY, { id: '1', method: 'account.status' }, { 'fapi:REQUEST_WEIGHT': 5 }],
  ['binance', DELIVERY, { id: '1', method: 'session.logon' }, { 'fapi:REQUEST_WEIGHT': 2 }],
  [
    'binance',
    'wss://testnet.binancefuture.com/ws-dapi/v1',
    { id: '1', method: 'order.modify' },
    { 'fapi:ORDERS': 1, 'fapi:ORDERS_1M': 1, 'fapi:REQUEST_WEIGHT': 1 },
  ],
  ['binance', 'wss://stream.binance.com:9443/ws', { id: '1', method: 'SUBSCRIBE' }, undefined],
  [
    'bybit',
    'wss://stream.bybit.com/v5/trade',
    { reqId: '1', op: 'order.create', args: [{ category: 'spot' }] },
    { 'spot:POST /v5/order/create': 1 },
  ],
  ['bybit', 'wss://stream.bybit.com/v5/trade', { reqId: '1', op: 'auth', args: [] }, undefined],
  [
    'okx',
    'wss://ws.okx.com:8443/ws/v5/private',
    { id: '1', op: 'batch-orders', args: [{ instId: 'A' }, { instIdCode: 7 }] },
    {
      ACCOUNT_ORDERS: 2,
      '300/2s:POST /api/v5/trade/batch-orders:A': 1,
      '300/2s:POST /api/v5/trade/batch-orders:SEVEN': 1,
    },
  ],
  ['okx', 'wss://ws.okx.com:8443/ws/v5/private', { op: 'subscribe', args: [] }, undefined],
  [
    'kraken',
    'wss://ws-auth.kraken.com/v2',
    { method: 'add_order', req_id: 1, params: { symbol: 'SEVEN/USD' } },
    { 'TRADING:SEVEN': 1 },
  ],
] as const)('%s %s: %j', async (id, url, message, cost) => {
  const { exchange, throttler, open, sent, watch } = setUp(id, url);
  exchange.markets = { a: { id: 'SEVEN', symbol: 'SEVEN/USD', instIdCode: 7 } } as never;
  open();
  void watch('1', message).catch(() => undefined);
  await expect.poll(() => sent).toEqual([message]);
  expect(throttler.asked.map((asked) => asked.cost)).toEqual(cost ? [cost] : []);
});

describe('an order', () => {
  test('waits, is sent, and is answered', async () => {
    const { clock, open, sent, throttler, watch } = setUp('binance', SPOT);
    const client = open();
    const third = { ...order, id: '3' };
    void watch('1', order);
    void watch('2', { ...order, id: '2' });
    const answer = follow(clock, watch('3', third));
    await expect.poll(() => throttler.asked.length).toBe(3);
    expect(sent).toHaveLength(2);
    await clock.advance(1001);
    await expect.poll(() => sent.length).toBe(3);
    expect(answer.state).toBe('waiting');
    client.resolve({ orderId: 1 }, '3');
    await expect.poll(() => answer.state).toBe('granted');
  });

  test('fails with the error of the throttler, and no other does', async () => {
    const { clock, open, sent, throttler, watch } = setUp('binance', SPOT);
    open();
    const first = follow(clock, watch('1', order));
    await expect.poll(() => sent.length).toBe(1);
    throttler.close();
    expect(await refusal(watch('2', { ...order, id: '2' }))).toMatchObject({ code: 'CLOSED' });
    expect(first.state).toBe('waiting');
    expect(sent).toHaveLength(1);
  });
});

test.each([
  ['binance', SPOT, order, ['ws', 'POST', 'order']],
  ['binance', FUTURES, { id: '1', method: 'order.cancel' }, ['ws', 'DELETE', 'order']],
  ['binance', SPOT, { id: '1', method: 'session.logon' }, ['ws', 'GET', 'session.logon']],
  [
    'bybit',
    'wss://stream.bybit.com/v5/trade',
    { reqId: '1', op: 'order.create', args: [] },
    ['ws', 'POST', 'v5/order/create'],
  ],
  [
    'okx',
    'wss://ws.okx.com:8443/ws/v5/private',
    { id: '1', op: 'order', args: [] },
    ['ws', 'POST', 'trade/order'],
  ],
  [
    'kraken',
    'wss://ws-auth.kraken.com/v2',
    { method: 'add_order', req_id: 1 },
    ['ws', 'POST', 'AddOrder'],
  ],
] as const)('the priority of %s %s: %j', async (id, url, message, endpoint) => {
  const asked: unknown[] = [];
  const priority = (...args: unknown[]) => {
    asked.push(args);
    return 'critical' as const;
  };
  const { open, sent, throttler, watch } = setUp(id, url, {}, {}, { priority });
  open();
  void watch('1', message).catch(() => undefined);
  await expect.poll(() => sent.length).toBe(1);
  expect(asked).toEqual([endpoint]);
  expect(throttler.asked).toMatchObject([{ options: { priority: 'critical' } }]);
});

test('with ccxt’s own pace off, orders pay all the same', async () => {
  const { open, sent, throttler, watch } = setUp('binance', SPOT, {}, { enableRateLimit: false });
  open();
  void watch('1', order);
  await expect.poll(() => sent.length).toBe(1);
  expect(throttler.asked).toHaveLength(1);
});

test('a connection keeps ccxt’s own pace beside', async () => {
  const { open, sent, watch } = setUp('binance', SPOT);
  const client = open();
  const paces: unknown[] = [];
  client.throttler.throttle = async (cost) => void paces.push(cost);
  void watch('1', order);
  await expect.poll(() => sent.length).toBe(1);
  expect(paces).toEqual([5]);
});

test('detached, connections go on at ccxt’s own pace', async () => {
  const { exchange, throttler, open, sent, watch, detach } = setUp('binance', SPOT);
  const untouched = JSON.stringify(new ccxt.pro.binance().options.ws);
  const client = open();
  void watch('1', order);
  await expect.poll(() => sent.length).toBe(1);
  expect(Object.hasOwn(client, 'send')).toBe(true);
  expect(Object.hasOwn(exchange, 'handleMessage')).toBe(true);
  detach();
  expect(Object.hasOwn(client, 'send')).toBe(false);
  for (const name of ['handleMessage', 'onConnected'])
    expect(Object.hasOwn(exchange, name)).toBe(false);
  expect(JSON.stringify(exchange.options.ws)).toBe(untouched);
  void watch('2', order);
  await expect.poll(() => sent.length).toBe(2);
  expect(throttler.asked).toHaveLength(1);
});

describe('an order that still waits', () => {
  async function waiting() {
    const rig = setUp('binance', SPOT);
    const client = rig.open();
    for (const id of ['1', '2', '3']) void rig.watch(id, { ...order, id }).catch(() => undefined);
    await expect.poll(() => rig.throttler.asked.length).toBe(3);
    await expect.poll(() => rig.sent.length).toBe(2);
    return { ...rig, client };
  }

  test('when its connection ends is not sent and not paid', async () => {
    const { exchange, clock, sent, throttler, client } = await waiting();
    Reflect.deleteProperty(exchange.clients, client.url);
    await clock.advance(1001);
    await expect.poll(() => throttler.released).toEqual(['refunded']);
    expect(sent).toHaveLength(2);
  });

  test('when the throttler is detached is sent, and its permit is not kept', async () => {
    const { clock, sent, throttler, detach } = await waiting();
    detach();
    expect(throttler.released).toEqual(['released', 'released']);
    await clock.advance(1001);
    await expect.poll(() => sent.length).toBe(3);
    expect(throttler.released).toEqual(['released', 'released', 'released']);
  });
});

test('an exchange within a reactive proxy sends orders that waited, and pays each once', async () => {
  const reactive = <T extends object>(object: T): T =>
    new Proxy(object, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver);
        return typeof value === 'object' && value !== null ? reactive(value) : value;
      },
    });
  const { open, watch, clock, sent, throttler } = setUp('binance', SPOT, {}, {}, {}, () =>
    reactive(new ccxt.pro.binance()),
  );
  open();
  for (const id of ['1', '2', '3']) void watch(id, { ...order, id });
  await expect.poll(() => throttler.asked.length).toBe(3);
  expect(sent).toHaveLength(2);
  await clock.advance(1001);
  await expect.poll(() => sent.length).toBe(3);
  expect(throttler.asked).toHaveLength(3);
});

test('detached, a client has the send that somebody else gave it before or since', async () => {
  const { open, detach } = setUp('binance', SPOT);
  const client = open() as Client & { send: unknown };
  const [before, since] = [async () => undefined, async () => undefined];
  client.send = before;
  client.onConnectedCallback(client);
  expect(client.send).not.toBe(before);
  detach();
  expect(client.send).toBe(before);

  const again = setUp('binance', SPOT);
  const other = again.open() as typeof client;
  other.onConnectedCallback(other);
  other.send = since;
  again.detach();
  expect(other.send).toBe(since);
});

describe.each(VERSIONS)('with %s', (_name, ccxt) => {
  test('an order of a class with private fields pays and is answered', async () => {
    class Mine extends ccxt.pro.binance {
      readonly #seen: unknown[] = [];

      override handleMessage(client: never, message: never) {
        this.#seen.push('message');
        return super.handleMessage(client, message);
      }

      override onConnected(client: never, message: never) {
        this.#seen.push('connected');
        return super.onConnected(client, message);
      }

      // No getter, which ccxt's constructor would read too early.
      seen() {
        return this.#seen;
      }
    }
    const { exchange, open, sent, throttler, watch, answer } = setUp(
      'binance',
      SPOT,
      {},
      {},
      {},
      () => new Mine(),
    );
    const client = open();
    void watch('1', order).catch(() => undefined);
    await expect.poll(() => sent.length).toBe(1);
    expect(throttler.asked).toHaveLength(1);
    answer(client, { id: '1', status: 200, result: { orderId: 1 } });
    expect(throttler.told).toMatchObject([{ status: 200 }]);
    expect((exchange as unknown as Mine).seen()).toEqual(['connected', 'message']);
  });

  test('an order that waits when the exchange is closed is refunded', async () => {
    const { exchange, clock, open, sent, throttler, watch } = setUp(
      'binance',
      SPOT,
      {},
      {},
      {},
      () => new ccxt.pro.binance(),
    );
    const client = open();
    Object.assign(client, { close: async () => undefined });
    for (const id of ['1', '2', '3']) void watch(id, { ...order, id }).catch(() => undefined);
    await expect.poll(() => throttler.asked.length).toBe(3);
    await expect.poll(() => sent.length).toBe(2);
    await exchange.close();
    // Older versions forget a connection when it tells that it has ended.
    Reflect.deleteProperty(exchange.clients, SPOT);
    await clock.advance(1001);
    await expect.poll(() => throttler.released).toEqual(['refunded']);
    expect(sent).toHaveLength(2);
  });
});
