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

/** @param {object} params */
const query = (params) => new URLSearchParams(Object.entries(params));

/**
 * @param {string} rule of the profile
 * @param {string} endpoint method and path; the parameters of ccxt's method are its query
 * @param {[method: string, params?: object]} ccxt
 * @param {number} workers
 * @param {string} [counter] of the exchange, if it has not the name of the rule
 * @returns {Stream}
 */
const stream = (rule, endpoint, [method, params], workers, counter = rule) => ({
  rule,
  counter,
  request: params ? `${endpoint}?${query(params)}` : endpoint,
  ccxt: params ? [method, params] : [method],
  workers,
});

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

const spotDepth = stream('REQUEST_WEIGHT', 'GET /api/v3/depth', ['publicGetDepth', DEPTH], 40);
const futuresDepth = (/** @type {string} */ method) =>
  stream('REQUEST_WEIGHT', 'GET /fapi/v1/depth', [method, FUTURES_DEPTH], 200);

/** @type {Stream[]} */
const OKX_STREAMS = [
  ...['BTC-USDT', 'ETH-USDT'].map((instId) =>
    stream(
      `60/2s:POST /api/v5/trade/order:${instId}`,
      'POST /api/v5/trade/order',
      ['privatePostTradeOrder', { instId }],
      100,
      `POST /api/v5/trade/order ${instId}`,
    ),
  ),
  stream(
    '20/2s:GET /api/v5/market/ticker',
    'GET /api/v5/market/ticker',
    ['publicGetMarketTicker', { instId: 'BTC-USDT' }],
    40,
    'GET /api/v5/market/ticker',
  ),
];

/** @type {Case[]} */
export const CASES = [
  {
    name: 'Binance spot, market data',
    id: 'binance',
    profile: binanceSpot,
    start: binance(),
    minutes: 4,
    streams: [spotDepth],
  },
  {
    name: 'Binance spot, orders',
    id: 'binance',
    profile: binanceSpot,
    start: binance(),
    minutes: 1,
    streams: [stream('ORDERS', 'POST /api/v3/order', ['privatePostOrder', ORDER], 150)],
  },
  {
    name: 'Binance USD-M futures',
    id: 'binanceusdm',
    profile: binanceUsdm,
    start: venueOf(() => binanceFutures('usdm')),
    minutes: 1,
    streams: [
      futuresDepth('fapiPublicGetDepth'),
      // 300 per 10 s, but no more than 1200 per minute.
      stream('ORDERS_1M', 'POST /fapi/v1/order', ['fapiPrivatePostOrder', ORDER], 400),
    ],
  },
  {
    name: 'Binance.US',
    id: 'binanceus',
    profile: binanceUs,
    start: venueOf(binanceUsVenue),
    minutes: 2,
    streams: [spotDepth],
  },
  {
    name: 'Aster futures',
    id: 'aster',
    profile: asterFutures,
    start: venueOf(() => binanceFutures('aster')),
    minutes: 2,
    streams: [futuresDepth('fapiPublicGetV1Depth')],
  },
  {
    name: 'Bybit',
    id: 'bybit',
    profile: bybit,
    start: venueOf(bybitVenue),
    minutes: 0.4,
    streams: [
      stream(
        'linear:POST /v5/order/create',
        'POST /v5/order/create',
        ['privatePostV5OrderCreate', { category: 'linear' }],
        30,
        'POST /v5/order/create linear',
      ),
      stream(
        '50/s:GET /v5/position/list',
        'GET /v5/position/list',
        ['privateGetV5PositionList'],
        100,
        'GET /v5/position/list',
      ),
    ],
  },
  {
    name: 'Bybit, market data',
    id: 'bybit',
    profile: bybit,
    start: venueOf(bybitVenue),
    minutes: 0.2,
    streams: [stream('IP', 'GET /v5/market/tickers', ['publicGetV5MarketTickers'], 800)],
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
      stream('PUBLIC', 'GET /api/v1/market/allTickers', ['publicGetMarketAllTickers'], 200),
      stream('SPOT', 'GET /api/v1/limit/fills', ['privateGetLimitFills'], 300),
    ],
  },
  {
    name: 'Kraken',
    id: 'kraken',
    profile: kraken,
    start: venueOf(krakenVenue),
    minutes: 4,
    streams: [
      stream('PRIVATE', 'POST /0/private/Balance', ['privatePostBalance'], 30, 'private'),
      stream(
        'TRADING:XBTUSD',
        'POST /0/private/AddOrder',
        ['privatePostAddOrder', { pair: 'XBTUSD' }],
        100,
        'trading XBTUSD',
      ),
      stream('PUBLIC', 'GET /0/public/Ticker', ['publicGetTicker'], 5, 'public'),
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
      stream('PRIVATE', 'GET /accounts', ['privateGetAccounts'], 60, 'private'),
      stream('FILLS', 'GET /fills', ['privateGetFills'], 40, 'fills'),
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
  if (rule.algorithm === 'spacing') throw new TypeError(`${id} has no limit`);
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
