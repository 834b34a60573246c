/** Endpoints of OKX v5 by how many requests they take in what time: `METHOD path`. */

/** By family, lists of endpoints. */
export interface Lists {
  readonly [family: string]: string;
}

/**
 * Source: the line "Rate Limit" of each page of OKX's docs-v5 (copies of 2026-06 to 2026-08), and
 * as the package `okx` 2.1.2 of PyPI quotes it (2025-03). Where these differ the later one counts.
 */
export const PAGES: Lists = {
  '100/2s:': `
    GET market/trades
  `,
  '60/2s:': `
    GET trade/fills, GET trade/order, GET trade/orders-pending
  `,
  '40/2s:': `
    GET market/books, GET market/candles, GET public/delivery-exercise-history,
    GET trade/orders-history
  `,
  '10/1s:': `
    POST asset/convert/trade, GET asset/transfer-state
  `,
  '20/2s:': `
    GET account/leverage-info, GET account/max-avail-size, GET account/max-loan,
    GET account/max-size, GET account/max-withdrawal, POST account/position/margin-balance,
    POST account/set-leverage, GET account/subaccount/max-withdrawal, POST copytrading/algo-order,
    POST copytrading/close-subposition, GET copytrading/current-subpositions,
    GET copytrading/subpositions-history, GET market/block-ticker, GET market/block-tickers,
    GET market/block-trades, GET market/books-rpi, GET market/history-trades,
    GET market/history-candles,
    GET market/index-candles, GET market/index-components, GET market/index-tickers,
    GET market/mark-price-candles, GET market/option/instrument-family-trades, GET market/ticker,
    GET market/tickers, GET public/instruments, GET public/open-interest, GET public/opt-summary,
    GET public/option-trades, GET public/price-limit, GET public/underlying, GET sprd/books,
    POST sprd/cancel-order, GET sprd/order, GET sprd/orders-history, GET sprd/public-trades,
    GET sprd/spreads, GET sprd/ticker, GET sprd/trades, POST trade/amend-algos,
    POST trade/cancel-advance-algos, POST trade/cancel-algos, POST trade/close-position,
    GET trade/order-algo, GET trade/orders-algo-history,
    GET trade/orders-algo-pending, GET trade/orders-history-archive, GET tradingBot/grid/ai-param,
    POST tradingBot/grid/amend-order-algo, POST tradingBot/grid/cancel-close-order,
    POST tradingBot/grid/close-position, POST tradingBot/grid/compute-margin-balance,
    POST tradingBot/grid/margin-balance, POST tradingBot/grid/min-investment,
    POST tradingBot/grid/order-algo, POST tradingBot/grid/order-instant-trigger,
    GET tradingBot/grid/orders-algo-details, GET tradingBot/grid/orders-algo-history,
    GET tradingBot/grid/orders-algo-pending, GET tradingBot/grid/positions,
    POST tradingBot/grid/stop-order-algo, GET tradingBot/grid/sub-orders,
    POST tradingBot/grid/withdraw-income, GET tradingBot/public/rsi-back-testing,
    POST tradingBot/recurring/amend-order-algo, POST tradingBot/recurring/order-algo,
    GET tradingBot/recurring/orders-algo-details, GET tradingBot/recurring/orders-algo-history,
    GET tradingBot/recurring/orders-algo-pending, POST tradingBot/recurring/stop-order-algo,
    GET tradingBot/recurring/sub-orders, GET tradingBot/signal/event-history,
    GET tradingBot/signal/orders-algo-details, GET tradingBot/signal/sub-orders,
    GET users/partner/if-rebate
  `,
  '6/1s:': `
    POST account/borrow-repay, GET asset/balances, GET asset/bills, POST asset/cancel-withdrawal,
    GET asset/convert/currencies, GET asset/convert/currency-pair, GET asset/convert/history,
    GET asset/currencies, GET asset/deposit-address, GET asset/deposit-history,
    GET asset/exchange-list, GET asset/non-tradable-assets, GET asset/subaccount/bills,
    GET asset/subaccount/managed-subaccount-bills, POST asset/withdrawal,
    GET asset/withdrawal-history, GET finance/savings/balance, GET finance/savings/lending-history,
    GET finance/savings/lending-rate-history, GET finance/savings/lending-rate-summary,
    POST finance/savings/purchase-redempt, POST finance/savings/set-lending-rate,
    GET market/books-lite
  `,
  '5/1s:': `
    GET account/bills
  `,
  '10/2s:': `
    GET account/account-position-risk, GET account/balance, GET account/greeks,
    GET account/position-tiers, GET account/positions, GET account/positions-history,
    GET account/risk-state, POST account/set-riskOffset-type, GET market/history-index-candles,
    GET market/history-mark-price-candles,
    GET public/convert-contract-coin, GET public/estimated-price, GET public/event-contract/events,
    GET public/event-contract/markets, GET public/event-contract/series, GET public/funding-rate,
    GET public/funding-rate-history, GET public/insurance-fund, GET public/mark-price,
    GET public/position-tiers, GET public/time, POST sprd/mass-cancel, GET sprd/orders-pending,
    GET trade/fills-archive, GET trade/fills-history
  `,
  '3/1s:': `
    GET affiliate/invitee/detail, GET finance/sfp/dcd/order-status, GET finance/staking-defi/offers,
    GET finance/staking-defi/orders-active, GET finance/staking-defi/orders-history
  `,
  '6/2s:': `
    GET account/subaccount/balances, GET asset/subaccount/balances
  `,
  '5/2s:': `
    POST account/activate-option, GET account/adjust-leverage-info, GET account/bills-archive,
    GET account/borrow-repay-history, GET account/config, GET account/interest-accrued,
    GET account/interest-limits, GET account/interest-rate, GET account/mmp-config,
    POST account/mmp-reset, POST account/quick-margin-borrow-repay,
    GET account/quick-margin-borrow-repay-history, POST account/set-account-level,
    POST account/set-auto-loan, POST account/set-greeks, POST account/set-isolated-mode,
    POST account/set-position-mode, GET account/subaccount/interest-limits,
    POST account/subaccount/set-loan-allocation, GET account/trade-fee,
    GET account/vip-interest-accrued, GET account/vip-interest-deducted,
    GET account/vip-loan-order-detail, GET account/vip-loan-order-list, GET copytrading/instruments,
    GET copytrading/profit-sharing-details, POST copytrading/set-instruments,
    GET copytrading/total-profit-sharing, GET copytrading/unrealized-profit-sharing-details,
    GET public/instrument-tick-bands, GET rubik/stat/contracts/long-short-account-ratio,
    GET rubik/stat/contracts/open-interest-volume, GET rubik/stat/margin/loan-ratio,
    GET rubik/stat/option/open-interest-volume, GET rubik/stat/option/open-interest-volume-expiry,
    GET rubik/stat/option/open-interest-volume-ratio,
    GET rubik/stat/option/open-interest-volume-strike, GET rubik/stat/option/taker-block-volume,
    GET rubik/stat/taker-volume, GET rubik/stat/trading-data/support-coin, POST trade/mass-cancel
  `,
  '2/1s:': `
    GET asset/deposit-lightning, POST asset/withdrawal-lightning, POST finance/staking-defi/cancel,
    POST finance/staking-defi/purchase, POST finance/staking-defi/redeem
  `,
  '1/1s:': `
    GET asset/asset-valuation, POST asset/convert-dust-assets, POST asset/subaccount/transfer,
    GET finance/sfp/dcd/currency-pair, GET finance/sfp/dcd/order-history,
    GET finance/sfp/dcd/products, GET trade/account-rate-limit, POST trade/cancel-all-after,
    GET users/entrust-subaccount-list, POST users/subaccount/modify-apikey,
    POST users/subaccount/set-transfer-out
  `,
  '2/2s:': `
    POST account/simulated_margin, GET market/platform-24-volume,
    GET public/discount-rate-interest-free-quota, GET public/interest-rate-loan-quota,
    GET public/vip-interest-rate-loan-quota, GET users/subaccount/list
  `,
  '2/3s:': `
    POST rfq/execute-quote
  `,
  '1/2s:': `
    GET account/precheck-set-delta-neutral, POST account/set-trading-config,
    GET asset/deposit-withdraw-status, POST finance/okusd/redeem, POST finance/okusd/subscribe,
    GET market/exchange-rate, GET support/announcement-types, GET support/announcements-types,
    POST trade/easy-convert, GET trade/easy-convert-currency-list, GET trade/easy-convert-history,
    POST trade/one-click-repay, GET trade/one-click-repay-currency-list,
    GET trade/one-click-repay-currency-list-v2, GET trade/one-click-repay-history,
    GET trade/one-click-repay-history-v2, POST trade/one-click-repay-v2
  `,
  '1/3s:': `
    POST account/spot-manual-borrow-repay
  `,
  '1/5s:': `
    POST account/position-builder-graph, POST asset/convert/estimate-quote,
    POST fiat/buy-sell/trade, GET market/open-oracle, GET public/economic-calendar,
    GET system/status
  `,
  '2/10s:': `
    POST account/mmp-config
  `,
  '10/60s:': `
    POST finance/sfp/dcd/quote, POST finance/sfp/dcd/redeem-quote
  `,
  '1/10s:': `
    POST rfq/mmp-config
  `,
  '2/60s:': `
    POST finance/sfp/dcd/redeem, POST finance/sfp/dcd/trade
  `,
  '5/1d:': `
    POST trade/fills-archive
  `,
  '20/30d:': `
    POST asset/monthly-statement
  `,
};

