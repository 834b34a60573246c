import { attachThrottler } from 'multi-throttler/ccxt';
import { hyperliquid } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { call, useServer } from './rig.ts';

const server = useServer();

test.each([
  [{ type: 'userFills' }, 40, 22],
  [{ type: 'userFills' }, 5000, 120],
  [{ type: 'candleSnapshot', req: {} }, 60, 21],
  [{ type: 'openOrders' }, 3, 20],
])('an answer to %j with %i items costs %i', async (params, length, weight) => {
  const throttler = new Watched([...hyperliquid.rules]);
  const exchange = server.exchange('hyperliquid');
  attachThrottler(exchange, { throttler, profile: hyperliquid });
  server.answers.push({ body: Array.from({ length }, () => ({})) });
  expect(await call(exchange, 'publicPostInfo', params)).toHaveLength(length);
  expect(throttler.getStatus().IP?.tokens).toBe(1200 - weight);
});

test('an error of costs.after costs no answer', async () => {
  const wrong = new Error('after');
  const costs = Object.assign(hyperliquid.costs.bind(undefined), hyperliquid.costs, {
    after: () => {
      throw wrong;
    },
  });
  const throttler = new Watched([...hyperliquid.rules]);
  const exchange = server.exchange('hyperliquid');
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  attachThrottler(exchange, { throttler, profile: { ...hyperliquid, costs }, onError });
  server.answers.push({ body: [] });
  expect(await call(exchange, 'publicPostInfo', { type: 'userFills' })).toEqual([]);
  expect(errors).toEqual([wrong]);
  expect(throttler.getStatus().IP?.tokens).toBe(1080);
});
