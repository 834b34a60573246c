/**
 * Endpoints of Bitget's classic account, `/api/v2/`, by how many requests they take.
 *
 * Source: the pages of bitget.com/api-doc ("Frequency limit", as stored in 2025 and 2026) where
 * they are stored; ccxt 4.5.90 for the others, whose unit is 20 a second. The pages win where they
 * differ: orders and batches, which ccxt has at the speed of lead traders, `cancel-all-orders`,
 * withdrawals, `convert/trade`. Some pages on copy trading have 5 a second where ccxt has 10 or 20,
 * so all of them are held to 5.
 */

/** By IP. */
export const PUBLIC_V2: { readonly [family: string]: string } = {
  '20/s:': `
    GET mix/market/candles, GET mix/market/contracts, GET mix/market/current-fund-rate,
    GET mix/market/fills, GET mix/market/funding-time, GET mix/market/history-candles,
    GET mix/market/history-fund-rate, GET mix/market/history-index-candles,
    GET mix/market/history-mark-candles, GET mix/market/merge-depth, GET mix/market/open-interest,
    GET mix/market/symbol-price, GET mix/market/ticker, GET mix/market/tickers,
    GET public/annoucements, GET public/time, GET spot/market/candles,
    GET spot/market/history-candles, GET spot/market/merge-depth, GET spot/market/orderbook,
    GET spot/market/tickers, GET spot/public/symbols
  `,
  '10/s:': `
    GET earn/loan/public/coinInfos, GET earn/loan/public/hour-interest, GET margin/currencies,
    GET mix/market/fills-history, GET mix/market/oi-limit, GET mix/market/query-position-lever,
    GET mix/market/vip-fee-rate, GET spot/market/fills, GET spot/market/fills-history,
    GET spot/market/vip-fee-rate
  `,
  '5/s:': `
    GET mix/market/discount-rate, GET mix/market/exchange-rate,
    GET mix/market/union-interest-rate-history
  `,
  '3/s:': 'GET spot/public/coins',
  '1/s:': `
    GET margin/market/long-short-ratio, GET mix/market/account-long-short,
    GET mix/market/position-long-short, GET spot/market/fund-flow, GET spot/market/whale-net-flow
  `,
};

