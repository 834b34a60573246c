/**
 * A market that moves by itself, for a simulated exchange: prices, an order book, trades, candles,
 * and the orders of accounts, which rest until the price crosses them. Nothing runs between two
 * requests: each one first makes up for the time since the one before.
 */

import {
  all,
  needed,
  oneOf,
  positive,
  symbol,
} from '../../../tests/simulator/venues/binance/endpoints.mjs';
import { Instrument } from './instrument.mjs';

/**
 * @typedef {import('../../../tests/simulator/venues/binance/endpoints.mjs').Endpoint} Endpoint
 * @typedef {import('../../../tests/simulator/venues/binance/endpoints.mjs').Failure} Failure
 * @typedef {import('../../../tests/simulator/venues/binance/endpoints.mjs').Params} Params
 * @typedef {import('../../../tests/simulator/venues/binance/exchange.mjs').Market} ExchangeMarket
 */

/** Instruments by their symbols: the first price, and the number of decimals of a price. */
const LISTED = /** @type {const} */ ({
  BTCUSDT: { price: 64_000, decimals: 2, size: 0.4 },
  ETHUSDT: { price: 3_120, decimals: 2, size: 6 },
  SOLUSDT: { price: 148, decimals: 2, size: 90 },
});

/** The most rows of a list. */
const ROWS = 1000;

/** @implements {ExchangeMarket} */
export class Market {
  /** @type {Map<string, Instrument>} */
  #instruments;
  /** @type {Map<string, import('./instrument.mjs').Order[]>} by account, the oldest first */
  #orders = new Map();
  #lastId = 0;

  /** Weights are those of Binance. */
  endpoints = /** @type {Readonly<Record<string, Endpoint>>} */ ({
    'GET /api/v3/allOrders': { weight: 20, signed: true, check: symbol },
    'POST /api/v3/order': {
      weight: 1,
      weightIfDone: 0,
      orders: 1,
      signed: true,
      check: (params) =>
        all(
          symbol,
          oneOf('side', ['BUY', 'SELL'], -1117),
          oneOf('type', ['LIMIT', 'MARKET'], -1116),
          positive('quantity'),
          ...(params.get('type') === 'LIMIT' ? [positive('price')] : []),
        )(params),
    },
    'DELETE /api/v3/order': {
      weight: 1,
      weightIfDone: 0,
      signed: true,
      check: all(symbol, needed('orderId')),
    },
  });

  /**
   * @param {object} o
   * @param {number} o.now Unix ms
   * @param {() => number} o.random in [0, 1)
   */
  constructor({ now, random }) {
    this.#instruments = new Map(
      Object.entries(LISTED).map(([name, listing]) => [
        name,
        new Instrument({ ...listing, now, random }),
      ]),
    );
  }

  /**
   * @param {string} key
   * @param {Params} params
   * @param {string} account
   * @param {number} now
   * @returns {Failure | undefined}
   */
  failure(key, params, account, now) {
    const name = params.get('symbol');
    if (name !== undefined && !this.#instruments.has(name))
      return { status: 400, code: -1121, msg: 'Invalid symbol.' };
    if (key !== 'DELETE /api/v3/order') return undefined;
    this.#advance(now);
    return this.#resting(account, params) === undefined
      ? { status: 400, code: -2011, msg: 'Unknown order sent.' }
      : undefined;
  }

  /**
   * @param {string} key
   * @param {Params} params
   * @param {string} account
   * @param {number} now
   */
  body(key, params, account, now) {
    this.#advance(now);
    const name = params.get('symbol') ?? 'BTCUSDT';
    const instrument = this.#instruments.get(name);
    if (instrument === undefined) return undefined;
    const limit = Math.min(ROWS, Number(params.get('limit') ?? 100));
    switch (key) {
      case 'GET /api/v3/depth':
        return instrument.depth(limit, this.#all(name));
      case 'GET /api/v3/trades':
        return instrument.trades(limit);
      case 'GET /api/v3/klines':
        return instrument.candles(limit);
      case 'GET /api/v3/ticker/24hr':
        return params.has('symbol')
          ? { symbol: name, ...instrument.ticker() }
          : [...this.#instruments].map(([each, { ticker }]) => ({ symbol: each, ...ticker() }));
      case 'GET /api/v3/allOrders':
        return this.#of(account)
          .filter((order) => order.symbol === name)
          .slice(-limit);
      case 'POST /api/v3/order':
        return this.#place(instrument, params, account, now);
      case 'DELETE /api/v3/order': {
        const order = this.#resting(account, params);
        return order && Object.assign(order, { status: 'CANCELED' });
      }
      default:
        return undefined;
    }
  }

  /**
   * @param {Instrument} instrument
   * @param {Params} params
   * @param {string} account
   * @param {number} now
   */
  #place(instrument, params, account, now) {
    this.#lastId += 1;
    /** @type {import('./instrument.mjs').Order} */
    const order = {
      symbol: params.get('symbol') ?? '',
      orderId: this.#lastId,
      side: params.get('side') === 'SELL' ? 'SELL' : 'BUY',
      type: params.get('type') === 'MARKET' ? 'MARKET' : 'LIMIT',
      price: params.get('price') ?? '0',
      origQty: params.get('quantity') ?? '',
      executedQty: '0',
      status: 'NEW',
      transactTime: now,
    };
    this.#of(account).push(order);
    instrument.match(order);
    return order;
  }

  /** @param {number} now */
  #advance(now) {
    for (const [name, instrument] of this.#instruments)
      if (instrument.advance(now)) for (const order of this.#all(name)) instrument.match(order);
  }

  /** @param {string} account */
  #of(account) {
    const orders = this.#orders.get(account) ?? [];
    this.#orders.set(account, orders);
    return orders;
  }

  /** @param {string} name of an instrument; its resting orders of all accounts */
  #all(name) {
    return [...this.#orders.values()]
      .flat()
      .filter(({ symbol, status }) => symbol === name && status === 'NEW');
  }

  /**
   * @param {string} account
   * @param {Params} params
   */
  #resting(account, params) {
    const id = Number(params.get('orderId'));
    return this.#of(account).find(({ orderId, status }) => orderId === id && status === 'NEW');
  }
}
