/**
 * Bodies in the shapes of Binance's responses, with a row or two each, as the weight does not
 * depend on their size.
 */

import { intervalText } from './limits.mjs';

/**
 * @typedef {import('./endpoints.mjs').Params} Params
 * @typedef {import('./limits.mjs').RateLimit} RateLimit
 */

/**
 * @param {string} key of the endpoint, as in its table
 * @param {object} o
 * @param {Params} o.params
 * @param {number} o.now
 * @param {readonly RateLimit[]} o.limits
 * @param {import('./limits.mjs').UnitLengths} o.units
 * @param {import('./order-book.mjs').OrderBook} o.orders of this account
 * @returns {unknown}
 */
export function bodyOf(key, { params, now, limits, units, orders }) {
  const symbol = params.get('symbol') ?? 'BTCUSDT';
  switch (key) {
    case 'GET /api/v3/time':
      return { serverTime: now };
    case 'GET /api/v3/exchangeInfo':
      // Binance does not send `simulation`. Without it a client would take a scaled minute for a
      // real one.
      return {
        timezone: 'UTC',
        serverTime: now,
        rateLimits: limits,
        exchangeFilters: [],
        symbols: [],
        simulation: { unitMs: units },
      };
    case 'GET /api/v3/depth':
      return { lastUpdateId: now, bids: [['64000.00', '0.431']], asks: [['64000.01', '0.512']] };
    case 'GET /api/v3/trades':
      return [
        {
          id: 28457,
          price: '64000.01',
          qty: '0.012',
          quoteQty: '768.00',
          time: now,
          isBuyerMaker: true,
          isBestMatch: true,
        },
      ];
    case 'GET /api/v3/klines':
      return [
        [
          now,
          '64000.00',
          '64010.00',
          '63990.00',
          '64000.01',
          '148.976',
          now + 59_999,
          '9534464.00',
          308,
          '74.1',
          '4742400.00',
          '0',
        ],
      ];
    case 'GET /api/v3/ticker/24hr': {
      const ticker = {
        symbol,
        priceChangePercent: '1.250',
        lastPrice: '64000.01',
        volume: '18913.30',
        count: 76,
      };
      return params.has('symbol') ? ticker : [ticker];
    }
    case 'GET /api/v3/account':
      return {
        accountType: 'SPOT',
        canTrade: true,
        updateTime: now,
        balances: [{ asset: 'BTC', free: '1.0', locked: '0.0' }],
      };
    case 'GET /api/v3/openOrders':
      return orders.list(params.get('symbol'), 2);
    case 'POST /api/v3/order':
      return { symbol, orderId: orders.place(symbol), orderListId: -1, transactTime: now };
    case 'DELETE /api/v3/order':
      return {
        symbol,
        orderId: orders.cancel(Number(params.get('orderId'))),
        orderListId: -1,
        status: 'CANCELED',
      };
    default:
      return {};
  }
}

/**
 * The body of a 429 or 418.
 *
 * @param {Exclude<import('./rate-limiter.mjs').Verdict, { outcome: 'accepted' }>} verdict
 */
export function refusal(verdict) {
  if (verdict.outcome === 'banned') {
    const until = Math.ceil(verdict.retryAt);
    return {
      code: -1003,
      msg: `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`,
    };
  }
  const { limit, rateLimitType } = verdict.limit;
  const per = `per ${intervalText(verdict.limit)}`;
  switch (rateLimitType) {
    case 'ORDERS':
      return { code: -1015, msg: `Too many new orders; current limit is ${limit} orders ${per}.` };
    case 'RAW_REQUESTS':
      return {
        code: -1003,
        msg: `Too many requests; current limit is ${limit} raw requests ${per}.`,
      };
    case 'REQUEST_WEIGHT':
      return {
        code: -1003,
        msg: `Too much request weight used; current limit is ${limit} request weight ${per}. Please use WebSocket Streams for live updates to avoid polling the API.`,
      };
  }
}
