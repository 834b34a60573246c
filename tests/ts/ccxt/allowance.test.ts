// The allowance of a Hyperliquid address, as the exchange tells it to a program that asks.

import { attachThrottler } from 'multi-throttler/ccxt';
import { hyperliquid } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { call, useServer } from './rig.ts';

const server = useServer();
const WALLET = '0xAb00000000000000000000000000000000000001';
const TOLD = { cumVlm: '2000.0', nRequestsUsed: 2890, nRequestsCap: 12_000 };

/** Asks for the allowance of a user, and returns what remains for actions and for cancels. */
async function ask(user: unknown, body: unknown = TOLD, account?: string) {
  const throttler = new Watched([...hyperliquid.rules]);
  const exchange = server.exchange('hyperliquid');
  exchange.walletAddress = WALLET;
  attachThrottler(exchange, { throttler, profile: hyperliquid, ...(account ? { account } : {}) });
  server.answers.push({ body });
  await call(exchange, 'publicPostInfo', { type: 'userRateLimit', user });
  const status = throttler.getStatus();
  const suffix = account ? `@${account}` : '';
  return ['ADDRESS', 'ADDRESS_CANCELS'].map((id) =>
    Math.round(status[id + suffix]?.tokens ?? Number.NaN),
  );
}

test('the answer about the wallet of the exchange is believed', async () => {
  expect(await ask(WALLET)).toEqual([9110, 12_000]);
  expect(await ask(WALLET.toLowerCase())).toEqual([9110, 12_000]);
});

test('it counts for the account of the exchange', async () => {
  expect(await ask(WALLET, TOLD, 'second')).toEqual([9110, 12_000]);
});

test.each(['0x2', undefined, 7])('the answer about %j is left alone', async (user) => {
  expect(await ask(user)).toEqual([10_000, 10_000]);
});

test('an answer of another kind is left alone', async () => {
  expect(await ask(WALLET, [])).toEqual([10_000, 10_000]);
});
