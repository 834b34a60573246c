/**
 * Endpoints of Bitget's unified account, `/api/v3/`, by how many requests they take.
 *
 * Source: ccxt 4.5.90, whose unit is 20 a second. The pages of bitget.com/api-doc that are stored
 * (2025 and 2026) agree.
 */

/** By IP. */
export const PUBLIC_V3: { readonly [family: string]: string } = {
  '20/s:': `
    GET market/candles, GET market/current-fund-rate, GET market/discount-rate, GET market/fills,
    GET market/history-candles, GET market/history-fund-rate, GET market/instruments,
    GET market/margin-loans, GET market/open-interest, GET market/orderbook,
    GET market/position-tier, GET market/proof-of-reserves, GET market/risk-reserve,
    GET market/risk-reserve-hour, GET market/tickers
  `,
  '10/s:': `
    GET account/custom-collateral-coins, GET market/cash-dividend-records,
    GET market/index-components, GET market/oi-limit, GET market/rpi-orderbook,
    GET market/rpi-symbols, GET stockplus/market/candlestick, GET stockplus/market/depth,
    GET stockplus/market/history-candlestick, GET stockplus/market/intraday,
    GET stockplus/market/option-chain-info, GET stockplus/market/option-expiry-date,
    GET stockplus/market/option-quote, GET stockplus/market/option-volume,
    GET stockplus/market/quote, GET stockplus/market/static, GET stockplus/market/trade
  `,
  '5/s:': `
    GET market/fee-group, GET market/liquidations, GET market/score-weights,
    GET market/split-records
  `,
  '3/s:': 'GET market/risk-reserve-all',
  '1/s:': `
    GET market/futures-account-long-short, GET market/futures-active-buy-sell,
    GET market/futures-long-short, GET market/futures-position-long-short,
    GET market/margin-isolated-borrow, GET market/margin-loan-growth, GET market/margin-long-short,
    GET market/spot-fund-flow, GET market/spot-net-flow, GET market/spot-whale-flow,
    GET reality/market/calendar, GET reality/market/company-overview, GET reality/market/dividends,
    GET reality/market/earnings-forecast, GET reality/market/executive-shareholdings,
    GET reality/market/inner-trades, GET reality/market/share-capital-change,
    GET reality/market/sharehold-detail, GET reality/market/states, GET reality/market/stock-info,
    GET reality/market/suspension-resumption-info, GET reality/market/valuation-indicators
  `,
};

