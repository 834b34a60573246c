import { MultiThrottler } from 'multi-throttler';
import { deribit } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';
import { thrown } from '../../support/helpers.ts';

const get = (method: string) => deribit.costs('GET', `/api/v2/${method}`);
const rpc = (method: string, path = '/ws/api/v2') =>
  deribit.costs('POST', path, { jsonrpc: '2.0', id: 1, method, params: {} });

describe('methods', () => {
  test.each([
    ['buy'],
    ['sell'],
    ['edit'],
    ['edit_by_label'],
    ['cancel'],
    ['cancel_all'],
    ['cancel_all_by_currency'],
    ['cancel_all_by_currency_pair'],
    ['cancel_all_by_kind_or_type'],
    ['cancel_all_by_instrument'],
    ['cancel_by_label'],
    ['close_position'],
    ['verify_block_trade'],
    ['execute_block_trade'],
    ['simulate_block_trade'],
  ])('private/%s goes to the matching engine', (name) => {
    expect(get(`private/${name}`)).toEqual({ ENGINE: 1 });
    expect(rpc(`private/${name}`)).toEqual({ ENGINE: 1 });
  });

  test.each([
    ['private/get_positions', { OTHER: 1 }, { OTHER: 1 }],
    ['private/get_account_summary', { OTHER: 1 }, { OTHER: 1 }],
    ['public/ticker', { PUBLIC: 1 }, { PUBLIC: 1, OTHER: 1 }],
    ['public/auth', { PUBLIC: 1 }, { PUBLIC: 1, OTHER: 1 }],
    [
      'public/get_instruments',
      { PUBLIC: 1, INSTRUMENTS: 1 },
      { PUBLIC: 1, OTHER: 1, INSTRUMENTS: 1 },
    ],
    ['public/subscribe', { PUBLIC: 1, SUBSCRIBE: 1 }, { PUBLIC: 1, OTHER: 1, SUBSCRIBE: 1 }],
    ['private/unsubscribe', { OTHER: 1, SUBSCRIBE: 1 }, { OTHER: 1, SUBSCRIBE: 1 }],
    [
      'private/get_transaction_log',
      { OTHER: 1, TRANSACTION_LOG: 1 },
      { OTHER: 1, TRANSACTION_LOG: 1 },
    ],
    ['private/move_positions', { ENGINE: 1, MOVE_POSITIONS: 1 }, { ENGINE: 1, MOVE_POSITIONS: 1 }],
    ['private/mass_quote', { QUOTES: 1 }, { QUOTES: 1 }],
    ['private/cancel_quotes', { QUOTES: 1 }, { QUOTES: 1 }],
  ])('%s: %j, and by JSON-RPC %j', (method, cost, byRpc) => {
    expect(get(method)).toEqual(cost);
    expect(rpc(method)).toEqual(byRpc);
  });

  test('are found in the body of a request over HTTP, too', () => {
    expect(rpc('private/buy', '/api/v2')).toEqual({ ENGINE: 1 });
    expect(rpc('private/buy', 'https://www.deribit.com/api/v2/')).toEqual({ ENGINE: 1 });
    expect(rpc('private/buy', '/api/v2/private/buy')).toEqual({ ENGINE: 1 });
    expect(rpc('public/ticker', '/api/v2/public/ticker')).toEqual({ PUBLIC: 1, OTHER: 1 });
    const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'private/sell' });
    expect(deribit.costs('POST', '/ws/api/v2', text)).toEqual({ ENGINE: 1 });
  });

  test('that are unknown count as those of the engine, and are reported once', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    expect(get('private/new')).toEqual({ OTHER: 1, ENGINE: 1 });
    expect(get('private/new')).toEqual({ OTHER: 1, ENGINE: 1 });
    expect(get('public/new')).toEqual({ PUBLIC: 1 });
    expect(rpc('public/new')).toEqual({ PUBLIC: 1, OTHER: 1 });
    expect(deribit.costs('POST', '/ws/api/v2', { id: 1 })).toEqual({ OTHER: 1, ENGINE: 1 });
    expect(warn).toHaveBeenCalledTimes(4);
    warn.mockRestore();
  });
});