/** By user. */
export const PRIVATE_V2: { readonly [family: string]: string } = {
  'orders:': `
    POST mix/order/click-backhand, POST mix/order/place-order, POST spot/trade/place-order
  `,
  'batches:': 'POST mix/order/batch-place-order, POST spot/trade/batch-orders',
  '20/s:': `
    GET broker/order-commission, GET broker/rebate-info, GET broker/total-commission,
    GET mix/account/liq-price, GET mix/account/max-open, GET mix/position/history-position,
    GET spot/account/transferRecords, GET spot/trade/current-plan-order,
    GET spot/trade/history-orders, GET spot/trade/history-plan-order, GET spot/trade/orderInfo,
    GET spot/trade/unfilled-orders, POST spot/trade/cancel-plan-order,
    POST spot/trade/modify-plan-order, POST spot/trade/place-plan-order
  `,
  '10/s:': `
    GET account/bot-assets, GET account/funding-assets, GET broker/agent-commission,
    GET broker/customer-commissions, GET broker/customer-kyc-result, GET broker/sub-customer-list,
    POST broker/customer-asset, POST broker/customer-deposit, POST broker/customer-list,
    POST broker/customer-trade-volume, GET broker/account/info, GET broker/account/subaccount-email,
    GET broker/account/subaccount-future-assets, GET broker/account/subaccount-spot-assets,
    POST broker/account/modify-subaccount-email, POST broker/account/set-subaccount-autotransfer,
    POST broker/account/subaccount-address, POST broker/account/subaccount-withdrawal,
    GET broker/manage/subaccount-apikey-list, POST broker/manage/create-subaccount-apikey,
    POST broker/manage/modify-subaccount-apikey, GET common/all-trade-rate, GET common/trade-rate,
    GET convert/bgb-convert-coin-list, GET convert/bgb-convert-records, GET convert/convert-record,
    GET convert/currencies, GET convert/quoted-price, POST convert/bgb-convert,
    GET earn/account/assets, GET earn/loan/borrow-history, GET earn/loan/debts,
    GET earn/loan/ongoing-orders, GET earn/loan/reduces, GET earn/loan/repay-history,
    GET earn/loan/revise-history, POST earn/loan/borrow, POST earn/loan/repay,
    POST earn/loan/revise-pledge, GET earn/savings/account, GET earn/savings/assets,
    GET earn/savings/product, GET earn/savings/records, GET earn/savings/redeem-result,
    GET earn/savings/subscribe-info, GET earn/savings/subscribe-result, POST earn/savings/redeem,
    POST earn/savings/subscribe, GET earn/sharkfin/account, GET earn/sharkfin/assets,
    GET earn/sharkfin/product, GET earn/sharkfin/records, GET earn/sharkfin/subscribe-info,
    POST earn/sharkfin/subscribe, GET margin/crossed/borrow-history, GET margin/crossed/fills,
    GET margin/crossed/financial-records, GET margin/crossed/history-orders,
    GET margin/crossed/interest-history, GET margin/crossed/interest-rate-and-limit,
    GET margin/crossed/liquidation-history, GET margin/crossed/open-orders,
    GET margin/crossed/repay-history, GET margin/crossed/tier-data,
    POST margin/crossed/batch-cancel-order, POST margin/crossed/batch-place-order,
    POST margin/crossed/cancel-order, POST margin/crossed/place-order,
    GET margin/crossed/account/assets, GET margin/crossed/account/max-borrowable-amount,
    GET margin/crossed/account/max-transfer-out-amount, GET margin/crossed/account/risk-rate,
    POST margin/crossed/account/borrow, POST margin/crossed/account/flash-repay,
    POST margin/crossed/account/query-flash-repay-status, POST margin/crossed/account/repay,
    GET margin/isolated/borrow-history, GET margin/isolated/fills,
    GET margin/isolated/financial-records, GET margin/isolated/history-orders,
    GET margin/isolated/interest-history, GET margin/isolated/interest-rate-and-limit,
    GET margin/isolated/liquidation-history, GET margin/isolated/open-orders,
    GET margin/isolated/repay-history, GET margin/isolated/tier-data,
    POST margin/isolated/batch-cancel-order, POST margin/isolated/batch-place-order,
    POST margin/isolated/cancel-order, POST margin/isolated/place-order,
    GET margin/isolated/account/assets, GET margin/isolated/account/max-borrowable-amount,
    GET margin/isolated/account/max-transfer-out-amount, GET margin/isolated/account/risk-rate,
    POST margin/isolated/account/borrow, POST margin/isolated/account/flash-repay,
    POST margin/isolated/account/query-flash-repay-status, POST margin/isolated/account/repay,
    GET mix/account/account, GET mix/account/accounts, GET mix/account/bill,
    GET mix/account/isolated-symbols, GET mix/account/open-count, GET mix/order/detail,
    GET mix/order/fill-history, GET mix/order/fills, GET mix/order/orders-history,
    GET mix/order/orders-pending, GET mix/order/orders-plan-history,
    GET mix/order/orders-plan-pending, GET mix/order/plan-sub-order,
    POST mix/order/batch-cancel-orders, POST mix/order/cancel-all-orders,
    POST mix/order/cancel-order, POST mix/order/cancel-plan-order, POST mix/order/modify-order,
    POST mix/order/modify-plan-order, POST mix/order/modify-tpsl-order,
    POST mix/order/place-plan-order, POST mix/order/place-pos-tpsl, POST mix/order/place-tpsl-order,
    GET mix/position/single-position, GET p2p/advList, GET p2p/merchantInfo, GET p2p/merchantList,
    GET p2p/orderList, GET spot/account/assets, GET spot/account/bills,
    GET spot/account/subaccount-assets, GET spot/trade/fills, POST spot/trade/batch-cancel-order,
    POST spot/trade/batch-cancel-plan-order, POST spot/trade/cancel-order,
    POST spot/trade/cancel-replace-order, GET spot/wallet/deposit-address,
    GET spot/wallet/deposit-records, GET spot/wallet/withdrawal-records,
    POST spot/wallet/cancel-withdrawal, POST spot/wallet/modify-deposit-account,
    POST spot/wallet/subaccount-transfer, POST spot/wallet/transfer,
    GET user/virtual-subaccount-apikey-list, GET user/virtual-subaccount-list
  `,
  '5/s:': `
    POST convert/trade, GET copy/mix-broker/query-current-traces,
    GET copy/mix-broker/query-history-traces, GET copy/mix-broker/query-traders,
    GET copy/mix-follower/query-current-orders, GET copy/mix-follower/query-history-orders,
    GET copy/mix-follower/query-quantity-limit, GET copy/mix-follower/query-settings,
    GET copy/mix-follower/query-traders, POST copy/mix-follower/cancel-trader,
    POST copy/mix-follower/close-positions, POST copy/mix-follower/setting-tpsl,
    POST copy/mix-follower/settings, GET copy/mix-trader/config-query-followers,
    GET copy/mix-trader/config-query-symbols, GET copy/mix-trader/order-current-track,
    GET copy/mix-trader/order-history-track, GET copy/mix-trader/order-total-detail,
    GET copy/mix-trader/profit-details, GET copy/mix-trader/profit-history-details,
    GET copy/mix-trader/profit-history-summarys, GET copy/mix-trader/profits-group-coin-date,
    POST copy/mix-trader/config-remove-follower, POST copy/mix-trader/config-setting-base,
    POST copy/mix-trader/config-setting-symbols, POST copy/mix-trader/order-close-positions,
    POST copy/mix-trader/order-modify-tpsl, GET copy/spot-follower/query-current-orders,
    GET copy/spot-follower/query-history-orders, GET copy/spot-follower/query-settings,
    GET copy/spot-follower/query-trader-symbols, GET copy/spot-follower/query-traders,
    POST copy/spot-follower/cancel-trader, POST copy/spot-follower/order-close-tracking,
    POST copy/spot-follower/setting-tpsl, POST copy/spot-follower/settings,
    POST copy/spot-follower/stop-order, GET copy/spot-trader/config-query-followers,
    GET copy/spot-trader/config-query-settings, GET copy/spot-trader/order-current-track,
    GET copy/spot-trader/order-history-track, GET copy/spot-trader/order-total-detail,
    GET copy/spot-trader/profit-details, GET copy/spot-trader/profit-history-details,
    GET copy/spot-trader/profit-summarys, POST copy/spot-trader/config-remove-follower,
    POST copy/spot-trader/config-setting-symbols, POST copy/spot-trader/order-close-tracking,
    POST copy/spot-trader/order-modify-tpsl, GET earn/elite/assets, GET earn/elite/product,
    GET earn/elite/records, GET earn/elite/redeem-info, GET earn/elite/subscribe-info,
    GET earn/elite/subscribe-result, POST earn/elite/redeem, POST earn/elite/subscribe,
    GET earn/sharkfin/subscribe-result, GET mix/account/interest-history,
    POST mix/account/set-all-leverage, POST mix/account/set-auto-margin,
    POST mix/account/set-leverage, POST mix/account/set-margin, POST mix/account/set-margin-mode,
    POST mix/account/set-position-mode, GET mix/position/adlRank, GET mix/position/all-position,
    POST spot/trade/cancel-symbol-order, POST spot/wallet/withdrawal,
    POST user/create-virtual-subaccount, POST user/create-virtual-subaccount-apikey,
    POST user/modify-virtual-subaccount, POST user/modify-virtual-subaccount-apikey
  `,
  '2/s:': 'POST mix/account/set-asset-mode',
  '1/s:': `
    GET account/all-account-balance, GET broker/account/subaccount-list,
    POST broker/account/create-subaccount, POST broker/account/modify-subaccount,
    GET mix/account/switch-union-usdt, GET mix/account/transfer-limits,
    GET mix/account/union-config, POST mix/account/union-convert, POST mix/order/close-positions,
    GET spot/account/info, GET spot/account/upgrade-status, POST spot/account/switch-deduct,
    POST spot/account/upgrade, GET tax/future-record, GET tax/margin-record, GET tax/p2p-record,
    GET tax/spot-record, POST user/batch-create-subaccount-and-apikey,
    POST user/create-agent-subaccount
  `,
  '1/10s:': 'GET mix/account/sub-account-assets',
};
