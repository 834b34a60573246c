/** Endpoints of Bybit v5 by how many requests they take: `METHOD path`. */

/**
 * By user and endpoint, whatever the tier.
 *
 * Source: bybit-exchange/docs, docs/v5/rate-limit/rate-limit.mdx (2026-07-24). The page names GET
 * for borrowing and repaying, which are sent by POST: both are here. Pages of margin trade, loans,
 * spread and RFQ are named there by their titles; the paths are those of ccxt 4.5.90.
 */
export const SPEEDS: { readonly [family: string]: string } = {
  '450/s:': 'GET asset/transfer/query-account-coin-balance',
  '300/s:': `
    GET asset/withdraw/withdrawable-amount, GET asset/deposit/query-internal-record,
    GET asset/withdraw/query-address, POST asset/deposit/deposit-to-account
  `,
  '200/s:': 'GET strategy/list, GET strategy/order-list',
  '100/s:': `
    POST fmartingalebot/create, POST grid/validate-input, POST strategy/create, POST strategy/stop,
    POST fiat/trade-execute, GET ins-loan/product-infos, GET ins-loan/ensure-tokens-convert
  `,
  '50/s:': `
    GET order/realtime, GET order/history, GET execution/list, GET order/spot-borrow-check,
    GET position/list, GET position/closed-pnl, GET position/get-closed-positions,
    GET account/wallet-balance, GET account/withdrawal, GET account/borrow-history,
    GET account/collateral-info, GET account/info, GET account/pay-info,
    GET account/trade-info-for-analysis, GET account/user-setting-config, GET asset/coin-greeks,
    GET asset/asset-overview, GET asset/delivery-record, GET asset/portfolio-margin,
    GET asset/settlement-record, GET asset/total-members-assets,
    GET asset/exchange/convert-result-query, GET asset/exchange/query-convert-history,
    GET spot-margin-trade/state, GET spot-margin-trade/max-borrowable, GET spot-margin-trade/coinstate,
    GET spot-margin-trade/repayment-available-amount, GET spot-margin-trade/get-auto-repay-mode,
    GET spread/order/realtime, GET spread/order/history, GET spread/execution/list,
    GET spread/max-qty, POST rfq/cancel-all-quotes, POST rfq/cancel-quote,
    POST rfq/accept-other-quote, POST rfq/cancel-all-rfq, POST rfq/create-quote, POST rfq/create-rfq,
    POST rfq/execute-quote, POST rfq/cancel-rfq, GET rfq/public-trades, GET rfq/quote-list,
    GET rfq/quote-realtime, GET rfq/config, GET rfq/rfq-list, GET rfq/rfq-realtime, GET rfq/trade-list
  `,
  '30/s:': 'GET asset/exchange/query-coin-list, GET asset/fundinghistory',
  '25/s:': 'GET account/transaction-log',
  '20/s:': `
    POST asset/transfer/save-transfer-sub-member, POST asset/exchange/quote-apply,
    POST asset/exchange/convert-execute, POST user/agreement, POST spread/order/create,
    POST spread/order/amend, POST spread/order/cancel, GET ins-loan/loan-order,
    GET ins-loan/repaid-history, GET ins-loan/ltv-convert
  `,
  '10/s:': `
    POST fcombobot/getlimit, POST fcombobot/create, POST fcombobot/close, POST fcombobot/detail,
    POST fgridbot/validate, POST fgridbot/create, POST fgridbot/close, POST fgridbot/detail,
    POST fmartingalebot/getlimit, POST fmartingalebot/close, POST fmartingalebot/detail,
    POST grid/query-grid-detail, GET position/move-history, POST position/set-leverage,
    POST position/switch-isolated, POST position/switch-mode, POST position/trading-stop,
    POST position/set-auto-add-margin, POST position/add-margin, POST position/set-risk-limit,
    POST position/confirm-pending-mmr, POST position/move-positions, GET account/instruments-info,
    POST account/set-limit-px-action, GET asset/covert/small-balance-list,
    GET asset/convert/small-balance-list, GET user/query-sub-members, GET user/query-api,
    GET user/aff-customer-info, GET user/sub-apikeys, GET user/get-member-type,
    GET user/invitation/referrals
  `,
  '5/s:': `
    POST order/disconnected-cancel-all, GET account/fee-rate, GET account/query-dcp-info,
    GET account/smp-group, POST account/mmp-modify, POST account/mmp-reset,
    POST account/set-collateral-switch-batch, POST account/set-margin-mode, GET asset/coin/query-info,
    GET asset/transfer/query-universal-transfer-list, GET asset/transfer/query-account-coins-balance,
    GET asset/covert/small-balance-history, GET asset/convert/small-balance-history,
    POST asset/transfer/universal-transfer, POST asset/withdraw/create,
    POST asset/covert/small-balance-execute, POST asset/covert/get-quote,
    POST asset/convert/small-balance-execute, POST asset/convert/get-quote,
    POST user/frozen-sub-member, POST user/update-api, POST user/update-sub-api, POST user/delete-api,
    POST user/delete-sub-api, GET user/submembers, GET user/escrow_sub_members,
    POST user/del-submember, GET user/del-submember, POST spot-margin-trade/switch-mode,
    POST spot-margin-trade/set-leverage, POST spot-margin-trade/set-auto-repay-mode,
    GET spot-margin-trade/fixedborrow-order-quote, GET spot-margin-trade/fixedborrow-order-info,
    GET spot-margin-trade/fixedborrow-contract-info, GET spot-margin-trade/liability,
    POST spread/order/cancel-all
  `,
  '3/s:': 'POST grid/create-grid, POST grid/close-grid, POST dca/create-bot, POST dca/close-bot',
  '1/s:': `
    GET account/borrow, POST account/borrow, GET account/repay, POST account/repay,
    GET account/no-convert-repay, POST account/no-convert-repay, POST account/quick-repayment,
    POST account/upgrade-to-uta, GET asset/withdraw/vasp/list, POST user/create-sub-member,
    POST user/create-sub-api, POST spot-margin-trade/fixedborrow,
    POST spot-margin-trade/fixedborrow-renew, POST ins-loan/association-uid, POST ins-loan/repay-loan
  `,
  '600/min:': 'GET asset/exchange/order-record',
  '300/min:': `
    GET asset/deposit/query-sub-member-record, GET asset/deposit/query-address,
    GET asset/deposit/query-sub-member-address, GET asset/withdraw/query-record
  `,
  '100/min:': 'GET asset/deposit/query-record',
  '60/min:': `
    GET asset/transfer/query-asset-info, GET asset/transfer/query-transfer-coin-list,
    GET asset/transfer/query-inter-transfer-list, GET asset/transfer/query-sub-member-list,
    POST asset/transfer/inter-transfer, POST asset/withdraw/cancel
  `,
};

