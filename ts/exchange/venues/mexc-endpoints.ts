/**
 * Endpoints of MEXC by what they weigh or how often they may be sent.
 *
 * Source: MEXC's pages (mexcdevelop/apidocs, spot_v3_en of 2025-08-08 and contract_v1_en of
 * 2025-04-17, as quoted by pymexc 1.3.1), and ccxt 4.5.90; of two figures the more careful one.
 */

/** Spot, `/api/v3/`, by weight. */
export const SPOT: { readonly [weight: number]: string } = {
  1: `
    GET aggTrades, GET apiKeyInfo, POST apiKeyInfo, GET avgPrice,
    GET broker/capital/deposit/subAddress, GET broker/capital/deposit/subHisrec,
    POST broker/capital/deposit/subAddress, GET broker/capital/deposit/subHisrec/getall,
    POST broker/capital/withdraw/apply, GET broker/rebate/taxQuery,
    DELETE broker/sub-account/apiKey, GET broker/sub-account/apiKey, GET broker/sub-account/list,
    GET broker/sub-account/status, GET broker/sub-account/universalTransfer,
    POST broker/sub-account/apiKey, POST broker/sub-account/futures,
    POST broker/sub-account/universalTransfer, POST broker/sub-account/virtualSubAccount,
    DELETE capital/withdraw, GET capital/convert, GET capital/transfer, POST capital/withdraw,
    GET capital/convert/list, POST capital/deposit/address,
    GET capital/sub-account/universalTransfer, POST capital/sub-account/universalTransfer,
    GET capital/transfer/internal, GET capital/transfer/tranId, POST capital/transfer/internal,
    GET capital/withdraw/history, POST capital/withdraw/apply, GET defaultSymbols, GET etf/info,
    GET historicalTrades, GET klines, GET kyc/status, DELETE margin/openOrders,
    DELETE margin/order, GET margin/allOrders, GET margin/forceLiquidationRec,
    GET margin/isolatedMarginData, GET margin/isolatedMarginTier, GET margin/loan,
    GET margin/maxBorrowable, GET margin/maxTransferable, GET margin/myTrades,
    GET margin/openOrders, GET margin/order, GET margin/priceIndex, GET margin/repay,
    GET margin/isolated/account, GET margin/isolated/pair, GET mxDeduct/enable,
    POST mxDeduct/enable, GET ping, GET rebate/detail, GET rebate/referCode, GET rebate/taxQuery,
    GET rebate/affiliate/campaign, GET rebate/affiliate/commission, GET rebate/affiliate/list,
    GET rebate/affiliate/referral, GET rebate/affiliate/subaffiliates,
    GET rebate/affiliate/withdraw, GET rebate/affiliate/commission/detail,
    GET rebate/detail/kickback, GET selfSymbols, DELETE sub-account/apiKey,
    GET sub-account/apiKey, GET sub-account/asset, GET sub-account/list, POST sub-account/apiKey,
    POST sub-account/futures, POST sub-account/margin, POST sub-account/virtualSubAccount,
    GET time, GET uid, DELETE userDataStream, GET userDataStream, POST userDataStream,
    PUT userDataStream
  `,
  2: 'GET order',
  3: 'GET depth, GET openOrders',
  5: 'GET trades',
  8: 'GET announcements',
  10: `
    GET allOrders, GET asset/internal/transfer/record, POST capital/convert,
    GET capital/config/getall, GET capital/deposit/address, GET capital/deposit/hisrec,
    GET capital/withdraw/address, GET myTrades, GET symbol/offline, GET ticker/bookTicker,
    GET ticker/price
  `,
  20: `
    DELETE strategy/group, GET strategy/group, POST strategy/group, DELETE strategy/group/uid,
    GET strategy/group/uid, POST strategy/group/uid, GET tradeFee
  `,
  25: 'GET exchangeInfo',
  50: 'POST capital/transfer',
};

