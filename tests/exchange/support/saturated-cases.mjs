/**
 * Requests with which bots saturate each exchange, and the most that they can be granted.
 *
 * @typedef {object} Stream requests of one kind, in any number
 * @property {string} rule of the profile that limits it
 * @property {string} counter of the exchange
 * @property {string} request method and path with parameters
 * @property {string} [body] in JSON
 * @property {[method: string, params?: object]} ccxt the request as an implicit method of ccxt
 * @property {number} workers requests that wait or are in flight at a time: more than may be
 *   granted at once
 * @property {number} [unused] weight that each window leaves unused, as a request is granted only
 *   when the most that it may cost remains: that cost minus the actual one
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {string} id of ccxt; empty for an exchange that it lacks
 * @property {import('multi-throttler/exchange').ExchangeProfile} profile
 * @property {import('./rig.mjs').Start} start
 * @property {number} minutes length of the run
 * @property {Stream[]} streams
 */

import {
  asterFutures,
  binanceSpot,
  binanceUs,
  binanceUsdm,
  bybit,
  coinbaseExchange,
  kraken,
  kucoin,
  okx,
} from 'multi-throttler/exchange';
import { binanceFutures } from '../../simulator/venues/binance-futures.mjs';
import { binanceUs as binanceUsVenue } from '../../simulator/venues/binance-us.mjs';
import { bybit as bybitVenue } from '../../simulator/venues/bybit.mjs';
import { coinbaseExchange as coinbaseVenue } from '../../simulator/venues/coinbase-exchange.mjs';
import { kraken as krakenVenue } from '../../simulator/venues/kraken.mjs';
import { kucoin as kucoinVenue } from '../../simulator/venues/kucoin.mjs';
import { okx as okxVenue } from '../../simulator/venues/okx.mjs';
import { BITGET } from './cases/bitget.mjs';
import { BITMEX } from './cases/bitmex.mjs';
import { COINBASE_ADVANCED } from './cases/coinbase-advanced.mjs';
import { DERIBIT } from './cases/deribit.mjs';
import { GATE } from './cases/gate.mjs';
import { HYPERLIQUID } from './cases/hyperliquid.mjs';
import { KRAKEN_FUTURES } from './cases/kraken-futures.mjs';
import { MEXC } from './cases/mexc.mjs';
import { binance, venueOf } from './rig.mjs';

const ORDER = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '1',
  price: '2',
};
const DEPTH = { symbol: 'BTCUSDT', limit: 5000 };
const FUTURES_DEPTH = { symbol: 'BTCUSDT', limit: 1000 };

/** @param {object} params */
const query = (params) => new URLSearchParams(Object.entries(params));

/** @type {Stream[]} */
const OKX_STREAMS = [
  {
    rule: '60/2s:POST /api/v5/trade/order:BTC-USDT',
    counter: 'POST /api/v5/trade/order BTC-USDT',
    request: 'POST /api/v5/trade/order?instId=BTC-USDT',
    ccxt: ['privatePostTradeOrder', { instId: 'BTC-USDT' }],
    workers: 100,
  },
  {
    rule: '60/2s:POST /api/v5/trade/order:ETH-USDT',
    counter: 'POST /api/v5/trade/order ETH-USDT',
    request: 'POST /api/v5/trade/order?instId=ETH-USDT',
    ccxt: ['privatePostTradeOrder', { instId: 'ETH-USDT' }],
    workers: 100,
  },
  {
    rule: '20/2s:GET /api/v5/market/ticker',
    counter: 'GET /api/v5/market/ticker',
    request: 'GET /api/v5/market/ticker?instId=BTC-USDT',
    ccxt: ['publicGetMarketTicker', { instId: 'BTC-USDT' }],
    workers: 40,
  },
];

