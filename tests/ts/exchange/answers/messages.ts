/** Responses over WebSockets from the exchanges' documentation, shortened. */

const limit = (
  rateLimitType: string,
  interval: string,
  intervalNum: number,
  most: number,
  count: number,
) => ({
  rateLimitType,
  interval,
  intervalNum,
  limit: most,
  count,
});

/** binance-spot-api-docs, web-socket-api.md, "Response format" and "IP limits" (2025-04-25). */
export const BINANCE = {
  order: {
    id: 'e2a85d9f-07a5-4f94-8d5f-789dc3deb097',
    status: 200,
    result: { symbol: 'BTCUSDT', orderId: 12510053279, transactTime: 1655716096505 },
    rateLimits: [
      limit('ORDERS', 'SECOND', 10, 50, 12),
      limit('ORDERS', 'DAY', 1, 160000, 4043),
      limit('REQUEST_WEIGHT', 'MINUTE', 1, 6000, 321),
    ],
  },
  failed: {
    id: 'e2a85d9f-07a5-4f94-8d5f-789dc3deb097',
    status: 400,
    error: { code: -2010, msg: 'Account has insufficient balance for requested action.' },
    rateLimits: [
      limit('ORDERS', 'SECOND', 10, 50, 13),
      limit('REQUEST_WEIGHT', 'MINUTE', 1, 6000, 322),
    ],
  },
  time: { id: 2, status: 200, result: { serverTime: 1656400527891 } },
  banned: {
    id: 'fc93a61a-a192-4cf4-bb2a-a8f0f0c51e06',
    status: 418,
    error: {
      code: -1003,
      msg: 'Way too much request weight used; IP banned until 1659146400000. Please use WebSocket Streams for live updates to avoid bans.',
      data: { serverTime: 1659142907531, retryAfter: 1659146400000 },
    },
    rateLimits: [limit('REQUEST_WEIGHT', 'MINUTE', 1, 6000, 2411)],
  },
  event: { event: { e: 'outboundAccountPosition', E: 1728972148778 } },
};

/** bybit-exchange.github.io/docs/v5/websocket/trade/guideline, as stored in 2026. */
export const BYBIT = {
  order: {
    reqId: 'test-005',
    retCode: 0,
    retMsg: 'OK',
    op: 'order.create',
    data: { orderId: 'a4c1718e-fe53-4659-a118-1f6ecce04ad9', orderLinkId: '' },
    retExtInfo: {},
    header: {
      'X-Bapi-Limit': '10',
      'X-Bapi-Limit-Status': '9',
      'X-Bapi-Limit-Reset-Timestamp': '1711001595208',
      Traceid: '38b7977b430f9bd228f4b19724794dfd',
      Timenow: '1711001595209',
    },
    connId: 'cnt5leec0hvan15eukcg-2v',
  },
  auth: { retCode: 0, retMsg: 'OK', op: 'auth', connId: 'cnt5leec0hvan15eukcg-2t' },
  pong: {
    retCode: 0,
    retMsg: 'OK',
    op: 'pong',
    data: ['1711002002529'],
    connId: 'cnt5leec0hvan15eukcg-2v',
  },
};

/** kucoin.com/docs-new/3470133w0, as stored in 2026. */
export const KUCOIN = {
  order: {
    id: 'request-001',
    op: 'futures.order',
    code: '200000',
    data: { orderId: '234125150956625920', clientOid: '5c52e11203aa677f33e493fb' },
    inTime: 1695190491421,
    outTime: 1695190491420,
    rateLimit: { limit: 1600, reset: 15244, remaining: 1528 },
  },
  pong: { id: 'ping-123', op: 'pong', timestamp: 1695190491420 },
};

/** As ccxt 4.5.84 has them, with the codes of OKX's docs-v5. */
export const OKX = {
  order: {
    id: '1',
    op: 'order',
    code: '0',
    msg: '',
    data: [{ ordId: '12345689', sCode: '0', sMsg: '' }],
  },
  login: { event: 'login', msg: '', code: '0' },
  illegal: { event: 'error', msg: 'Illegal request', code: '60012' },
};

/** As ccxt 4.5.84 has them, with the words of docs.kraken.com. */
export const KRAKEN = {
  order: { method: 'add_order', req_id: 1, result: { order_id: 'AA5JGQ' }, success: true },
  refused: { method: 'add_order', req_id: 1, success: false, error: 'EOrder:Rate limit exceeded' },
  subscribed: { method: 'subscribe', success: true, result: { channel: 'executions' } },
  version1: { event: 'addOrderStatus', reqid: 1, status: 'ok', txid: 'OPOUMC' },
  refused1: {
    event: 'addOrderStatus',
    reqid: 1,
    status: 'error',
    errorMessage: 'EAPI:Rate limit exceeded',
  },
};
