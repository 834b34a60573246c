/** Endpoints of KuCoin by pool and weight: `METHOD version/path`. */

/** By pool, lists of endpoints by weight. */
export interface Pools {
  readonly [pool: string]: { readonly [weight: number]: string };
}

/**
 * Source: `API-RATE-LIMIT-POOL` and `API-RATE-LIMIT-WEIGHT` in KuCoin's SDK (kucoin-universal-sdk
 * 1.3.2 for Python, 2026-09).
 */
export const POOLS: Pools = {
  PUBLIC: {
    0: `
      GET v1/my-ip
    `,
    2: `
      GET v1/funding-rate/{symbol}/current, GET v1/index/query, GET v1/market/callauctionData,
      GET v1/market/orderbook/callauction/level2_{size}, GET v1/market/orderbook/level1,
      GET v1/market/orderbook/level2_{size}, GET v1/ticker
    `,
    3: `
      GET v1/contracts/active, GET v1/contracts/{symbol}, GET v1/isolated/symbols, GET v1/kline/query,
      GET v1/level2/snapshot, GET v1/market/candles, GET v1/market/histories, GET v1/markets,
      GET v1/premium/query, GET v1/prices, GET v3/currencies, GET v3/currencies/{currency},
      GET v3/etf/info, GET v3/margin/symbols
    `,
    4: `
      GET v2/symbols, GET v2/symbols/{symbol}
    `,
    5: `
      GET v1/allTickers, GET v1/contract/funding-rates, GET v1/contracts/risk-limit/{symbol},
      GET v1/interest/query, GET v1/level2/depth{size}, GET v1/trade/history,
      GET v3/project/marketInterestRate
    `,
    10: `
      GET v1/otc-loan/discount-rate-configs, GET v3/mark-price/all-symbols
    `,
    15: `
      GET v1/market/allTickers, GET v1/market/stats
    `,
    20: `
      GET v3/announcements
    `,
  },
  SPOT: {
    1: `
      POST v1/hf/orders, POST v1/hf/orders/alter, DELETE v1/hf/orders/client-order/{clientOid},
      POST v1/hf/orders/multi, POST v1/hf/orders/multi/sync, POST v1/hf/orders/sync,
      DELETE v1/hf/orders/sync/client-order/{clientOid}, DELETE v1/hf/orders/sync/{orderId},
      POST v1/hf/orders/test, DELETE v1/hf/orders/{orderId}, POST v1/stop-order
    `,
    2: `
      GET v1/hf/accounts/ledgers, GET v1/hf/fills, DELETE v1/hf/orders, GET v1/hf/orders/active,
      GET v1/hf/orders/active/page, GET v1/hf/orders/active/symbols,
      DELETE v1/hf/orders/cancel/{orderId}, GET v1/hf/orders/client-order/{clientOid},
      POST v1/hf/orders/dead-cancel-all, GET v1/hf/orders/dead-cancel-all/query,
      GET v1/hf/orders/done, GET v1/hf/orders/{orderId}, GET v1/orders/{orderId},
      GET v3/hf/margin/account/ledgers, POST v3/hf/margin/order, POST v3/hf/margin/order/test,
      DELETE v3/hf/margin/orders/client-order/{clientOid}, DELETE v3/hf/margin/orders/{orderId},
      GET v3/oco/client-order/{clientOid}, POST v3/oco/order, GET v3/oco/order/details/{orderId},
      GET v3/oco/order/{orderId}, GET v3/oco/orders
    `,
    3: `
      GET v1/base-fee, GET v1/limit/orders, DELETE v1/order/client-order/{clientOid},
      GET v1/order/client-order/{clientOid}, DELETE v1/stop-order/cancel,
      GET v1/stop-order/queryOrderByClientOid, DELETE v1/stop-order/{orderId},
      GET v1/stop-order/{orderId}, GET v3/market/orderbook/level2,
      DELETE v3/oco/client-order/{clientOid}, DELETE v3/oco/order/{orderId}, DELETE v3/oco/orders
    `,
    4: `
      GET v3/hf/margin/order/active/symbols, GET v3/hf/margin/orders/active
    `,
    5: `
      POST v1/margin/order, POST v1/margin/order/test, DELETE v1/stop-order/cancelOrderByClientOid,
      GET v3/hf/margin/fills, DELETE v3/hf/margin/orders,
      GET v3/hf/margin/orders/client-order/{clientOid}, GET v3/hf/margin/orders/{orderId}
    `,
    8: `
      GET v1/stop-order, POST v3/position/update-user-leverage
    `,
    10: `
      GET v3/hf/margin/orders/done, POST v3/lend/purchase/update, POST v3/margin/repay,
      GET v3/project/list, GET v3/purchase/orders, GET v3/redeem/orders
    `,
    15: `
      GET v3/isolated/accounts, GET v3/margin/accounts, GET v3/margin/borrow, POST v3/margin/borrow,
      GET v3/margin/repay, POST v3/purchase, POST v3/redeem
    `,
    20: `
      GET v1/limit/fills, GET v3/margin/currencies, GET v3/margin/interest
    `,
    25: `
      GET v1/margin/config
    `,
    30: `
      GET v1/hf/accounts/opened, DELETE v1/hf/orders/cancelAll
    `,
    40: `
      GET v1/margin/account
    `,
    50: `
      GET v1/isolated/account/{symbol}, GET v1/isolated/accounts
    `,
  },
  FUTURES: {
    1: `
      DELETE v1/orders/client-order/{clientOid}
    `,
    2: `
      GET v1/history-positions, GET v1/position, GET v1/positions, POST v1/st-orders,
      GET v1/transaction-history, GET v2/batchGetCrossOrderLimit, POST v2/changeCrossUserLeverage,
      GET v2/getCrossUserLeverage, GET v2/getMaxOpenSize, POST v2/position/batchChangeMarginMode,
      POST v2/position/changeMarginMode, GET v2/position/getMarginMode
    `,
    3: `
      GET v1/trade-statistics
    `,
    4: `
      POST v1/position/margin/auto-deposit-status, POST v1/position/margin/deposit-margin
    `,
    5: `
      GET v1/account-overview, GET v1/funding-history, GET v1/orders/byClientOid,
      GET v1/orders/{order-id}, POST v1/position/risk-limit-level/change, GET v1/recentDoneOrders
    `,
    6: `
      GET v1/account-overview-all, GET v1/stopOrders
    `,
    10: `
      GET v1/margin/maxWithdrawMargin, POST v1/margin/withdrawMargin, GET v1/openOrderStatistics,
      DELETE v3/orders
    `,
    15: `
      DELETE v1/stopOrders
    `,
    20: `
      DELETE v1/orders/multi-cancel
    `,
  },
  MANAGEMENT: {
    2: `
      GET v1/accounts/ledgers
    `,
    3: `
      GET v1/broker/api/rebase/download
    `,
    4: `
      POST v3/accounts/universal-transfer
    `,
    5: `
      GET v1/accounts, GET v1/accounts/{accountId}, GET v1/deposit-addresses, GET v1/deposits,
      GET v1/hist-deposits, GET v1/otc-loan/loan, POST v1/withdrawals, GET v2/deposit-addresses,
      GET v3/deposit-addresses, POST v3/withdrawals
    `,
    10: `
      POST v2/accounts/inner-transfer
    `,
    15: `
      GET v1/sub-accounts/{subUserId}, POST v2/sub/user/created, POST v3/sub/user/futures/enable,
      POST v3/sub/user/margin/enable
    `,
    20: `
      GET v1/accounts/transferable, POST v1/deposit-addresses, GET v1/hist-withdrawals,
      GET v1/otc-loan/accounts, GET v1/sub-accounts, GET v1/sub/api-key, POST v1/sub/api-key,
      GET v1/sub/user, POST v1/transfer-in, GET v1/transfer-list, GET v1/user/api-key,
      GET v1/withdrawals, GET v1/withdrawals/quotas, DELETE v1/withdrawals/{withdrawalId},
      GET v1/withdrawals/{withdrawalId}, GET v2/sub-accounts, GET v2/sub/user, GET v2/user-info,
      POST v3/deposit-address/create, POST v3/transfer-out
    `,
    30: `
      DELETE v1/sub/api-key, POST v1/sub/api-key/update, POST v2/accounts/sub-transfer,
      GET v2/affiliate/inviter/statistics
    `,
  },
  EARN: {
    5: `
      GET v1/earn/eth-staking/products, GET v1/earn/hold-assets, GET v1/earn/kcs-staking/products,
      DELETE v1/earn/orders, POST v1/earn/orders, GET v1/earn/redeem-preview,
      GET v1/earn/saving/products, GET v1/earn/staking/products
    `,
  },
  COPY_TRADING: {
    1: `
      DELETE v1/copy-trade/futures/orders, DELETE v1/copy-trade/futures/orders/client-order
    `,
    2: `
      POST v1/copy-trade/futures/orders, POST v1/copy-trade/futures/orders/test,
      POST v1/copy-trade/futures/position/risk-limit-level/change,
      POST v1/copy-trade/futures/st-orders
    `,
    4: `
      GET v1/copy-trade/futures/get-max-open-size,
      POST v1/copy-trade/futures/position/margin/auto-deposit-status,
      POST v1/copy-trade/futures/position/margin/deposit-margin
    `,
    10: `
      GET v1/copy-trade/futures/position/margin/max-withdraw-margin,
      POST v1/copy-trade/futures/position/margin/withdraw-margin
    `,
  },
  BROKER: {
    1: `
      POST v1/broker/nd/transfer, GET v3/broker/nd/deposit/detail, GET v3/broker/nd/transfer/detail,
      GET v3/broker/nd/withdraw/detail
    `,
    2: `
      GET v1/broker/nd/account, GET v1/broker/nd/account/apikey, GET v1/broker/nd/info
    `,
    3: `
      POST v1/broker/nd/account, DELETE v1/broker/nd/account/apikey, POST v1/broker/nd/account/apikey,
      POST v1/broker/nd/account/update-apikey, GET v1/broker/nd/rebase/download
    `,
    10: `
      GET v1/asset/ndbroker/deposit/list
    `,
  },
};

