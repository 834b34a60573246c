import { attachThrottler } from 'multi-throttler/ccxt';
import { expect, test } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { call, useServer } from './rig.ts';

const server = useServer();

/** The charge of a call, and the path that it goes to. */
async function charged(id: string, name: string, params?: unknown) {
  const throttler = new Watched([]);
  const exchange = server.exchange(id);
  attachThrottler(exchange, { throttler });
  // Some answers of the server are none that ccxt likes; what was sent counts.
  await call(exchange, name, params).catch(() => undefined);
  return { cost: throttler.asked[0]?.cost, path: server.requests.at(-1)?.path };
}

const BINANCE = { RAW_REQUESTS: 1 };

test.each([
  [
    'binance',
    'publicGetDepth',
    { symbol: 'BTCUSDT', limit: 5000 },
    '/api/v3/depth',
    { ...BINANCE, REQUEST_WEIGHT: 250 },
  ],
  [
    'binance',
    'publicGetDepth',
    { symbol: 'BTCUSDT', limit: 99_999 },
    '/api/v3/depth',
    { ...BINANCE, REQUEST_WEIGHT: 250 },
  ],
  ['binance', 'publicGetTicker24hr', {}, '/api/v3/ticker/24hr', { ...BINANCE, REQUEST_WEIGHT: 80 }],
  [
    'binance',
    'privatePostOrder',
    { symbol: 'A' },
    '/api/v3/order',
    { ...BINANCE, REQUEST_WEIGHT: 1, ORDERS: 1, ORDERS_1D: 1 },
  ],
  [
    'binance',
    'privatePostOrderListOtoco',
    {},
    '/api/v3/orderList/otoco',
    { ...BINANCE, REQUEST_WEIGHT: 1, ORDERS: 3, ORDERS_1D: 3 },
  ],
  ['binance', 'privateGetAccount', {}, '/api/v3/account', { ...BINANCE, REQUEST_WEIGHT: 20 }],
  ['binance', 'fapiPublicGetExchangeInfo', {}, '/fapi/v1/exchangeInfo', { 'fapi:REQUEST_WEIGHT': 1 }],
  [
    'binance',
    'fapiPrivatePostOrder',
    { symbol: 'A' },
    '/fapi/v1/order',
    { 'fapi:ORDERS': 1, 'fapi:ORDERS_1M': 1 },
  ],
  ['binance', 'fapiPrivateV3GetAccount', {}, '/fapi/v3/account', { 'fapi:REQUEST_WEIGHT': 5 }],
  // COIN-M shares the limits of USD-M.
  ['binance', 'dapiPublicGetDepth', { limit: 9999 }, '/dapi/v1/depth', { 'fapi:REQUEST_WEIGHT': 20 }],
  ['binance', 'dapiPrivatePostOrder', {}, '/dapi/v1/order', { 'fapi:ORDERS': 1, 'fapi:ORDERS_1M': 1 }],
  [
    'binance',
    'dapiPrivatePostBatchOrders',
    { batchOrders: '[{},{}]' },
    '/dapi/v1/batchOrders',
    { 'fapi:REQUEST_WEIGHT': 5, 'fapi:ORDERS': 5, 'fapi:ORDERS_1M': 2 },
  ],
  ['binance', 'papiGetPing', {}, '/papi/v1/ping', { 'papi:REQUEST_WEIGHT': 1 }],
  ['binance', 'eapiPublicGetTime', {}, '/eapi/v1/time', { 'eapi:REQUEST_WEIGHT': 1 }],
  [
    'binance',
    'sapiGetCapitalConfigGetall',
    {},
    '/sapi/v1/capital/config/getall',
    { 'sapi:IP:GET /sapi/v1/capital/config/getall': 10 },
  ],
  ['binanceusdm', 'fapiPublicGetKlines', { limit: 1500 }, '/fapi/v1/klines', { REQUEST_WEIGHT: 10 }],
  [
    'binanceusdm',
    'fapiPrivatePostBatchOrders',
    { batchOrders: '[{}]' },
    '/fapi/v1/batchOrders',
    { REQUEST_WEIGHT: 5, ORDERS: 5, ORDERS_1M: 1 },
  ],
  ['binanceusdm', 'publicGetPing', {}, '/api/v3/ping', { 'api:REQUEST_WEIGHT': 1, 'api:RAW_REQUESTS': 1 }],
  ['aster', 'fapiPublicGetV3Depth', { limit: 1000 }, '/fapi/v3/depth', { REQUEST_WEIGHT: 20 }],
  ['aster', 'fapiPublicGetV1Klines', { limit: 1500 }, '/fapi/v1/klines', { REQUEST_WEIGHT: 10 }],
  ['aster', 'sapiPublicGetV3Depth', { limit: 1000 }, '/api/v3/depth', { 'spot:REQUEST_WEIGHT': 20 }],
  ['aster', 'sapiPublicGetV1Ticker24hr', {}, '/api/v1/ticker/24hr', { 'spot:REQUEST_WEIGHT': 40 }],
  ['bybit', 'publicGetV5MarketTickers', { category: 'spot' }, '/v5/market/tickers', { IP: 1 }],
  [
    'bybit',
    'privatePostV5OrderCreate',
    { category: 'spot' },
    '/v5/order/create',
    { IP: 1, 'spot:POST /v5/order/create': 1 },
  ],
  [
    'bybit',
    'privatePostV5OrderCreateBatch',
    { category: 'linear', request: [{}, {}] },
    '/v5/order/create-batch',
    { IP: 1, 'linear:POST /v5/order/create-batch': 2 },
  ],
  [
    'binance',
    'fapiPublicGetConvertExchangeInfo',
    {},
    '/fapi/v1/convert/exchangeInfo',
    { 'fapi:REQUEST_WEIGHT': 20 },
  ],
  ['binance', 'fapiDataGetBasis', {}, '/futures/data/basis', { 'fapi:DATA': 1 }],
  [
    'binance',
    'fapiPublicGetFundingRate',
    {},
    '/fapi/v1/fundingRate',
    { 'fapi:REQUEST_WEIGHT': 1, 'fapi:FUNDING': 1 },
  ],
  ['binance', 'papiPostMarginRepayDebt', {}, '/papi/v1/margin/repay-debt', { 'papi:REQUEST_WEIGHT': 3000 }],
  [
    'binance',
    'sapiPostMarginOrder',
    { sideEffectType: 'MARGIN_BUY' },
    '/sapi/v1/margin/order',
    { 'sapi:UID:POST /sapi/v1/margin/order': 1500 },
  ],
  ['bybit', 'publicGetV5AnnouncementsIndex', {}, '/v5/announcements/index', { IP: 1 }],
  [
    'bybit',
    'privateGetV5AccountWithdrawal',
    {},
    '/v5/account/withdrawal',
    { IP: 1, '50/s:GET /v5/account/withdrawal': 1 },
  ],
  [
    'bybit',
    'privatePostV5AssetTransferSaveTransferSubMember',
    {},
    '/v5/asset/transfer/save-transfer-sub-member',
    { IP: 1, '20/s:POST /v5/asset/transfer/save-transfer-sub-member': 1 },
  ],
  // In no table: at the speed of ccxt's cost.
  ['bybit', 'privateGetV5LendingInfo', {}, '/v5/lending/info', { IP: 1, '10/s:GET /v5/lending/info': 1 }],
  [
    'okx',
    'publicGetMarketExchangeRate',
    {},
    '/api/v5/market/exchange-rate',
    { '1/2s:GET /api/v5/market/exchange-rate': 1 },
  ],
  [
    'okx',
    'publicGetAssetExchangeList',
    {},
    '/api/v5/asset/exchange-list',
    { '6/1s:GET /api/v5/asset/exchange-list': 1 },
  ],
  [
    'okx',
    'publicGetMarketTicker',
    { instId: 'A' },
    '/api/v5/market/ticker',
    { '20/2s:GET /api/v5/market/ticker': 1 },
  ],
  [
    'okx',
    'privatePostTradeOrder',
    { instId: 'BTC-USDT' },
    '/api/v5/trade/order',
    { ACCOUNT_ORDERS: 1, '60/2s:POST /api/v5/trade/order:BTC-USDT': 1 },
  ],
  [
    'okx',
    'privatePostTradeBatchOrders',
    [{ instId: 'A' }, { instId: 'B' }],
    '/api/v5/trade/batch-orders',
    {
      ACCOUNT_ORDERS: 2,
      '300/2s:POST /api/v5/trade/batch-orders:A': 1,
      '300/2s:POST /api/v5/trade/batch-orders:B': 1,
    },
  ],
  [
    'okx',
    'privatePostTradeBatchOrders',
    [{ instId: 'BTC-USD-261225-100000-C' }],
    '/api/v5/trade/batch-orders',
    { ACCOUNT_ORDERS: 1, '60/2s:POST /api/v5/trade/order:BTC-USD': 1 },
  ],
  ['kucoin', 'privateDeleteOrders', {}, '/api/v1/orders', { SPOT: 20 }],
  ['kucoin', 'futuresPrivateDeleteOrders', {}, '/api/v1/orders', { FUTURES: 800 }],
  ['kucoin', 'privateGetSubUser', {}, '/api/v2/sub/user', { MANAGEMENT: 20 }],
  ['kucoin', 'publicGetSymbols', {}, '/api/v2/symbols', { PUBLIC: 4 }],
  ['kucoin', 'privatePostHfOrders', {}, '/api/v1/hf/orders', { SPOT: 1 }],
  ['kucoin', 'privateDeleteHfOrdersOrderId', { orderId: '77' }, '/api/v1/hf/orders/77', { SPOT: 1 }],
  ['kucoin', 'privatePostOrders', {}, '/api/v1/orders', { SPOT: 2 }],
  ['kucoin', 'futuresPrivatePostOrders', {}, '/api/v1/orders', { FUTURES: 2 }],
  [
    'kucoin',
    'futuresPrivateGetMarginMaxWithdrawMargin',
    {},
    '/api/v1/margin/maxWithdrawMargin',
    { FUTURES: 10 },
  ],
  ['kucoin', 'privateGetAccounts', {}, '/api/v1/accounts', { MANAGEMENT: 5 }],
  ['kraken', 'publicGetTicker', { pair: 'XBTUSD' }, '/0/public/Ticker', { PUBLIC: 1 }],
  ['kraken', 'privatePostAddOrder', { pair: 'XBTUSD' }, '/0/private/AddOrder', { 'TRADING:XBTUSD': 1 }],
  ['kraken', 'privatePostLedgers', {}, '/0/private/Ledgers', { PRIVATE: 2 }],
  [
    'bitget',
    'publicSpotGetV2SpotMarketTickers',
    {},
    '/api/v2/spot/market/tickers',
    { IP: 1, 'ip:20/s:GET /api/v2/spot/market/tickers': 1 },
  ],
  [
    'bitget',
    'privateMixPostV2MixOrderPlaceOrder',
    { symbol: 'BTCUSDT' },
    '/api/v2/mix/order/place-order',
    { IP: 1, 'orders:POST /api/v2/mix/order/place-order': 1 },
  ],
  // In no table: at the speed of ccxt's cost.
  [
    'bitget',
    'privateSpotPostSpotV1WalletSubTransfer',
    {},
    '/api/spot/v1/wallet/subTransfer',
    { IP: 1, '2/s:POST /api/spot/v1/wallet/subTransfer': 1 },
  ],
  [
    'gate',
    'publicSpotGetTickers',
    { currency_pair: 'BTC_USDT' },
    '/api/v4/spot/tickers',
    { 'ip:200/10s:GET /api/v4/spot/tickers': 1 },
  ],
  [
    'gate',
    'privateSpotPostOrders',
    { currency_pair: 'BTC_USDT' },
    '/api/v4/spot/orders',
    { 'SPOT_ORDERS:BTC_USDT': 1 },
  ],
  [
    'gate',
    'privateSpotPatchOrdersOrderId',
    { order_id: '5', currency_pair: 'BTC_USDT' },
    '/api/v4/spot/orders/5',
    { 'SPOT_ORDERS:BTC_USDT': 1 },
  ],
  [
    'gate',
    'privateSpotPostBatchOrders',
    [{ currency_pair: 'A_B' }, { currency_pair: 'C_D' }],
    '/api/v4/spot/batch_orders',
    { 'SPOT_ORDERS:A_B': 1, 'SPOT_ORDERS:C_D': 1 },
  ],
  [
    'gate',
    'privateFuturesPostSettleOrders',
    { settle: 'usdt' },
    '/api/v4/futures/usdt/orders',
    { FUTURES_ORDERS: 1 },
  ],
  [
    'gate',
    'privateFuturesGetSettleOrdersOrderId',
    { settle: 'usdt', order_id: '5' },
    '/api/v4/futures/usdt/orders/5',
    { '200/10s:GET /api/v4/futures/settle/orders/order_id': 1 },
  ],
  [
    'gate',
    'privateSubAccountsGetSubAccounts',
    {},
    '/api/v4/sub_accounts',
    { '80/10s:GET /api/v4/sub_accounts': 1 },
  ],
  ['mexc', 'spotPublicGetDepth', { symbol: 'BTCUSDT' }, '/api/v3/depth', { IP: 3 }],
  [
    'mexc',
    'spotPrivatePostOrder',
    { symbol: 'BTCUSDT' },
    '/api/v3/order',
    { IP: 1, 'UID:POST order': 1, ORDERS: 1 },
  ],
  [
    'mexc',
    'contractPrivateGetOrderGetOrderId',
    { order_id: '7' },
    '/api/v1/private/order/get/7',
    { '20/2s:GET /api/v1/private/order/get/order_id': 1 },
  ],
  ['mexc', 'brokerPrivateGetSubAccountList', {}, '/api/v3/broker/sub-account/list', { IP: 1 }],
  ['hyperliquid', 'publicPostInfo', { type: 'l2Book' }, '/info', { IP: 2 }],
  ['hyperliquid', 'publicPostInfo', { type: 'candleSnapshot', req: {} }, '/info', { IP: 104 }],
  [
    'hyperliquid',
    'privatePostExchange',
    { action: { type: 'order', orders: Array(40).fill({}) } },
    '/exchange',
    { IP: 2, ADDRESS: 40, ADDRESS_CANCELS: 0 },
  ],
  ['coinbaseexchange', 'publicGetProductsIdBook', { id: 'BTC-USD' }, '/products/BTC-USD/book', { PUBLIC: 1 }],
  ['coinbaseexchange', 'privateGetFills', {}, '/fills', { FILLS: 1 }],
])('%s.%s(%j)', async (id, name, params, path, cost) => {
  expect(await charged(id, name, params)).toEqual({ cost, path });
});