test.each([
  ['tier1', 100, 30],
  ['tier2', 50, 20],
  ['tier3', 30, 10],
  ['tier4', 20, 5],
])('%s has bursts of %i and %i a second', (tier, capacity, perSecond) => {
  const rule = deribit.with({ tier }).rules.find(({ id }) => id === 'ENGINE');
  expect(rule).toMatchObject({ capacity, refillRate: perSecond / 1000 });
});

test('without a tier the limits are the lowest, and others are refused', () => {
  expect(deribit.rules).toEqual(deribit.with({ tier: 'tier4' }).rules);
  expect(thrown(() => deribit.with({ tier: 'tier5' }))).toMatchObject({ field: 'tier' });
});

test('the limits of an account can be set at any time', () => {
  const throttler = new MultiThrottler(deribit.rules);
  const { rate, burst } = { rate: 200, burst: 250 };
  throttler.updateRule('ENGINE', { capacity: burst, refillRate: rate / 1000 });
  expect(throttler.getRule('ENGINE')).toMatchObject({ capacity: 250, refillRate: 0.2 });
  throttler.close();
});

test('rules say whose requests they count', () => {
  for (const { id, scope } of deribit.rules) {
    expect([id, scope]).toEqual([id, /^(PUBLIC|INSTRUMENTS)$/.test(id) ? 'ip' : 'account']);
  }
});

describe('a body', () => {
  const read = (body: unknown, status = 400) => deribit.body?.(body, status);
  const error = (code: number) => ({ jsonrpc: '2.0', error: { code, message: 'x' }, usIn: 1 });

  test('of too many requests is a refusal, whatever its status', () => {
    expect(read(error(10_028))).toEqual({ status: 429 });
    expect(read(JSON.stringify(error(10_028)), 200)).toEqual({ status: 429 });
    expect(read(error(10_066))).toEqual({ status: 429 });
  });

  test('of a full queue delays the matching engine for a second', () => {
    const verdict = read(error(10_047));
    expect(verdict).toMatchObject({ status: 429, retryAfter: 1000 });
    expect(['ENGINE', 'QUOTES', 'OTHER'].map((id) => verdict?.of?.(id))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test.each([error(10_009), error(13_009), { jsonrpc: '2.0', result: {} }, [], '', undefined])(
    '%j is none',
    (body) => {
      expect(read(body)).toBeUndefined();
    },
  );
});

describe('a message over a WebSocket', () => {
  const cost = { ENGINE: 1 };

  test('that answers is read with the time of the exchange', () => {
    const answer = { jsonrpc: '2.0', id: 5, result: {}, usIn: 1, usOut: 1_764_504_000_250_000 };
    const read = deribit.answer(JSON.stringify(answer), cost);
    expect(read).toMatchObject({ status: 200 });
    expect(read?.headers.get('date')).toBe('Sun, 30 Nov 2025 12:00:00 GMT');
  });

  test('that refuses pauses the rules of its request', () => {
    const error = { code: 10_028, message: 'too_many_requests' };
    const answer = { jsonrpc: '2.0', id: 5, error, usOut: 1_764_504_000_250_000 };
    expect(deribit.answer(answer, cost)).toMatchObject({ status: 429, rules: ['ENGINE'] });
  });

  test('that fails otherwise is no refusal', () => {
    const answer = { jsonrpc: '2.0', id: 5, error: { code: 10_009, message: 'not_enough_funds' } };
    expect(deribit.answer(answer, cost)).toMatchObject({ status: 400 });
  });

  test.each([
    { jsonrpc: '2.0', method: 'subscription', params: { channel: 'ticker.BTC-PERPETUAL.raw' } },
    { jsonrpc: '2.0', method: 'heartbeat', params: { type: 'test_request' } },
    { id: 5, result: {} },
    { jsonrpc: '2.0', id: 5 },
    'no JSON',
  ])('%j answers no request', (message) => {
    expect(deribit.answer(message, cost)).toBeUndefined();
  });
});
