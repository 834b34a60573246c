/** The exchange SDKs, each with two requests and what an exchange answers. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  binanceApiNodeCalls,
  binanceCalls,
  binanceConnectorCalls,
  binanceSpotCalls,
  binanceUsdsFuturesCalls,
  bitgetApiCalls,
  bybitApiCalls,
  coinbaseApiCalls,
  gateioApiCalls,
  hyperliquidCalls,
  kucoinUniversalSdkCalls,
  nktkasHyperliquidCalls,
  nodeBinanceApiCalls,
  okxApiCalls,
} from 'multi-throttler/client';
import {
  binanceSpot,
  binanceUsdm,
  bitget,
  bybit,
  coinbaseExchange,
  gate,
  hyperliquid,
  kucoin,
  okx,
} from 'multi-throttler/exchange';
import { CLIENT_LOADER } from '../../../scripts/setup/clients.mjs';
import { load } from './load.mjs';

/**
 * @typedef {object} Sdk
 * @property {string} name
 * @property {import('multi-throttler/client').ClientCalls} calls
 * @property {import('multi-throttler/exchange').ExchangeProfile} profile
 * @property {unknown | ((received: import('./server.mjs').Received) => unknown)} success body of an
 *   answer that the SDK accepts
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

const TOO_MANY_OF_BINANCE = { code: -1003, msg: 'Too much request weight used' };

/**
 * The lists of assets, and what the exchange answers to an action.
 *
 * @param {import('./server.mjs').Received} received
 */
const DONE_BY_HYPERLIQUID = ({ body }) => {
  const { type, action } = JSON.parse(body);
  if (type === 'metaAndAssetCtxs') return [{ universe: [{ name: 'BTC' }] }, []];
  if (type === 'spotMetaAndAssetCtxs') return [{ tokens: [], universe: [] }, []];
  if (action?.type !== 'cancel') return { status: 'ok', response: { type: 'default' } };
  return { status: 'ok', response: { type: 'cancel', data: { statuses: ['success'] } } };
};

const KEYS = { api_key: 'key', api_secret: 'secret' };
const CAMEL = { apiKey: 'key', apiSecret: 'secret' };

/** @type {Sdk[]} */
export const SDKS = [
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
  {
    name: 'kucoin-universal-sdk',
    calls: kucoinUniversalSdkCalls,
    profile: kucoin,
    success: { code: '200000', data: {} },
    tooMany: { code: '429000', msg: 'Too many requests' },
    make: async (url) => {
      const sdk = (await load('kucoin-universal-sdk')).default;
      const transport = new sdk.TransportOptionBuilder().setMaxRetries(1).setRetryDelay(1).build();
      const options = new sdk.ClientOptionBuilder()
        .setKey('key')
        .setSecret('secret')
        .setPassphrase('pass')
        .setSpotEndpoint(url)
        .setFuturesEndpoint(url)
        .setBrokerEndpoint(url)
        .setTransportOption(transport)
        .build();
      const client = new sdk.DefaultClient(options);
      const spot = client.restService().getSpotService();
      const account = client.restService().getAccountService();
      const order = { side: 'buy', symbol: 'BTC-USDT', type: 'market', size: '1' };
      return {
        client,
        // Its reads are sent again after a refusal.
        open: () => spot.getOrderApi().addOrderTest(sdk.Spot.Order.AddOrderTestReq.create(order)),
        signed: () => account.getAccountApi().getAccountInfo(),
        breakKey: () => {
          spot.transport.signer = undefined;
        },
      };
    },
  },
  {
    name: '@nktkas/hyperliquid',
    calls: nktkasHyperliquidCalls,
    profile: hyperliquid,
    success: DONE_BY_HYPERLIQUID,
    tooMany: 'null',
    make: async (apiUrl) => {
      const { ExchangeClient, HttpTransport } = await load('@nktkas/hyperliquid');
      const { Wallet } = await load('ethers');
      const wallet = new Wallet(`0x${'11'.repeat(32)}`);
      const transport = new HttpTransport({ apiUrl });
      const client = new ExchangeClient({ transport, wallet });
      return {
        client,
        open: () => client.noop(),
        signed: () => client.cancel({ cancels: [{ a: 0, o: 1 }] }),
        breakKey: () => {
          wallet.signTypedData = () => Promise.reject(new Error('the key is broken'));
        },
      };
    },
  },
  {
    name: 'hyperliquid',
    calls: hyperliquidCalls,
    profile: hyperliquid,
    success: DONE_BY_HYPERLIQUID,
    tooMany: 'null',
    make: async (url) => {
      const { BASE_URLS, Hyperliquid } = await load('hyperliquid');
      BASE_URLS.PRODUCTION = url;
      const client = new Hyperliquid({
        enableWs: false,
        privateKey: '11'.repeat(32),
        disableAssetMapRefresh: true,
      });
      // Its first order would also set a referrer.
      client.exchange._i = 1;
      await client.connect();
      await client.symbolConversion.initialize();
      return {
        client,
        open: () => client.info.getUserRole('0x1'),
        signed: () => client.exchange.cancelOrder({ coin: 'BTC-PERP', o: 1 }),
        breakKey: () => {
          client.exchange.wallet = undefined;
        },
        stop: () => client.disconnect(),
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
 * The body of an answer that an SDK accepts.
 *
 * @param {Sdk} sdk
 * @param {import('./server.mjs').Received} received
 */
export function successOf({ success }, received) {
  return typeof success === 'function' ? success(received) : success;
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