/** Public endpoints of futures, `/api/v1/`, by IP. */
export const PUBLIC_FUTURES: { readonly [family: string]: string } = {
  '20/2s:': `
    GET contract/ping, GET contract/risk_reverse, GET contract/support_currencies,
    GET contract/ticker, GET contract/deals/{symbol}, GET contract/depth/{symbol},
    GET contract/depth_commits/{symbol}/{limit}, GET contract/fair_price/{symbol},
    GET contract/funding_rate/history, GET contract/funding_rate/{symbol},
    GET contract/index_price/{symbol}, GET contract/kline/{symbol},
    GET contract/kline/fair_price/{symbol}, GET contract/kline/index_price/{symbol},
    GET contract/risk_reverse/history, GET contract/risk_reverse/{symbol}
  `,
  '1/5s:': 'GET contract/detail',
};

/** Private endpoints of futures, `/api/v1/`, by user. */
export const PRIVATE_FUTURES: { readonly [family: string]: string } = {
  '20/2s:': `
    GET private/account/assets, GET private/account/discountType,
    GET private/account/feeDeductConfigs, GET private/account/risk_limit,
    GET private/account/tiered_fee_rate, GET private/account/transfer_record,
    POST private/account/change_risk_level, GET private/account/asset/{currency},
    GET private/account/asset/analysis/export, GET private/account/asset/analysis/today_pnl,
    GET private/account/asset/analysis/yesterday_pnl, GET private/account/asset/analysis/{type},
    POST private/account/asset/analysis/v3, POST private/account/asset/analysis/calendar/daily/v3,
    POST private/account/asset/analysis/calendar/monthly/v3,
    POST private/account/asset/analysis/recent/v3,
    GET private/account/asset_book/order_deal_fee/total,
    GET private/account/config/contractFeeDiscountConfig, GET private/account/contract/fee_rate,
    GET private/account/contract/zero_fee_rate, GET private/account/profit_rate/{type},
    GET private/account/tiered_fee_rate/v2, GET private/market_maker/self_trade/blacklist,
    GET private/market_maker/self_trade/blacklist/search,
    POST private/market_maker/self_trade/blacklist/create,
    POST private/market_maker/self_trade/blacklist/delete,
    POST private/market_maker/self_trade/blacklist/update, GET private/order/close_orders,
    GET private/order/fee_details, POST private/order/batch_cancel_with_external,
    POST private/order/batch_query_with_external, POST private/order/cancel,
    POST private/order/cancel_all, POST private/order/cancel_with_external,
    POST private/order/create, POST private/order/open_order_total_count,
    POST private/order/submit, GET private/order/deal_details/{order_id},
    GET private/order/external/{symbol}/{external_oid}, GET private/order/get/{order_id},
    GET private/order/list/close_orders, GET private/order/list/history_orders,
    GET private/order/list/open_orders, GET private/order/list/order_deals,
    GET private/order/list/open_orders/{symbol}, GET private/order/list/order_deals/v3,
    GET private/order/open_orders/{symbol}, POST private/planorder/cancel,
    POST private/planorder/cancel_all, POST private/planorder/change_stop_order,
    POST private/planorder/place, GET private/planorder/list/orders,
    POST private/planorder/place/v2, GET private/position/funding_records,
    GET private/position/leverage, GET private/position/open_positions,
    GET private/position/position_mode, POST private/position/change_auto_add_im,
    POST private/position/change_leverage, POST private/position/change_margin,
    POST private/position/change_position_mode, POST private/position/reverse,
    GET private/position/list/history_positions, GET private/stoporder/open_orders,
    POST private/stoporder/cancel, POST private/stoporder/cancel_all,
    POST private/stoporder/change_plan_price, POST private/stoporder/change_price,
    POST private/stoporder/place, GET private/stoporder/list/orders,
    GET private/stoporder/order_details/{stop_order_id}, POST private/trackorder/cancel,
    POST private/trackorder/change_order, POST private/trackorder/place,
    GET private/trackorder/list/orders
  `,
  '5/2s:': 'GET private/order/batch_query',
  '4/2s:': 'POST private/position/close_all',
  '1/2s:': `
    POST private/order/change_limit_order, POST private/order/chase_limit_order,
    POST private/order/submit_batch
  `,
};
