/** Binance's own SDKs, and those of two communities. */

import {
  binanceApiNodeCalls,
  binanceConnectorCalls,
  binanceSpotCalls,
  binanceUsdsFuturesCalls,
  nodeBinanceApiCalls,
} from 'multi-throttler/client';
import { binanceSpot, binanceUsdm } from 'multi-throttler/exchange';
import { load } from '../load.mjs';

/** @typedef {import('../sdks.mjs').Sdk} Sdk */

export const TOO_MANY_OF_BINANCE = { code: -1003, msg: 'Too much request weight used' };

const CAMEL = { apiKey: 'key', apiSecret: 'secret' };

/** @type {Sdk[]} */
export const BINANCE = [
  {
    name: '@binance/spot',
    calls: binanceSpotCalls,
    profile: binanceSpot,
    success: {},
    tooMany: TOO_MANY_OF_BINANCE,
    make: async (basePath) => {
      const { Spot } = await load('@binance/spot');
      const client = new Spot({ configurationRestAPI: { ...CAMEL, basePath, retries: 0 } });
      return {
        client,
        open: () => client.restAPI.ticker24hr({ symbol: 'BTCUSDT' }),
        signed: () => client.restAPI.getOpenOrders({ symbol: 'BTCUSDT' }),
        breakKey: () => {
          client.restAPI.configuration.apiSecret = undefined;
          client.restAPI.configuration.privateKey = undefined;
        },
      };
    },
  },
  {
    name: '@binance/derivatives-trading-usds-futures',
    calls: binanceUsdsFuturesCalls,
    profile: binanceUsdm,
    success: {},
    tooMany: TOO_MANY_OF_BINANCE,
    make: async (basePath) => {
      const { DerivativesTradingUsdsFutures } = await load(
        '@binance/derivatives-trading-usds-futures',
      );
      const client = new DerivativesTradingUsdsFutures({
        configurationRestAPI: { ...CAMEL, basePath, retries: 0 },
      });
      return {
        client,
        open: () => client.restAPI.orderBook({ symbol: 'BTCUSDT' }),
        signed: () => client.restAPI.currentAllOpenOrders({ symbol: 'BTCUSDT' }),
        breakKey: () => {
          client.restAPI.configuration.apiSecret = undefined;
          client.restAPI.configuration.privateKey = undefined;
        },
      };
    },
  },
  {
    name: '@binance/connector',
    calls: binanceConnectorCalls,
    profile: binanceSpot,
    success: {},
    tooMany: TOO_MANY_OF_BINANCE,
    make: async (baseURL) => {
      const { Spot } = (await load('@binance/connector')).default;
      const client = new Spot('key', 'secret', { baseURL });
      return {
        client,
        open: () => client.ticker24hr('BTCUSDT'),
        signed: () => client.openOrders({ symbol: 'BTCUSDT' }),
        breakKey: () => {
          client.apiSecret = undefined;
        },
      };
    },
  },
  {
    name: 'node-binance-api',
    calls: nodeBinanceApiCalls,
    profile: binanceSpot,
    success: {},
    tooMany: TOO_MANY_OF_BINANCE,
    make: async (url) => {
      const { default: Binance } = await load('node-binance-api');
      const client = new Binance({
        APIKEY: 'key',
        APISECRET: 'secret',
        urls: { base: `${url}/api/` },
      });
      return {
        client,
        open: () => client.publicSpotRequest('v3/ticker/24hr', { symbol: 'BTCUSDT' }),
        signed: () => client.openOrders('BTCUSDT'),
        breakKey: () => {
          client.Options.APISECRET = '';
          client.APISECRET = '';
        },
      };
    },
  },
  {
    name: 'binance-api-node',
    calls: binanceApiNodeCalls,
    profile: binanceSpot,
    success: {},
    tooMany: TOO_MANY_OF_BINANCE,
    hasOwnMethods: true,
    make: async (httpBase) => {
      const { default: Binance } = (await load('binance-api-node')).default;
      let getTime = () => Date.now();
      const client = Binance({ ...CAMEL, httpBase, getTime: () => getTime() });
      return {
        client,
        open: () => client.dailyStats({ symbol: 'BTCUSDT' }),
        signed: () => client.openOrders({ symbol: 'BTCUSDT' }),
        breakKey: () => {
          getTime = () => {
            throw new Error('no time');
          };
        },
      };
    },
  },
];
