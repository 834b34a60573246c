/** SDKs that send orders over WebSockets, and what an exchange answers. */

import {
  binanceSocketCalls,
  binanceSpotSocketCalls,
  binanceUsdsFuturesSocketCalls,
  bitgetApiSocketCalls,
  bybitApiSocketCalls,
  gateioApiSocketCalls,
  nktkasHyperliquidCalls,
  okxApiSocketCalls,
} from 'multi-throttler/client';
import {
  binanceSpot,
  binanceUsdm,
  bitget,
  bybit,
  gate,
  hyperliquid,
  okx,
} from 'multi-throttler/exchange';
import { load } from './load.mjs';

const SILENT = { trace() {}, info() {}, error() {}, warn() {}, debug() {} };
export const ORDER = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: 1 };
const RATE_LIMITS = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000, count: 777 },
];

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {import('multi-throttler/client').ClientCalls} calls
 * @property {import('multi-throttler/exchange').ExchangeProfile} profile
 * @property {(message: any, refused: boolean) => unknown} respond
 * @property {(url: string) => Promise<{ client: any, order: () => Promise<unknown>, stop: () =>
 *   void }>} make
 * @property {(message: any) => number | undefined} [timestamp] of an order, where the caller or the
 *   SDK sends one with it
 */

/** @param {any} message @param {boolean} refused */
export const ofBinance = ({ id }, refused) => ({
  id,
  ...(refused
    ? {
        status: 429,
        error: {
          code: -1003,
          msg: 'Too much request weight used',
          data: { serverTime: 1_700_000_000_000, retryAfter: 1_700_000_003_000 },
        },
      }
    : { status: 200, result: {} }),
  rateLimits: RATE_LIMITS,
});

/** @param {string} name @param {string} client @returns {Case['make']} */
const ownClient = (name, client) => async (wsURL) => {
  const { [client]: Client } = await load(name);
  const configuration = { apiKey: 'key', apiSecret: 'secret', wsURL, reconnectDelay: 60_000 };
  const connection = await new Client({
    configurationWebsocketAPI: configuration,
  }).websocketAPI.connect();
  const send = connection.orderPlace ?? connection.newOrder;
  return {
    client: connection,
    order: () => send.call(connection, ORDER),
    stop: () => connection.disconnect(),
  };
};