/**
 * Endpoints that the SDK does not have: the costs of ccxt 4.5.90, of which 1 is 1 of spot's pool
 * and half of 1 of the others. Their pools are those of their kind.
 */
export const WITHOUT_SPEC: Pools = {
  SPOT: {
    2: `
      POST v3/hf/margin/oco-order, GET v3/hf/margin/oco-order/clientOid,
      GET v3/hf/margin/oco-order/detail/orderId, GET v3/hf/margin/oco-order/orderId,
      GET v3/hf/margin/oco-orders
    `,
    3: `
      DELETE v3/hf/margin/oco-order/cancel, DELETE v3/hf/margin/oco-order/cancel-by-clientOid,
      DELETE v3/hf/margin/oco-order/cancel-by-id, POST v3/hf/margin/stop-order,
      DELETE v3/hf/margin/stop-order/cancel, DELETE v3/hf/margin/stop-order/cancel-by-id,
      GET v3/hf/margin/stop-order/clientOid, GET v3/hf/margin/stop-order/orderId,
      GET v3/market/orderbook/level3, GET v3/market/orderbook/level{level},
      GET v3/migrate/user/account/status
    `,
    5: `
      DELETE v1/convert/limit/order/cancel, GET v1/convert/limit/order/detail,
      GET v1/convert/limit/orders, GET v1/convert/order/detail, GET v1/convert/order/history,
      DELETE v3/hf/margin/stop-order/cancel-by-clientOid
    `,
    8: `
      GET v3/hf/margin/stop-orders
    `,
    20: `
      POST v1/convert/limit/order, GET v1/convert/limit/quote, POST v1/convert/order,
      GET v1/convert/quote, GET v1/risk/limit/strategy, GET v3/margin/borrowRate
    `,
  },
  MANAGEMENT: {
    30: `
      GET v2/affiliate/queryInvitees, GET v2/affiliate/queryKumining,
      GET v2/affiliate/queryMyCommission, GET v2/affiliate/queryTransactionByTime,
      GET v2/affiliate/queryTransactionByUid
    `,
  },
  PUBLIC: {
    1: `
      GET v1/level2/message/query
    `,
    2: `
      GET v1/level3/message/query, GET v2/level3/snapshot
    `,
    4: `
      GET v1/market/orderbook/level{level}_{limit}
    `,
    5: `
      GET v1/convert/currencies, GET v1/convert/symbol
    `,
    10: `
      GET v1/margin/collateralRatio, GET v3/margin/available-inventory
    `,
  },
  FUTURES: {
    2: `
      GET v2/position/getPositionMode, POST v2/position/switchPositionMode
    `,
    3: `
      GET v1/recentFills
    `,
    10: `
      DELETE v1/cancel/transfer-out, POST v2/transfer-out
    `,
  },
  COPY_TRADING: {
    2: `
      POST v1/copy-trade/futures/position/changeCrossUserLeverage,
      POST v1/copy-trade/futures/position/changeMarginMode,
      POST v1/copy-trade/position/switchPositionMode
    `,
    3: `
      POST v1/copy-trade/getCrossModeMarginRequirement
    `,
  },
  BROKER: {
    2: `
      GET v1/broker/nd/mark-up
    `,
    3: `
      POST v1/broker/nd/mark-up, GET v1/broker/queryDetailByUid, GET v1/broker/queryMyCommission,
      GET v1/broker/queryUser
    `,
  },
  EARN: {
    3: `
      GET v1/struct-earn/dual/products
    `,
    5: `
      GET v1/earn/promotion/products, GET v1/struct-earn/orders, POST v1/struct-earn/orders
    `,
  },
};