/** By user. */
export const PRIVATE_V3: { readonly [family: string]: string } = {
  '20/s:': `
    GET account/assets, GET account/convert-records, GET account/delta-info,
    GET account/eligible-discount-rate, GET account/financial-records, GET account/funding-assets,
    GET account/settings, GET broker/all-sub-deposit-withdrawal, GET broker/commission,
    GET broker/query-sub-apikey, GET broker/sub-list, POST broker/create-sub,
    POST broker/create-sub-apikey, POST broker/delete-sub-apikey, POST broker/modify-sub,
    POST broker/modify-sub-apikey, POST broker/sub-deposit-address, POST broker/sub-withdrawal,
    GET position/current-position, GET position/history-position, GET trade/fills,
    GET trade/history-orders, GET trade/history-strategy-orders, GET trade/order-info,
    GET trade/unfilled-orders, GET trade/unfilled-strategy-orders
  `,
  '10/s:': `
    GET account/collateral-type, GET account/deposit-address, GET account/deposit-records,
    GET account/eligible-loan-info, GET account/eligible-margin-tier, GET account/eligible-symbols,
    GET account/funding-financial-records, GET account/max-withdrawal, GET account/payment-coins,
    GET account/pre-set-leverage, GET account/reality-fills, GET account/reality-orderbook,
    GET account/repayable-coins, GET account/sub-deposit-address, GET account/sub-deposit-records,
    GET account/transferable-coins, GET account/withdrawal-records, POST account/set-hold-mode,
    POST account/set-leverage, POST account/set-margin, GET convert/small-assets,
    GET convert/small-assets-history, POST convert/small-assets-trade, GET loan/borrow-history,
    GET loan/borrow-ongoing, GET loan/coins, GET loan/debts, GET loan/interest,
    GET loan/pledge-rate-history, GET loan/reduces, GET loan/repay-history, POST loan/borrow,
    POST loan/repay, POST loan/revise-pledge, GET p2p/ad-info, GET p2p/ad-limit, GET p2p/ad-list,
    GET p2p/all-orders, GET p2p/balance, GET p2p/currencies, GET p2p/exchange-rate, GET p2p/my-ads,
    GET p2p/order-info, GET p2p/pay-method, GET p2p/pending-orders, GET p2p/user-info,
    POST p2p/ad-create, POST p2p/ad-operate, POST p2p/ad-update, POST p2p/fee-simulate,
    POST p2p/order-pay, POST p2p/order-release, GET stockplus/asset/account,
    GET stockplus/asset/cash-flow, GET stockplus/asset/stock-position,
    GET stockplus/asset/transfer-records, GET trade/loan-data, GET trade/strategy-sub-orders,
    POST trade/batch-modify-order, POST trade/cancel-order, POST trade/cancel-reality-order,
    POST trade/cancel-strategy-order, POST trade/modify-order, POST trade/modify-strategy-order,
    POST trade/place-order, POST trade/place-reality-order, POST trade/place-strategy-order,
    GET trade/grid/bot-detail, GET trade/grid/neutral-bot-detail, GET user/rate-limit-quota,
    GET user/sub-api-list, GET user/sub-list, POST user/create-sub, POST user/create-sub-api,
    POST user/delete-sub-api, POST user/freeze-sub, POST user/update-sub-api
  `,
  '5/s:': `
    GET account/info, GET account/move-position-history, GET account/open-interest-limit,
    GET account/sub-transfer-record, GET account/switch-status, POST account/max-open-available,
    POST account/repay, POST account/sub-master-transfer, POST account/sub-transfer,
    POST account/transfer, GET copy/futures/position-summary, GET copy/futures/trading-pairs,
    GET earn/elite-assets, GET earn/elite-product, GET earn/elite-records,
    GET earn/elite-redeem-info, GET earn/elite-subscribe-info, GET earn/elite-subscribe-result,
    POST earn/elite-redeem, POST earn/elite-subscribe, POST stockplus/asset/transfer,
    POST trade/cancel-batch, POST trade/cancel-symbol-order, POST trade/close-positions,
    POST trade/place-batch, POST user/set-rate-limit-quota
  `,
  '3/s:': `
    GET account/all-fee-rate, GET account/fee-rate, GET account/max-transferable,
    GET ins-loan/ensure-coins-convert, GET ins-loan/loan-order, GET ins-loan/ltv-convert,
    GET ins-loan/product-infos, GET ins-loan/repaid-history, GET ins-loan/risk-unit,
    GET ins-loan/symbols, GET ins-loan/transfered, POST ins-loan/bind-uid
  `,
  '2/s:': 'POST account/set-collateral-type',
  '1/s:': `
    GET account/deduct-info, GET account/sub-unified-assets, GET account/withdraw-address,
    POST account/adjust-account-mode, POST account/cancel-withdrawal, POST account/deposit-account,
    POST account/move-positions, POST account/switch, POST account/switch-deduct,
    POST account/withdrawal, GET copy/futures/current-follower, GET copy/futures/history-follower,
    GET copy/futures/max-transferable, GET copy/futures/profit-details,
    GET copy/futures/profit-summary, GET copy/futures/transfer-record, POST copy/futures/transfer,
    GET position/adlRank, GET stockplus/trade/history-executions,
    GET stockplus/trade/history-orders, GET stockplus/trade/order-detail,
    GET stockplus/trade/today-executions, GET stockplus/trade/today-orders,
    POST stockplus/trade/cancel-order, POST stockplus/trade/modify-order,
    POST stockplus/trade/place-order, GET tax/records, POST trade/countdown-cancel-all,
    GET trade/grid/list-details, GET trade/grid/neutral-list-details,
    POST trade/grid/add-investment, POST trade/grid/close-bot, POST trade/grid/create-bot,
    POST trade/grid/create-neutral-bot, POST trade/grid/modify-bot,
    POST trade/grid/modify-grid-interval, POST trade/grid/modify-neutral-bot,
    POST trade/grid/modify-neutral-grid-interval, POST trade/grid/validate,
    POST trade/grid/validate-neutral, POST user/sub-account/agent-create
  `,
};