/** @type {Case[]} */
export const CASES = [
  {
    name: 'binance',
    calls: binanceSocketCalls,
    profile: binanceSpot,
    respond: ofBinance,
    timestamp: ({ params }) => params.timestamp,
    make: async (wsUrl) => {
      const { WebsocketAPIClient } = await load('binance');
      const client = new WebsocketAPIClient(
        { api_key: 'key', api_secret: 'secret', wsUrl, attachEventListeners: false },
        SILENT,
      );
      const timestamp = Date.now();
      return {
        client,
        order: () => client.submitNewSpotOrder({ ...ORDER, timestamp }),
        stop: () => client.getWSClient().closeAll(true),
      };
    },
  },
  {
    name: 'bybit-api',
    calls: bybitApiSocketCalls,
    profile: bybit,
    respond: ({ op, reqId }, refused) =>
      op === 'auth'
        ? { op: 'auth', retCode: 0, retMsg: 'OK', connId: 'c' }
        : {
            op,
            reqId,
            retCode: refused ? 10006 : 0,
            retMsg: '',
            data: {},
            header: refused
              ? { 'X-Bapi-Limit': '10', 'X-Bapi-Limit-Status': '0', Traceid: 't' }
              : { Traceid: 't' },
          },
    timestamp: ({ header }) => Number(header['X-BAPI-TIMESTAMP']),
    make: async (wsUrl) => {
      const { WebsocketAPIClient } = await load('bybit-api');
      const client = new WebsocketAPIClient(
        { key: 'key', secret: 'secret', wsUrl, attachEventListeners: false },
        SILENT,
      );
      return {
        client,
        order: () =>
          client.submitNewOrder({
            category: 'linear',
            symbol: 'BTCUSDT',
            side: 'Buy',
            orderType: 'Market',
            qty: '1',
          }),
        stop: () => client.getWSClient().closeAll(true),
      };
    },
  },
  {
    name: 'okx-api',
    calls: okxApiSocketCalls,
    profile: okx,
    respond: ({ op, id }, refused) =>
      op === 'login'
        ? { event: 'login', code: '0', msg: '', connId: 'c' }
        : {
            ...{ id, op, msg: '', inTime: '1', outTime: '2' },
            code: refused ? '50011' : '0',
            data: refused ? [] : [{ sCode: '0' }],
          },
    make: async (wsUrl) => {
      const { WebsocketAPIClient } = await load('okx-api');
      const account = { apiKey: 'key', apiSecret: 'secret', apiPass: 'pass' };
      const client = new WebsocketAPIClient(
        { accounts: [account], wsUrl, attachEventListeners: false },
        SILENT,
      );
      const order = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'market', sz: '1' };
      return {
        client,
        order: () => client.submitNewOrder(order),
        stop: () => client.getWSClient().closeAll(true),
      };
    },
  },
  {
    name: 'gateio-api',
    calls: gateioApiSocketCalls,
    profile: gate,
    respond: ({ channel, payload }, refused) => ({
      request_id: payload?.req_id,
      ack: false,
      header: {
        response_time: String(Date.now()),
        status: refused ? '429' : '200',
        channel,
        event: 'api',
      },
      data: refused
        ? { errs: { label: 'TOO_MANY_REQUESTS', message: 'Too many' } }
        : { result: channel.endsWith('login') ? { api_key: 'key', uid: '1' } : {} },
    }),
    timestamp: ({ time }) => time * 1000,
    make: async (wsUrl) => {
      const { WebsocketAPIClient } = await load('gateio-api');
      const client = new WebsocketAPIClient(
        { apiKey: 'key', apiSecret: 'secret', wsUrl, attachEventListeners: false },
        SILENT,
      );
      const order = {
        currency_pair: 'BTC_USDT',
        side: 'buy',
        amount: '1',
        price: '1',
        text: 't-1',
      };
      return {
        client,
        order: () => client.submitNewSpotOrder(order),
        stop: () => client.getWSClient().closeAll(true),
      };
    },
  },
  {
    name: 'bitget-api',
    calls: bitgetApiSocketCalls,
    profile: bitget,
    respond: ({ op, id, topic, category }, refused) =>
      op === 'login'
        ? { event: 'login', code: 0, msg: '' }
        : {
            event: refused ? 'error' : 'trade',
            id,
            category,
            topic,
            args: [],
            code: refused ? '429' : '0',
            msg: refused ? 'Too Many Requests' : 'Success',
            ts: '1',
          },
    make: async (wsUrl) => {
      const { WebsocketAPIClient } = await load('bitget-api');
      const client = new WebsocketAPIClient(
        {
          apiKey: 'key',
          apiSecret: 'secret',
          apiPass: 'pass',
          wsUrl,
          attachEventListeners: false,
        },
        SILENT,
      );
      const order = {
        symbol: 'BTCUSDT',
        side: 'buy',
        orderType: 'market',
        qty: '1',
        category: 'spot',
      };
      return {
        client,
        order: () => client.submitNewOrder('spot', order),
        stop: () => client.getWSClient().closeAll(true),
      };
    },
  },
  {
    name: '@binance/spot',
    calls: binanceSpotSocketCalls,
    profile: binanceSpot,
    respond: ofBinance,
    timestamp: ({ params }) => params.timestamp,
    make: ownClient('@binance/spot', 'Spot'),
  },
  {
    name: '@binance/derivatives-trading-usds-futures',
    calls: binanceUsdsFuturesSocketCalls,
    profile: binanceUsdm,
    respond: ofBinance,
    timestamp: ({ params }) => params.timestamp,
    make: ownClient('@binance/derivatives-trading-usds-futures', 'DerivativesTradingUsdsFutures'),
  },
  {
    name: '@nktkas/hyperliquid',
    calls: nktkasHyperliquidCalls,
    profile: hyperliquid,
    respond: ({ id }, refused) => ({
      channel: 'post',
      data: {
        id,
        response: {
          type: 'action',
          payload: refused
            ? { status: 'err', response: 'Too many cumulative requests sent (10000 > 9999)' }
            : { status: 'ok', response: { type: 'cancel', data: { statuses: ['success'] } } },
        },
      },
    }),
    // Its nonce is the time at which it signs.
    timestamp: ({ request }) => request.payload.nonce,
    make: async (url) => {
      const { ExchangeClient, WebSocketTransport } = await load('@nktkas/hyperliquid');
      const { Wallet } = await load('ethers');
      // Node has a global one since version 22.
      const { WebSocket } = await load('ws');
      const transport = new WebSocketTransport({ url, reconnect: { WebSocket } });
      await transport.ready();
      const wallet = new Wallet(`0x${'11'.repeat(32)}`);
      const client = new ExchangeClient({ transport, wallet });
      return {
        client,
        order: () => client.cancel({ cancels: [{ a: 0, o: 1 }] }),
        stop: () => transport.close(),
      };
    },
  },
];
