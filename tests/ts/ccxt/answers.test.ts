import type { Exchange } from 'ccxt';
import ccxt from 'ccxt';
import { rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { bybit, kraken, kucoin, okx } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { follow } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { account, call, setUp, useServer } from './rig.ts';

const server = useServer();

describe('a refusal', () => {
  test('is ccxt’s error, and pauses all rules of the host', async () => {
    const { exchange, throttler, clock } = setUp(server);
    server.answers.push({
      status: 429,
      headers: { 'Retry-After': '30' },
      body: { code: -1003, msg: 'Too many' },
    });
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
    expect(throttler.told).toMatchObject([
      { status: 429, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS', 'ORDERS_1D'] },
    ]);
    const waiting = follow(clock, call(exchange, 'publicGetPing'));
    await call(exchange, 'fapiPublicGetPing');
    await clock.advance(29_000);
    expect(waiting.state).toBe('waiting');
    await clock.advance(1001);
    await expect.poll(() => waiting.state).toBe('granted');
  });

  test('under costs of one’s own pauses all rules', async () => {
    const throttler = new Watched([rollingWindow({ id: 'ALL', limit: 5, interval: 1000 })]);
    for (const id of ['binance', 'gemini']) {
      const exchange = server.exchange(id);
      attachThrottler(exchange, { throttler, costs: () => ({ ALL: 1 }) });
      server.answers.push({ status: 429, headers: { 'Retry-After': '5' } });
      await expect(exchange.fetch2('ping')).rejects.toThrow(ccxt.NetworkError);
      expect(throttler.told.at(-1)).toMatchObject({ status: 429, rules: undefined });
      expect(throttler.estimateWait({ ALL: 1 })).toBe(5000);
      throttler.resume();
    }
  });

  test('stays ccxt’s error where the throttler was closed meanwhile', async () => {
    const { exchange, throttler } = setUp(server);
    server.answers.push({ status: 429 });
    exchange.onRestResponse = (_status: number, _text, _url, _method, _headers, body: string) =>
      body;
    const { fetch } = exchange;
    exchange.fetch = function (this: Exchange, ...args: Parameters<Exchange['fetch']>) {
      throttler.close();
      return fetch.apply(this, args);
    } as Exchange['fetch'];
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
  });

  test('pauses nothing that was removed', async () => {
    const { exchange, throttler } = setUp(server);
    throttler.removeRule('ORDERS');
    server.answers.push({ status: 418, headers: { 'Retry-After': '1' } });
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
    expect(throttler.told).toMatchObject([
      { status: 418, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS_1D'] },
    ]);
  });

  test.each([
    [
      'bybit',
      bybit,
      'privateGetV5PositionList',
      { retCode: 10006, retMsg: 'Too many visits!' },
      ['50/s:GET /v5/position/list'],
    ],
    [
      'okx',
      okx,
      'privateGetAccountBalance',
      { code: '50011', msg: 'Too many requests' },
      ['10/2s:GET /api/v5/account/balance'],
    ],
    ['kraken', kraken, 'privatePostBalance', { error: ['EAPI:Rate limit exceeded'] }, ['PRIVATE']],
    ['kucoin', kucoin, 'privateGetAccounts', { code: '429000', msg: 'Too many' }, ['MANAGEMENT']],
  ])('in an answer of status 200: %s', async (id, profile, name, body, rules) => {
    const throttler = new Watched(profile.rules, { headers: profile.headers });
    const exchange = server.exchange(id);
    attachThrottler(exchange, { throttler });
    server.answers.push({ body });
    await expect(call(exchange, name)).rejects.toThrow(ccxt.BaseError);
    expect(throttler.told).toMatchObject([{ status: 429, rules }]);
  });

  test('of Bybit’s address is a ban for all', async () => {
    const throttler = new Watched(bybit.rules);
    const exchange = server.exchange('bybit');
    attachThrottler(exchange, { throttler });
    server.answers.push({ status: 403, body: '403, access too frequent' });
    await expect(call(exchange, 'publicGetV5MarketTime')).rejects.toThrow(ccxt.BaseError);
    expect(throttler.told).toMatchObject([{ status: 418, rules: undefined }]);
    expect(throttler.estimateWait({ 'spot:x': 1 })).toBe(600_000);
  });
});

describe('usage headers', () => {
  test('of Bybit go to the rule of the endpoint', async () => {
    const throttler = new Watched(bybit.rules, { headers: bybit.headers });
    const exchange = server.exchange('bybit');
    attachThrottler(exchange, { throttler });
    server.answers.push({
      headers: { 'X-Bapi-Limit': '10', 'X-Bapi-Limit-Status': '3' },
      body: { retCode: 0 },
    });
    await call(exchange, 'privateGetV5PositionList');
    expect(throttler.getStatus()['50/s:GET /v5/position/list']?.tokens).toBe(3);
    expect(throttler.getStatus().IP?.tokens).toBe(599);
  });

  test('of each of Binance’s hosts go to its rules', async () => {
    const exchange = server.exchange('binance');
    const { throttler } = attachThrottler(exchange);
    const headers = { 'X-MBX-USED-WEIGHT-1M': '1000', Date: new Date().toUTCString() };
    server.answers.push({ headers });
    await call(exchange, 'fapiPublicGetPing');
    const status = throttler.getStatus();
    expect(status.REQUEST_WEIGHT?.tokens).toBe(6000);
    expect(status['fapi:REQUEST_WEIGHT']?.tokens).toBe(1400);
    throttler.close();
  });
});