/** The unified account, `/api/ua`: the costs of ccxt 4.5.90, of which 1 is half of the weight. */
export const UNIFIED_ACCOUNT: Pools = {
  PUBLIC: {
    2: `
      GET v1/market/funding-rate
    `,
    3: `
      GET v1/asset/currencies, GET v1/market/currency, GET v1/market/fiat-price, GET v1/market/kline,
      GET v1/market/trade, GET v1/server/status, GET v2/market/funding-rate
    `,
    4: `
      GET v1/market/instrument
    `,
    5: `
      GET v1/market/funding-rate-history
    `,
    10: `
      GET v1/market/collateral-discount-ratio, GET v1/market/index-price, GET v1/market/open-interest,
      GET v1/user/my-ip
    `,
    15: `
      GET v1/market/borrowable-currency, GET v1/market/ticker
    `,
    20: `
      GET v1/market/announcement, GET v1/market/position-tiers
    `,
    25: `
      GET v1/market/cross-config
    `,
  },
  UNIFIED: {
    1: `
      POST v1/{accountMode}/order/cancel, POST v1/{accountMode}/order/place
    `,
    2: `
      GET v1/account/ledger, GET v1/dcp/query, POST v1/dcp/set, GET v1/position/history,
      GET v1/{accountMode}/position/history
    `,
    3: `
      GET v1/account/deposit/address, GET v1/market/orderbook, GET v1/user/fee-rate,
      GET v1/{accountMode}/position/open-list
    `,
    4: `
      POST v1/account/transfer, POST v1/{accountMode}/order/cancel-batch,
      GET v1/{accountMode}/order/detail, GET v1/{accountMode}/order/execution,
      GET v1/{accountMode}/order/history, GET v1/{accountMode}/order/open-list,
      POST v1/{accountMode}/order/place-batch
    `,
    5: `
      GET v1/account/balance, GET v1/asset/deposit/address, GET v1/sub-account/balance,
      POST v1/sub-account/canTransferOut, GET v1/{accountMode}/account/balance,
      GET v1/{accountMode}/account/overview
    `,
    10: `
      GET v1/account/interest-limits, GET v1/unified/account/leverage
    `,
    15: `
      GET v1/account/interest-history, GET v1/position/funding-history
    `,
    20: `
      GET v1/account/transfer-quota, POST v1/{accountMode}/account/modify-leverage,
      POST v1/{accountMode}/account/modify-leverage-margin-cross,
      POST v1/{accountMode}/order/cancel-all, GET v1/{accountMode}/position/tiers
    `,
    30: `
      GET v1/account/mode, POST v1/account/mode
    `,
  },
};
