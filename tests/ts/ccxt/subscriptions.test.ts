// Subscriptions of ccxt over WebSockets, where the exchange counts them.

import newest from 'ccxt';
import { describe, expect, test } from 'vitest';
import { follow } from '../support/helpers.ts';
import { setUp } from './socket-rig.ts';

const DERIBIT = 'wss://www.deribit.com/ws/api/v2';
const COINBASE = 'wss://advanced-trade-ws.coinbase.com';

const subscribe = (id: number, method = 'public/subscribe') => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { channels: [`ticker.${id}.raw`] },
});

test.each([
  ['deribit', DERIBIT, subscribe(1), { PUBLIC: 1, OTHER: 1, SUBSCRIBE: 1 }],
  ['deribit', DERIBIT, subscribe(1, 'private/subscribe'), { OTHER: 1, SUBSCRIBE: 1 }],
  ['deribit', DERIBIT, subscribe(1, 'public/auth'), { PUBLIC: 1, OTHER: 1 }],
  ['deribit', DERIBIT, subscribe(1, 'private/buy'), { ENGINE: 1 }],
  ['deribit', DERIBIT, { jsonrpc: '2.0', id: 1, result: 'ok' }, undefined],
  ['coinbase', COINBASE, { type: 'subscribe', channel: 'ticker' }, { WS_MESSAGES: 1 }],
  ['coinbase', COINBASE, { type: 'subscribe', channel: 'user', jwt: 'token' }, undefined],
  ['coinbase', COINBASE, { ping: 1 }, undefined],
] as const)('%s %s: %j', async (id, url, message, cost) => {
  const { throttler, open, sent, watch } = setUp(id, url);
  open();
  void watch('1', message).catch(() => undefined);
  await expect.poll(() => sent).toEqual([message]);
  expect(throttler.asked.map((asked) => asked.cost)).toEqual(cost ? [cost] : []);
});

describe('subscriptions at Deribit', () => {
  /** A connection on which so many subscriptions were asked for at once. */
  async function subscribed(count: number, attaching = {}) {
    const rig = setUp('deribit', DERIBIT, {}, { enableRateLimit: false }, attaching);
    const client = rig.open();
    const asked = Array.from({ length: count }, (_, i) =>
      follow(rig.clock, rig.watch(`channel ${i}`, subscribe(i + 1))),
    );
    await expect.poll(() => rig.throttler.asked.length).toBe(count);
    return { ...rig, client, asked };
  }

  test('go out as credits allow, however long that takes', async () => {
    const { sent, clock } = await subscribed(30, { maxWait: 500 });
    await expect.poll(() => sent.length).toBe(9);
    await clock.advance(3000);
    await expect.poll(() => sent.length).toBe(19);
    await clock.advance(3300);
    await expect.poll(() => sent.length).toBe(30);
  });

  test('pay once, and their answers are reported', async () => {
    const { answer, client, throttler } = await subscribed(1);
    answer(client, { jsonrpc: '2.0', id: 1, result: ['ticker.1.raw'], usOut: 1 });
    expect(throttler.told).toMatchObject([{ status: 200 }]);
    expect(throttler.released).toEqual(['released']);
  });

  test('that are refused pause those after them', async () => {
    const { answer, client, throttler } = await subscribed(1);
    const error = { code: 10_028, message: 'too_many_requests' };
    answer(client, { jsonrpc: '2.0', id: 1, error });
    expect(throttler.told).toMatchObject([
      { status: 429, rules: ['PUBLIC', 'OTHER', 'SUBSCRIBE'] },
    ]);
    expect(throttler.estimateWait({ SUBSCRIBE: 1 })).toBeGreaterThan(0);
    expect(throttler.estimateWait({ ENGINE: 1 })).toBe(0);
  });

  test('end the connection where they can never be sent, so that ccxt opens another', async () => {
    const { asked, exchange, throttler } = await subscribed(12);
    throttler.close();
    await expect.poll(() => asked.at(-1)?.state).toBe('rejected');
    expect(asked.at(-1)?.reason).toBeInstanceOf(newest.NetworkError);
    expect(exchange.clients[DERIBIT]).toBeUndefined();
  });
});

test('an order at Deribit waits no longer than maxWait', async () => {
  const rig = setUp('deribit', DERIBIT, {}, { enableRateLimit: false }, { maxWait: 500 });
  rig.open();
  const orders = Array.from({ length: 23 }, (_, i) =>
    follow(rig.clock, rig.watch(String(i + 1), subscribe(i + 1, 'private/buy'))),
  );
  await expect.poll(() => rig.sent.length).toBe(19);
  await expect.poll(() => orders.at(-1)?.state).toBe('rejected');
  expect(orders.at(-1)?.reason).toBeInstanceOf(newest.RateLimitExceeded);
  expect(orders[0]?.state).toBe('waiting');
});