/** @type {Case[]} */
export const CASES = [
  {
    name: 'Binance spot, market data',
    id: 'binance',
    profile: binanceSpot,
    start: binance(),
    minutes: 4,
    streams: [
      {
        rule: 'REQUEST_WEIGHT',
        counter: 'REQUEST_WEIGHT',
        request: `GET /api/v3/depth?${query(DEPTH)}`,
        ccxt: ['publicGetDepth', DEPTH],
        workers: 40,
      },
    ],
  },
  {
    name: 'Binance spot, orders',
    id: 'binance',
    profile: binanceSpot,
    start: binance(),
    minutes: 1,
    streams: [
      {
        rule: 'ORDERS',
        counter: 'ORDERS',
        request: `POST /api/v3/order?${query(ORDER)}`,
        ccxt: ['privatePostOrder', ORDER],
        workers: 150,
      },
    ],
  },
  {
    name: 'Binance USD-M futures',
    id: 'binanceusdm',
    profile: binanceUsdm,
    start: venueOf(() => binanceFutures('usdm')),
    minutes: 1,
    streams: [
      {
        rule: 'REQUEST_WEIGHT',
        counter: 'REQUEST_WEIGHT',
        request: `GET /fapi/v1/depth?${query(FUTURES_DEPTH)}`,
        ccxt: ['fapiPublicGetDepth', FUTURES_DEPTH],
        workers: 200,
      },
      {
        // 300 per 10 s, but no more than 1200 per minute.
        rule: 'ORDERS_1M',
        counter: 'ORDERS_1M',
        request: `POST /fapi/v1/order?${query(ORDER)}`,
        ccxt: ['fapiPrivatePostOrder', ORDER],
        workers: 400,
      },
    ],
  },
  {
    name: 'Binance.US',
    id: 'binanceus',
    profile: binanceUs,
    start: venueOf(binanceUsVenue),
    minutes: 2,
    streams: [
      {
        rule: 'REQUEST_WEIGHT',
        counter: 'REQUEST_WEIGHT',
        request: `GET /api/v3/depth?${query(DEPTH)}`,
        ccxt: ['publicGetDepth', DEPTH],
        workers: 40,
      },
    ],
  },
  {
    name: 'Aster futures',
    id: 'aster',
    profile: asterFutures,
    start: venueOf(() => binanceFutures('aster')),
    minutes: 2,
    streams: [
      {
        rule: 'REQUEST_WEIGHT',
        counter: 'REQUEST_WEIGHT',
        request: `GET /fapi/v1/depth?${query(FUTURES_DEPTH)}`,
        ccxt: ['fapiPublicGetV1Depth', FUTURES_DEPTH],
        workers: 200,
      },
    ],
  },
  {
    name: 'Bybit',
    id: 'bybit',
    profile: bybit,
    start: venueOf(bybitVenue),
    minutes: 0.4,
    streams: [
      {
        rule: 'linear:POST /v5/order/create',
        counter: 'POST /v5/order/create linear',
        request: 'POST /v5/order/create?category=linear',
        ccxt: ['privatePostV5OrderCreate', { category: 'linear' }],
        workers: 30,
      },
      {
        rule: '50/s:GET /v5/position/list',
        counter: 'GET /v5/position/list',
        request: 'GET /v5/position/list',
        ccxt: ['privateGetV5PositionList'],
        workers: 100,
      },
    ],
  },
  {
    name: 'Bybit, market data',
    id: 'bybit',
    profile: bybit,
    start: venueOf(bybitVenue),
    minutes: 0.2,
    streams: [
      {
        rule: 'IP',
        counter: 'IP',
        request: 'GET /v5/market/tickers',
        ccxt: ['publicGetV5MarketTickers'],
        workers: 800,
      },
    ],
  },
  ...['rolling', 'fixed'].map((windows) => ({
    name: `OKX, if its windows are ${windows}`,
    id: 'okx',
    profile: okx,
    start: venueOf(() => okxVenue(/** @type {'rolling' | 'fixed'} */ (windows))),
    minutes: 0.3,
    streams: OKX_STREAMS,
  })),
  {
    name: 'KuCoin',
    id: 'kucoin',
    profile: kucoin,
    start: venueOf(kucoinVenue),
    minutes: 1.6,
    streams: [
      {
        rule: 'PUBLIC',
        counter: 'PUBLIC',
        request: 'GET /api/v1/market/allTickers',
        ccxt: ['publicGetMarketAllTickers'],
        workers: 200,
      },
      {
        rule: 'SPOT',
        counter: 'SPOT',
        request: 'GET /api/v1/limit/fills',
        ccxt: ['privateGetLimitFills'],
        workers: 300,
      },
    ],
  },
  {
    name: 'Kraken',
    id: 'kraken',
    profile: kraken,
    start: venueOf(krakenVenue),
    minutes: 4,
    streams: [
      {
        rule: 'PRIVATE',
        counter: 'private',
        request: 'POST /0/private/Balance',
        ccxt: ['privatePostBalance'],
        workers: 30,
      },
      {
        rule: 'TRADING:XBTUSD',
        counter: 'trading XBTUSD',
        request: 'POST /0/private/AddOrder?pair=XBTUSD',
        ccxt: ['privatePostAddOrder', { pair: 'XBTUSD' }],
        workers: 100,
      },
      {
        rule: 'PUBLIC',
        counter: 'public',
        request: 'GET /0/public/Ticker',
        ccxt: ['publicGetTicker'],
        workers: 5,
      },
    ],
  },
  {
    name: 'Coinbase Exchange',
    id: 'coinbaseexchange',
    profile: coinbaseExchange,
    start: venueOf(coinbaseVenue),
    minutes: 0.5,
    streams: [
      {
        rule: 'PUBLIC',
        counter: 'public',
        request: 'GET /products/BTC-USD/book',
        ccxt: ['publicGetProductsIdBook', { id: 'BTC-USD' }],
        workers: 40,
      },
      {
        rule: 'PRIVATE',
        counter: 'private',
        request: 'GET /accounts',
        ccxt: ['privateGetAccounts'],
        workers: 60,
      },
      {
        rule: 'FILLS',
        counter: 'fills',
        request: 'GET /fills',
        ccxt: ['privateGetFills'],
        workers: 40,
      },
    ],
  },
  ...BITMEX,
  ...COINBASE_ADVANCED,
  ...DERIBIT,
  ...HYPERLIQUID,
  ...BITGET,
  ...GATE,
  ...KRAKEN_FUTURES,
  ...MEXC,
];

