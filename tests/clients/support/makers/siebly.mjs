/** The SDKs of one maker. */

import {
  binanceCalls,
  bitgetApiCalls,
  bybitApiCalls,
  coinbaseApiCalls,
  gateioApiCalls,
  okxApiCalls,
} from 'multi-throttler/client';
import { binanceSpot, bitget, bybit, coinbaseExchange, gate, okx } from 'multi-throttler/exchange';
import { load } from '../load.mjs';
import { TOO_MANY_OF_BINANCE } from './binance.mjs';

/** @typedef {import('../sdks.mjs').Sdk} Sdk */

const KEYS = { api_key: 'key', api_secret: 'secret' };
const CAMEL = { apiKey: 'key', apiSecret: 'secret' };

/** @type {Sdk[]} */
export const SIEBLY = [
  {
    name: 'binance',
    calls: binanceCalls,
    profile: binanceSpot,
    success: {},
    tooMany: TOO_MANY_OF_BINANCE,
    make: async (baseUrl) => {
      const { MainClient } = await load('binance');
      const client = new MainClient({ ...KEYS, baseUrl });
      return {
        client,
        open: () => client.get24hrChangeStatistics({ symbol: 'BTCUSDT' }),
        signed: () => client.getOpenOrders({ symbol: 'BTCUSDT' }),
        breakKey: () => breakSigning(client),
      };
    },
  },
  {
    name: 'bybit-api',
    calls: bybitApiCalls,
    profile: bybit,
    success: { retCode: 0, retMsg: 'OK', result: {} },
    tooMany: { retCode: 10006, retMsg: 'Too many visits!' },
    make: async (baseUrl) => {
      const { RestClientV5 } = await load('bybit-api');
      const client = new RestClientV5({ key: 'key', secret: 'secret', baseUrl });
      return {
        client,
        open: () => client.getTickers({ category: 'linear', symbol: 'BTCUSDT' }),
        signed: () => client.getPositionInfo({ category: 'linear' }),
        breakKey: () => breakSigning(client),
      };
    },
  },
  {
    name: 'okx-api',
    calls: okxApiCalls,
    profile: okx,
    success: { code: '0', msg: '', data: [] },
    tooMany: { code: '50011', msg: 'Too Many Requests', data: [] },
    make: async (baseUrl) => {
      const { RestClient } = await load('okx-api');
      const client = new RestClient({ ...CAMEL, apiPass: 'pass', baseUrl });
      return {
        client,
        open: () => client.getTicker({ instId: 'BTC-USDT' }),
        signed: () => client.getPositions(),
        breakKey: () => breakSigning(client),
      };
    },
  },
  {
    name: 'bitget-api',
    calls: bitgetApiCalls,
    profile: bitget,
    success: { code: '00000', data: [] },
    tooMany: { code: '429', msg: 'Too Many Requests' },
    make: async (baseUrl) => {
      const { RestClientV2 } = await load('bitget-api');
      const client = new RestClientV2({ ...CAMEL, apiPass: 'pass', baseUrl });
      return {
        client,
        open: () => client.getSpotTicker({ symbol: 'BTCUSDT' }),
        signed: () => client.getSpotAccount(),
        breakKey: () => breakSigning(client),
      };
    },
  },
  {
    name: 'gateio-api',
    calls: gateioApiCalls,
    profile: gate,
    success: {},
    tooMany: { label: 'TOO_MANY_REQUESTS', message: 'Request Rate Limit Exceeded' },
    make: async (url) => {
      const { RestClient } = await load('gateio-api');
      const client = new RestClient({ ...CAMEL, baseUrl: `${url}/api/v4` });
      return {
        client,
        open: () => client.getSpotTicker({ currency_pair: 'BTC_USDT' }),
        signed: () => client.getSpotAccounts(),
        breakKey: () => breakSigning(client),
      };
    },
  },
  {
    name: 'coinbase-api',
    calls: coinbaseApiCalls,
    profile: coinbaseExchange,
    success: {},
    tooMany: { message: 'Public rate limit exceeded' },
    make: async (baseUrl) => {
      const { CBExchangeClient } = await load('coinbase-api');
      const client = new CBExchangeClient({ ...CAMEL, apiPassphrase: 'pass', baseUrl });
      return {
        client,
        open: () => client.getProductTicker({ product_id: 'BTC-USD' }),
        signed: () => client.getAccounts(),
        breakKey: () => {
          client.apiPassphrase = '';
        },
      };
    },
  },
];

/**
 * Makes a client of one maker unable to sign.
 *
 * @param {any} client
 */
function breakSigning(client) {
  client.options.customSignMessageFn = () => {
    throw new Error('the key is broken');
  };
}
