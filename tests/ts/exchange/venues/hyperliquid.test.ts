import { MultiThrottler } from 'multi-throttler';
import { binanceSpot, hyperliquid, syncAllowance } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';
import { follow, setUp } from '../../support/helpers.ts';

const list = (length: number) => Array.from({ length }, (_, a) => ({ a }));

function info(type: string, items?: number) {
  const body = { type, user: '0x1' };
  if (items === undefined) return hyperliquid.costs('POST', '/info', body).IP;
  return hyperliquid.costs.after('POST', '/info', body, items).IP;
}

describe('requests for information', () => {
  test.each([
    ['l2Book', 2],
    ['allMids', 2],
    ['clearinghouseState', 2],
    ['orderStatus', 2],
    ['spotClearinghouseState', 2],
    ['exchangeStatus', 2],
    ['userRole', 60],
    ['openOrders', 20],
    ['metaAndAssetCtxs', 20],
    ['aNewOne', 20],
  ])('%s: %i', (type, weight) => {
    expect(info(type)).toBe(weight);
    expect(info(type, 1000)).toBe(weight);
  });

  test.each([
    'recentTrades',
    'historicalOrders',
    'userFills',
    'userFillsByTime',
    'fundingHistory',
    'userFunding',
    'nonUserFundingUpdates',
    'userNonFundingLedgerUpdates',
    'twapHistory',
    'userTwapSliceFills',
    'userTwapSliceFillsByTime',
    'delegatorHistory',
    'delegatorRewards',
    'validatorStats',
  ])('%s weighs 1 more for each 20 items of the answer', (type) => {
    expect(info(type)).toBe(20 + 100);
    expect([0, 1, 20, 21, 2000].map((items) => info(type, items))).toEqual([20, 21, 21, 22, 120]);
  });

  test('candles weigh 1 more for each 60', () => {
    expect(info('candleSnapshot')).toBe(20 + 84);
    expect([0, 60, 61, 5000].map((items) => info('candleSnapshot', items))).toEqual([
      20, 21, 22, 104,
    ]);
  });

  test('a body in JSON is read', () => {
    expect(
      hyperliquid.costs('POST', 'https://api.hyperliquid.xyz/info', '{"type":"l2Book"}'),
    ).toEqual({
      IP: 2,
    });
  });
});

describe('actions', () => {
  const act = (action: object) => hyperliquid.costs('POST', '/exchange', { action, nonce: 1 });

  test.each([
    ['order', 'orders'],
    ['batchModify', 'modifies'],
  ])('%s counts by its items for the address, and in steps of 40 by IP', (type, name) => {
    const costs = [1, 39, 40, 79, 80].map((count) => act({ type, [name]: list(count) }));
    expect(costs.map(({ IP }) => IP)).toEqual([1, 1, 2, 2, 3]);
    expect(costs.map(({ ADDRESS }) => ADDRESS)).toEqual([1, 39, 40, 79, 80]);
    expect(costs.map((cost) => cost.ADDRESS_CANCELS)).toEqual([0, 0, 0, 0, 0]);
  });

  test.each(['cancel', 'cancelByCloid'])('%s has an allowance of its own', (type) => {
    expect(act({ type, cancels: list(40) })).toEqual({ IP: 2, ADDRESS: 0, ADDRESS_CANCELS: 40 });
  });

  test.each(['modify', 'updateLeverage', 'usdSend', 'scheduleCancel', 'twapOrder', 'aNewOne'])(
    '%s counts as one',
    (type) => {
      expect(act({ type })).toEqual({ IP: 1, ADDRESS: 1, ADDRESS_CANCELS: 0 });
    },
  );

  test('a request without an action counts as one', () => {
    expect(hyperliquid.costs('POST', '/exchange')).toEqual({
      IP: 1,
      ADDRESS: 1,
      ADDRESS_CANCELS: 0,
    });
  });
});

test('other hosts', () => {
  const costs = (path: string, body: object) => hyperliquid.costs('POST', path, body);
  expect(costs('https://rpc.hyperliquid.xyz/explorer', { type: 'txDetails' })).toEqual({ IP: 40 });
  expect(costs('https://rpc.hyperliquid.xyz/explorer', { type: 'blockList' })).toEqual({
    IP: 1040,
  });
  expect(hyperliquid.costs.after('POST', '/explorer', { type: 'blockList' }, 3)).toEqual({
    IP: 43,
  });
  expect(costs('https://rpc.hyperliquid.xyz/evm', { method: 'eth_call' })).toEqual({ EVM: 1 });
});

test('a post over a WebSocket counts as a message, and an action for the address', () => {
  const post = (payload: object) => hyperliquid.costs('POST', '/ws', payload);
  const WS = { WS_MESSAGES: 1, WS_POSTS: 1 };
  expect(post({ action: { type: 'order', orders: list(3) } })).toEqual({
    ...WS,
    ADDRESS: 3,
    ADDRESS_CANCELS: 0,
  });
  expect(post({ action: { type: 'cancel', cancels: list(2) } })).toEqual({
    ...WS,
    ADDRESS: 0,
    ADDRESS_CANCELS: 2,
  });
  expect(post({ type: 'l2Book', coin: 'BTC' })).toEqual({ ...WS, ADDRESS: 0, ADDRESS_CANCELS: 0 });
});