/**
 * The cases that can be sent in one of the ways of `SENDERS`.
 *
 * @param {string} by its name
 */
export const casesBy = (by) => CASES.filter(({ id }) => by !== 'ccxt' || id !== '');

/**
 * The longest delay that all rules in use allow for: the shortest of their jitters, ms.
 *
 * @param {Case} one
 */
export function delayOf({ profile, streams }) {
  return Math.min(...streams.map(({ rule }) => jitterOf(ruleOf(profile, rule))));
}

/** @param {import('multi-throttler').Rule} rule */
function jitterOf(rule) {
  return 'jitter' in rule ? (rule.jitter ?? 0) : 0;
}

/**
 * The most that can be granted under a rule that allows for its jitter (see `src/engine/limit`),
 * and the time by which it is granted.
 *
 * @param {import('multi-throttler/exchange').ExchangeProfile} profile
 * @param {string} id
 * @param {number} duration ms
 * @param {number} [unused] by each window
 * @returns {{ most: number, within: number }}
 */
export function possible(profile, id, duration, unused = 0) {
  const rule = ruleOf(profile, id);
  const jitter = jitterOf(rule);
  if (rule.algorithm === 'token-bucket') {
    const { capacity, refillRate } = rule;
    return { most: capacity - refillRate * jitter + refillRate * duration, within: duration };
  }
  if (rule.algorithm === 'concurrency') throw new TypeError(`${id} has no interval`);
  // A fixed window is used up whole. Other windows count longer by the jitter.
  const cycle = rule.interval + (rule.algorithm === 'fixed-window' ? 0 : jitter);
  const cycles = Math.floor(duration / cycle);
  return { most: cycles * (rule.limit - unused), within: cycles * cycle };
}

/**
 * @param {import('multi-throttler/exchange').ExchangeProfile} profile
 * @param {string} id
 */
function ruleOf({ rules }, id) {
  const rule = rules.find(
    (one) => one.id === id || (one.id.endsWith('*') && id.startsWith(one.id.slice(0, -1))),
  );
  if (rule === undefined) throw new TypeError(`${id} is not a rule of the profile`);
  return rule;
}
