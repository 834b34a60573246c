import { attachThrottler } from 'multi-throttler/ccxt';
import { kraken } from 'multi-throttler/exchange';
import { expect, test, vi } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { call, useServer } from './rig.ts';
import { setUp as setUpSocket } from './socket-rig.ts';

const server = useServer();

function setUp() {
  const throttler = new Watched([...kraken.rules]);
  const exchange = server.exchange('kraken');
  attachThrottler(exchange, { throttler, profile: kraken });
  const costs = () => throttler.asked.map(({ cost }) => cost);
  const place = async (id: string, pair: string, params: object = {}) => {
    server.answers.push({ body: { error: [], result: { txid: [id] } } });
    await call(exchange, 'privatePostAddOrder', { pair, ...params });
  };
  return { exchange, costs, place };
}

test('a cancel counts under the pair of its order', async () => {
  const { exchange, costs, place } = setUp();
  await place('O1', 'XBTUSD');
  await place('O2', 'ETHUSD');
  await call(exchange, 'privatePostCancelOrder', { txid: 'O2' });
  expect(costs()).toEqual([
    { 'TRADING:XBTUSD': 1 },
    { 'TRADING:ETHUSD': 1 },
    { 'TRADING:ETHUSD': 8 },
  ]);
});

test('a cancel costs by how long its order rested', async () => {
  const { exchange, costs, place } = setUp();
  await place('O1', 'XBTUSD');
  const now = Date.now();
  const clock = vi.spyOn(Date, 'now');
  for (const [seconds, cost] of [
    [4, 8],
    [6, 6],
    [50, 2],
    [301, 0],
  ] as const) {
    clock.mockReturnValue(now + seconds * 1000);
    await call(exchange, 'privatePostCancelOrder', { txid: 'O1' });
    expect(costs().at(-1) ?? {}).toEqual({ 'TRADING:XBTUSD': cost });
  }
  clock.mockRestore();
});

test('the own id of an order names it too', async () => {
  const { exchange, costs, place } = setUp();
  await place('O1', 'XBTUSD', { cl_ord_id: 'mine' });
  await call(exchange, 'privatePostCancelOrder', { cl_ord_id: 'mine' });
  expect(costs().at(-1)).toEqual({ 'TRADING:XBTUSD': 8 });
});

test('an order that is not known counts under each pair that orders were sent for', async () => {
  const { exchange, costs, place } = setUp();
  await call(exchange, 'privatePostCancelOrder', { txid: 'O9' });
  await place('O1', 'XBTUSD');
  await place('O2', 'ETHUSD');
  await call(exchange, 'privatePostCancelOrder', { txid: 'O9' });
  expect(costs()[0]).toEqual({ 'TRADING:-': 8 });
  expect(costs().at(-1)).toEqual({ 'TRADING:XBTUSD': 8, 'TRADING:ETHUSD': 8 });
});

test('an order that was refused is not known', async () => {
  const { exchange, costs } = setUp();
  server.answers.push({ body: { error: ['EOrder:Insufficient funds'] } });
  await call(exchange, 'privatePostAddOrder', { pair: 'XBTUSD', cl_ord_id: 'mine' }).catch(
    () => undefined,
  );
  await call(exchange, 'privatePostCancelOrder', { cl_ord_id: 'mine' });
  expect(costs().at(-1)).toEqual({ 'TRADING:XBTUSD': 8 });
});

test('an edited order goes by its new id', async () => {
  const { exchange, costs, place } = setUp();
  await place('O1', 'XBTUSD');
  await place('O2', 'ETHUSD');
  server.answers.push({ body: { error: [], result: { txid: 'O3' } } });
  await call(exchange, 'privatePostEditOrder', { txid: 'O1', pair: 'XBTUSD' });
  await call(exchange, 'privatePostCancelOrder', { txid: 'O3' });
  expect(costs().at(-1)).toEqual({ 'TRADING:XBTUSD': 8 });
});

test('a batch of cancels counts under the pairs of its orders', async () => {
  const { exchange, costs, place } = setUp();
  server.answers.push({
    body: { error: [], result: { orders: [{ txid: 'O1' }, { txid: 'O2' }] } },
  });
  await call(exchange, 'privatePostAddOrderBatch', { pair: 'XBTUSD', orders: [{}, {}] });
  await place('O3', 'ETHUSD');
  await call(exchange, 'privatePostCancelOrderBatch', { orders: ['O1', 'O2', 'O3'] });
  expect(costs().at(-1)).toEqual({ 'TRADING:XBTUSD': 16, 'TRADING:ETHUSD': 8 });
});

test('cancels over a WebSocket count under the pairs of orders that were placed by requests', async () => {
  const { exchange, open, watch, throttler } = setUpSocket('kraken', 'wss://ws-auth.kraken.com/v2');
  server.direct(Object.assign(exchange, { apiKey: 'key', secret: 'c2VjcmV0' }));
  server.answers.push({ body: { error: [], result: { txid: ['O1'] } } });
  await call(exchange, 'privatePostAddOrder', { pair: 'XBTUSD' });
  open();
  const message = { method: 'cancel_order', req_id: 1, params: { order_id: ['O1'] } };
  void watch('1', message).catch(() => undefined);
  await expect.poll(() => throttler.asked.length).toBe(2);
  expect(throttler.asked.at(-1)?.cost).toEqual({ 'TRADING:XBTUSD': 8 });
});