/** Endpoints of older versions that take less than one request a second: ccxt 4.5.90. */
export const OLDER: { readonly [family: string]: string } = {
  '20/min:': `
    POST asset/v3/private/transfer/inter-transfer, POST asset/v3/private/transfer/sub-member-transfer,
    POST asset/v3/private/transfer/transfer-sub-member-save
  `,
  '10/min:': 'POST asset/v3/private/withdraw/create',
};

/** 1000 a second or more by user: fewer are possible by IP, which counts them all the same. */
export const BY_IP_ALONE = `
  GET market/time, GET market/kline, GET market/mark-price-kline, GET market/index-price-kline,
  GET market/premium-index-price-kline, GET market/instruments-info, GET market/orderbook,
  GET market/rpi_orderbook, GET market/full_orderbook, GET market/tickers, GET market/funding/history,
  GET market/recent-trade, GET market/open-interest, GET market/historical-volatility,
  GET market/insurance, GET market/risk-limit, GET market/delivery-price,
  GET market/new-delivery-price, GET market/account-ratio, GET market/price-limit,
  GET market/index-price-components, GET market/adlAlert, GET market/fee-group-info,
  GET announcements/index, GET system/status, GET fiat/balance-query, GET fiat/query-coin-list,
  GET fiat/trade-query, GET fiat/query-trade-history, POST fiat/quote-apply, GET fiat/reference-price
`;