test('an unknown endpoint weighs as much as the heaviest, and is reported once', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  expect([1, 2].map(() => hyperliquid.costs('POST', '/new'))).toEqual([{ IP: 60 }, { IP: 60 }]);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test('rules say whose requests they count', () => {
  expect(Object.fromEntries(hyperliquid.rules.map(({ id, scope }) => [id, scope]))).toEqual({
    IP: 'ip',
    ADDRESS: 'account',
    ADDRESS_CANCELS: 'account',
    EVM: 'ip',
    WS_MESSAGES: 'ip',
    WS_POSTS: 'ip',
  });
});

describe('the allowance of an address', () => {
  const told = (nRequestsUsed: unknown, nRequestsCap: unknown) => ({
    cumVlm: '2854574.59',
    nRequestsUsed,
    nRequestsCap,
    nRequestsSurplus: 0,
  });
  const remaining = (throttler: MultiThrottler) => {
    const { ADDRESS, ADDRESS_CANCELS } = throttler.getStatus();
    return [ADDRESS, ADDRESS_CANCELS].map((rule) => Math.round(rule?.tokens ?? Number.NaN));
  };

  test.each([
    ['of a trader', told(2890, 2_864_574), [2_861_684, 100_000]],
    ['of a new address', told(0, 10_000), [10_000, 10_000]],
    ['with cancels left alone', told(12_000, 10_000), [0, 8000]],
    ['with nothing left', told(30_000, 10_000), [0, 0]],
    ['as text', JSON.stringify(told(1, 11)), [10, 11]],
  ])('%s is set from the answer to userRateLimit', (_, answer, expected) => {
    const { throttler } = setUp(hyperliquid.rules);
    expect(syncAllowance(throttler, hyperliquid, answer)).toBe(true);
    expect(remaining(throttler)).toEqual(expected);
    throttler.close();
  });

  test('leaves requests in flight in use, and can be set again', async () => {
    const { throttler } = setUp(hyperliquid.rules);
    const permit = await throttler.acquire({ ADDRESS: 5, ADDRESS_CANCELS: 2 });
    syncAllowance(throttler, hyperliquid, told(100, 1000));
    expect(remaining(throttler)).toEqual([895, 998]);
    throttler.report({ status: 200, permit });
    permit.release();
    syncAllowance(throttler, hyperliquid, told(107, 2000));
    expect(remaining(throttler)).toEqual([1893, 2000]);
    throttler.close();
  });

  test('wakes orders that waited for it', async () => {
    const { throttler, clock } = setUp(hyperliquid.rules);
    syncAllowance(throttler, hyperliquid, told(10_000, 10_000));
    const waiting = follow(clock, throttler.throttle({ ADDRESS: 10 }));
    expect(waiting.state).toBe('waiting');
    syncAllowance(throttler, hyperliquid, told(10_000, 10_020));
    await expect.poll(() => waiting.state).toBe('granted');
    throttler.close();
  });

  test.each([
    [undefined],
    [null],
    ['no JSON'],
    [[]],
    [{ nRequestsUsed: 5 }],
    [told('5', 10)],
    [told(-1, 10)],
    [told(1, 0)],
    [told(Number.NaN, 10)],
    [told(1, 1e300)],
  ])('is not in %j', (answer) => {
    const { throttler } = setUp(hyperliquid.rules);
    expect(syncAllowance(throttler, hyperliquid, answer)).toBe(false);
    expect(remaining(throttler)).toEqual([10_000, 10_000]);
    throttler.close();
  });

  test('of rules that a throttler lacks is left out, and so is that of other profiles', () => {
    const { throttler } = setUp(hyperliquid.rules);
    throttler.removeRule('ADDRESS');
    expect(syncAllowance(throttler, hyperliquid, told(1, 11))).toBe(true);
    expect(throttler.getStatus().ADDRESS).toBeUndefined();
    throttler.removeRule('ADDRESS_CANCELS');
    expect(syncAllowance(throttler, hyperliquid, told(1, 11))).toBe(false);
    expect(syncAllowance(throttler, binanceSpot, told(1, 11))).toBe(false);
    throttler.close();
  });

  test('that is used up still lets an action through each 12 s, and cancels', async () => {
    const { throttler, clock } = setUp(
      hyperliquid.with({ rules: { ADDRESS: { capacity: 5 } } }).rules,
    );
    const order = hyperliquid.costs('POST', '/exchange', {
      action: { type: 'order', orders: list(5) },
    });
    const one = hyperliquid.costs('POST', '/exchange', {
      action: { type: 'order', orders: list(1) },
    });
    const cancel = hyperliquid.costs('POST', '/exchange', {
      action: { type: 'cancel', cancels: list(5) },
    });
    expect(throttler.tryThrottle(one)).toBe(true);
    expect(throttler.tryThrottle({ ...order, ADDRESS: 4 })).toBe(false);
    expect(throttler.tryThrottle({ ...order, ADDRESS: 3 })).toBe(true);
    expect(throttler.estimateWait(one)).toBeGreaterThan(0);
    expect(throttler.estimateWait(one)).toBeLessThanOrEqual(12_000);
    expect(throttler.tryThrottle(cancel)).toBe(true);
    await clock.advance(12_000);
    expect(throttler.tryThrottle(one)).toBe(true);
    throttler.close();
  });

  test('of a new address takes the longest batch', () => {
    const throttler = new MultiThrottler(hyperliquid.rules);
    const order = hyperliquid.costs('POST', '/exchange', {
      action: { type: 'order', orders: list(1000) },
    });
    expect(throttler.tryThrottle(order)).toBe(true);
    throttler.close();
  });
});

describe('refusals of an address', () => {
  const TEXT =
    'Too many cumulative requests sent (97460 > 97456) for cumulative volume traded $87457.46. Place taker orders to free up 1 request per USDC traded.';
  const read = (body: unknown) => hyperliquid.body?.(body, 200);
  const orders = (...statuses: unknown[]) => ({
    status: 'ok',
    response: { type: 'order', data: { statuses } },
  });

  test('come with status 200 and name no IP', () => {
    const verdict = read(JSON.stringify({ status: 'err', response: TEXT }));
    expect(verdict).toMatchObject({ status: 429, retryAfter: 12_000, partial: undefined });
    expect(['IP', 'ADDRESS', 'ADDRESS_CANCELS'].map((id) => verdict?.of?.(id))).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('of all orders of a batch, or of some', () => {
    expect(read(orders({ error: TEXT }, { error: TEXT }))).toMatchObject({
      status: 429,
      partial: undefined,
    });
    expect(read(orders({ resting: { oid: 1 } }, { error: TEXT }))).toMatchObject({
      status: 429,
      partial: true,
    });
  });

  test.each([
    orders({ resting: { oid: 1 } }),
    orders({ error: 'Insufficient margin to place order. asset=4' }),
    { status: 'err', response: 'User or API Wallet 0xb8 does not exist.' },
    { status: 'ok', response: { type: 'default' } },
    [{ coin: 'BTC' }],
    'null',
    '',
  ])('%j is none', (body) => {
    expect(read(body)).toBeUndefined();
  });

  test('over a WebSocket', () => {
    const answer = (response: object) =>
      hyperliquid.answer(
        { channel: 'post', data: { id: 7, response } },
        { WS_MESSAGES: 1, ADDRESS: 1 },
      );
    expect(answer({ type: 'action', payload: { status: 'err', response: TEXT } })).toMatchObject({
      status: 429,
      rules: ['ADDRESS'],
    });
    expect(answer({ type: 'error', payload: TEXT })).toMatchObject({
      status: 429,
      rules: ['ADDRESS'],
    });
    expect(answer({ type: 'error', payload: 'Failed to deserialize' })).toMatchObject({
      status: 400,
    });
    expect(answer({ type: 'action', payload: orders({ resting: { oid: 1 } }) })).toMatchObject({
      status: 200,
    });
    expect(answer({ type: 'info', payload: { type: 'l2Book', data: {} } })).toMatchObject({
      status: 200,
    });
    expect(hyperliquid.answer({ channel: 'trades', data: [] })).toBeUndefined();
  });

  test.each([
    ['429', ['WS_MESSAGES', 'WS_POSTS']],
    ['429 Too Many Requests', ['WS_MESSAGES', 'WS_POSTS']],
    ['too many pending post requests id=7', ['WS_POSTS']],
    ['Cannot send more than 2000 messages per minute.', ['WS_MESSAGES']],
  ])('of the network address over a WebSocket: %s', (text, rules) => {
    const cost = { WS_MESSAGES: 1, WS_POSTS: 1, ADDRESS: 1, ADDRESS_CANCELS: 0 };
    const response = { type: 'error', payload: text };
    const posted = hyperliquid.answer({ channel: 'post', data: { id: 7, response } }, cost);
    const alone = hyperliquid.answer({ channel: 'error', data: text }, cost);
    for (const answer of [posted, alone]) {
      expect(answer).toMatchObject({ status: 429, rules });
      expect(answer?.headers.has('retry-after')).toBe(false);
    }
    // As an SDK throws it.
    expect(hyperliquid.body?.(text, 400)).toMatchObject({ status: 429 });
    expect(hyperliquid.body?.(text, 429)).toBeUndefined();
  });

  test('other errors over a WebSocket are none', () => {
    for (const data of ['Cannot track more than 10 total users.', '4290', { error: '429' }])
      expect(hyperliquid.answer({ channel: 'error', data })).toBeUndefined();
  });
});
