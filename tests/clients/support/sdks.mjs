/** The exchange SDKs, each with two requests and what an exchange answers. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  binanceCalls,
  bitgetApiCalls,
  bybitApiCalls,
  coinbaseApiCalls,
  gateioApiCalls,
  okxApiCalls,
} from 'multi-throttler/client';
import { binanceSpot, bitget, bybit, coinbaseExchange, gate, okx } from 'multi-throttler/exchange';
import { CLIENT_LOADER } from '../../../scripts/setup/clients.mjs';
import { load } from './load.mjs';

/**
 * @typedef {object} Sdk
 * @property {string} name
 * @property {import('multi-throttler/client').ClientCalls} calls
 * @property {import('multi-throttler/exchange').ExchangeProfile} profile
 * @property {unknown} success body of an answer that the SDK accepts
 * @property {unknown} tooMany body of a 429
 * @property {(url: string) => Promise<Made>} make
 * @property {boolean} [hasOwnMethods] whether the methods are properties of the client itself
 *
 * @typedef {object} Made
 * @property {any} client that is throttled
 * @property {() => Promise<unknown>} open sends a request that is not signed
 * @property {() => Promise<unknown>} signed sends one that is
 * @property {() => void} breakKey makes the client unable to sign
 * @property {() => void} [stop] ends what the client has begun
 */

const KEYS = { api_key: 'key', api_secret: 'secret' };
const CAMEL = { apiKey: 'key', apiSecret: 'secret' };

/** @type {Sdk[]} */
export const SDKS = [
  {
    name: 'binance',
    calls: binanceCalls,
    profile: binanceSpot,
    success: {},
    tooMany: { code: -1003, msg: 'Too much request weight used' },
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

/**
 * @param {string} name
 */
export function sdkOf(name) {
  const found = SDKS.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`${name} is none of the SDKs`);
  return found;
}

/**
 * The version of a package that set-up has installed.
 *
 * @param {string} name
 */
export function installedVersion(name) {
  const file = join(CLIENT_LOADER, '..', 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