/**
 * Endpoints without a page here: the costs of ccxt 4.5.90, of which 1 is 20 requests in 2 s. The
 * window is taken to be the shorter one of those that come to the same speed.
 */
export const WITHOUT_PAGE: Lists = {
  '80/2s:': `
    POST broker/dma/subaccount/apikey, POST broker/nd/create-subaccount,
    POST broker/nd/report-subaccount-ip, POST broker/nd/set-subaccount-assets,
    POST broker/nd/subaccount/apikey
  `,
  '50/2s:': `
    POST rfq/cancel-quote, POST rfq/create-quote
  `,
  '40/2s:': `
    GET market/sprd-candles, GET public/settlement-history
  `,
  '20/2s:': `
    GET account/instruments, POST account/set-settle-currency,
    POST asset/broker/nd/subaccount-deposit-address, POST broker/nd/delete-subaccount,
    POST broker/nd/subaccount/delete-apikey, POST broker/nd/subaccount/modify-apikey,
    GET market/call-auction-detail, GET market/call-auction-details,
    GET market/sprd-history-candles, GET market/sprd-ticker, GET public/block-trades,
    GET public/delta-hedge-currencies, GET public/premium-history, POST sprd/amend-order,
    POST sprd/order, GET sprd/orders-history-archive, POST tradingBot/dca/amend-order-algo,
    POST tradingBot/dca/create, GET tradingBot/dca/cycle-list, GET tradingBot/dca/history-list,
    POST tradingBot/dca/margin/add, POST tradingBot/dca/margin/reduce,
    GET tradingBot/dca/ongoing-list, GET tradingBot/dca/orders,
    POST tradingBot/dca/orders/manual-buy, GET tradingBot/dca/position-details,
    POST tradingBot/dca/settings/reinvestment, POST tradingBot/dca/settings/take-profit,
    POST tradingBot/dca/stop, POST tradingBot/grid/adjust-investment,
    POST tradingBot/grid/amend-algo-basic-param, POST tradingBot/grid/copy-order-algo,
    GET tradingBot/grid/min-investment, POST tradingBot/recurring/add-investment,
    POST tradingBot/recurring/amend-price-range, POST tradingBot/recurring/amend-recurring-amount,
    POST tradingBot/recurring/amend-recurring-time, POST tradingBot/recurring/pause,
    POST tradingBot/recurring/restart, POST tradingBot/signal/amendTPSL,
    POST tradingBot/signal/cancel-sub-order, POST tradingBot/signal/close-position,
    POST tradingBot/signal/create-signal, POST tradingBot/signal/margin-balance,
    POST tradingBot/signal/order-algo, GET tradingBot/signal/orders-algo-history,
    GET tradingBot/signal/orders-algo-pending, GET tradingBot/signal/positions,
    POST tradingBot/signal/set-instruments, GET tradingBot/signal/signals,
    POST tradingBot/signal/stop-order-algo, POST tradingBot/signal/sub-order
  `,
  '6/1s:': `
    POST asset/broker/nd/modify-subaccount-deposit-address,
    GET asset/broker/nd/subaccount-deposit-address, GET fiat/buy-sell/currencies,
    GET fiat/buy-sell/currency-pair, GET fiat/buy-sell/history,
    GET finance/stable-rewards/apy-history, GET finance/staking-defi/eth/apy-history,
    GET finance/staking-defi/eth/balance, GET finance/staking-defi/eth/purchase-redeem-history,
    GET finance/staking-defi/sol/apy-history, GET finance/staking-defi/sol/balance,
    GET finance/staking-defi/sol/purchase-redeem-history
  `,
  '10/2s:': `
    GET account/bills-history-archive, POST account/set-riskOffset-amt, GET asset/monthly-statement,
    GET broker/dma/subaccount-info, GET finance/sfp/dcd/order, GET finance/sfp/dcd/orders,
    GET market/books-full, GET public/estimated-settlement-info,
    GET rubik/stat/contracts/open-interest-history, GET tradingBot/signal/positions-history
  `,
  '3/1s:': `
    GET affiliate/co-inviter/list, GET affiliate/invitee/list, GET affiliate/link/list,
    GET affiliate/performance/summary, GET affiliate/sub-affiliate/list,
    POST fiat/cancel-withdrawal, POST fiat/create-withdrawal, GET fiat/deposit,
    GET fiat/deposit-order-history, GET fiat/deposit-payment-methods, GET fiat/withdrawal,
    GET fiat/withdrawal-order-history, GET fiat/withdrawal-payment-methods,
    GET finance/fixed-loan/lending-apy-history, GET finance/fixed-loan/lending-offers,
    GET finance/fixed-loan/pending-lending-volume, GET finance/staking-defi/eth/product-info,
    GET finance/staking-defi/sol/product-info
  `,
  '5/2s:': `
    POST account/account-level-switch-preset, GET account/collateral-assets,
    GET account/fixed-loan/borrowing-limit, GET account/set-account-switch-precheck,
    GET account/set-auto-repay, POST account/set-auto-repay, POST account/set-collateral-assets,
    POST account/set-fee-type, GET account/spot-borrow-repay-history, GET account/subtypes,
    GET asset/broker/nd/subaccount-deposit-history,
    GET asset/broker/nd/subaccount-withdrawal-history, POST broker/nd/set-subaccount-fee-rate,
    POST broker/nd/set-subaccount-level, POST copytrading/amend-copy-settings,
    POST copytrading/amend-profit-sharing-ratio, GET copytrading/batch-leverage-info,
    POST copytrading/batch-set-leverage, GET copytrading/config, GET copytrading/copy-settings,
    GET copytrading/current-lead-traders, POST copytrading/first-copy-settings,
    GET copytrading/lead-traders-history, GET copytrading/public-config,
    GET copytrading/public-copy-traders, GET copytrading/public-current-subpositions,
    GET copytrading/public-lead-traders, GET copytrading/public-pnl,
    GET copytrading/public-preference-currency, GET copytrading/public-stats,
    GET copytrading/public-subpositions-history, GET copytrading/public-weekly-pnl,
    POST copytrading/stop-copy-trading, GET copytrading/total-unrealized-profit-sharing,
    POST finance/flexible-loan/adjust-collateral, GET finance/flexible-loan/borrow-currencies,
    GET finance/flexible-loan/collateral-assets, GET finance/flexible-loan/emode-info,
    GET finance/flexible-loan/interest-accrued, GET finance/flexible-loan/loan-history,
    GET finance/flexible-loan/loan-info, GET finance/flexible-loan/max-collateral-redeem-amount,
    POST finance/flexible-loan/max-loan, GET finance/okusd/rate/history,
    GET finance/okusd/redeem/history, GET finance/okusd/rewards/history,
    GET finance/okusd/subscribe/history, GET finance/stable-rewards/balance,
    GET finance/stable-rewards/product-info, GET public/market-data-history,
    GET public/mm-instrument-types, POST rfq/cancel-rfq, GET rfq/counterparties,
    POST rfq/create-rfq, GET rfq/maker-instrument-settings, POST rfq/maker-instrument-settings,
    GET rfq/mmp-config, POST rfq/mmp-reset, GET rfq/public-trades, GET rfq/trades,
    GET rubik/stat/contracts/long-short-account-ratio-contract,
    GET rubik/stat/contracts/long-short-account-ratio-contract-top-trader,
    GET rubik/stat/contracts/long-short-position-ratio-contract-top-trader,
    GET rubik/stat/taker-volume-contract, GET support/announcements, POST trade/order-precheck,
    GET tradingBot/grid/grid-quantity, GET users/glp/historicalperformance,
    GET users/glp/todayperformance
  `,
  '2/1s:': `
    POST account/fixed-loan/amend-borrowing-order, POST account/fixed-loan/borrowing-order,
    GET account/fixed-loan/borrowing-orders-list, GET account/fixed-loan/borrowing-quote,
    POST account/fixed-loan/manual-reborrow, POST account/fixed-loan/repay-borrowing-order,
    GET broker/fd/if-rebate, POST finance/staking-defi/eth/cancel-redeem,
    POST finance/staking-defi/eth/purchase, POST finance/staking-defi/eth/redeem,
    POST finance/staking-defi/sol/cancel-redeem, POST finance/staking-defi/sol/purchase,
    POST finance/staking-defi/sol/redeem
  `,
  '1/1s:': `
    POST account/move-positions, GET account/move-positions-history, POST account/set-auto-earn,
    GET asset/bills-history, GET broker/dma/subaccount-trade-fee, GET broker/dma/subaccount/apikey,
    GET broker/nd/info, GET broker/nd/subaccount-info, GET broker/nd/subaccount/apikey,
    POST finance/flexible-loan/borrow, POST finance/flexible-loan/repay, GET finance/okusd/account,
    GET finance/okusd/limits, POST finance/sfp/dcd/order, GET market/books-sbe,
    POST rfq/cancel-all-after, POST sprd/cancel-all-after, GET users/subaccount/apikey,
    POST users/subaccount/apikey, POST users/subaccount/create-subaccount,
    POST users/subaccount/delete-apikey, POST users/subaccount/subaccount-apikey
  `,
  '2/2s:': `
    POST account/position-builder, POST rfq/cancel-all-quotes, POST rfq/cancel-all-rfqs,
    POST rfq/cancel-batch-quotes, POST rfq/cancel-batch-rfqs, GET rfq/quotes, GET rfq/rfqs
  `,
  '1/2s:': `
    POST account/demo-adjust-balance
  `,
  '1/3s:': `
    GET account/spot-manual-borrow-repay
  `,
  '1/5s:': `
    POST fiat/buy-sell/quote
  `,
  '1/10s:': `
    GET broker/nd/rebate-daily
  `,
  '1/30s:': `
    GET broker/dma/rebate-per-orders, GET broker/fd/rebate-per-orders,
    GET broker/nd/rebate-per-orders
  `,
  '1/1h:': `
    POST broker/dma/trades, POST broker/fd/rebate-per-orders, POST broker/nd/rebate-per-orders
  `,
};
