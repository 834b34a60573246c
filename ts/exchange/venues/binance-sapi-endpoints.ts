/** Endpoints of Binance's `/sapi` by weight: `METHOD version/path`. */

/**
 * Counted by IP: each endpoint 12 000 a minute.
 *
 * Source: "Weight(IP)" in Binance's SDKs for Python of 2026-10 (binance-sdk-margin-trading 8.9.0,
 * -wallet 13.8.0, -sub-account 8.5.0, and those of the other products).
 */
export const BY_IP: { readonly [weight: number]: string } = {
  1: `
    GET v1/account/apiRestrictions, GET v1/account/apiTradingStatus,
    POST v1/account/disableFastWithdrawSwitch, POST v1/account/enableFastWithdrawSwitch,
    GET v1/account/info, GET v1/account/status, GET v1/addressVerify/list,
    GET v1/algo/futures/historicalOrders, GET v1/algo/futures/openOrders,
    DELETE v1/algo/futures/order, GET v1/algo/futures/subOrders, GET v1/algo/spot/historicalOrders,
    GET v1/algo/spot/openOrders, DELETE v1/algo/spot/order, GET v1/algo/spot/subOrders,
    GET v1/asset/assetDetail, GET v1/asset/dribblet, POST v1/asset/dust-btc,
    POST v1/asset/dust-convert/query-convertible-assets, POST v1/asset/get-funding-asset,
    GET v1/asset/tradeFee, GET v1/asset/transfer, GET v1/bnbBurn, POST v1/bnbBurn,
    GET v1/c2c/orderMatch/listUserOrderHistory, POST v1/capital/deposit/credit-apply,
    GET v1/capital/deposit/hisrec, GET v1/capital/deposit/subAddress,
    GET v1/capital/deposit/subHisrec, GET v1/copyTrading/futures/leadSymbol,
    GET v1/copyTrading/futures/userStatus, GET v1/dci/product/accounts, GET v1/dci/product/list,
    GET v1/dci/product/positions, POST v1/dci/product/subscribe, GET v1/fiat/get-order-detail,
    GET v1/fiat/payments, POST v1/giftcard/buyCode, GET v1/giftcard/buyCode/token-limit,
    POST v1/giftcard/createCode, GET v1/giftcard/cryptography/rsa-public-key,
    POST v1/giftcard/redeemCode, GET v1/giftcard/verify, GET v1/localentity/country/list,
    GET v1/localentity/deposit/history, GET v2/localentity/deposit/history,
    GET v1/localentity/questionnaire-requirements, GET v1/localentity/region/list,
    GET v1/localentity/vasp, GET v1/localentity/withdraw/history,
    GET v2/localentity/withdraw/history, GET v1/managed-subaccount/asset,
    POST v1/managed-subaccount/deposit, GET v1/managed-subaccount/marginAsset,
    GET v1/managed-subaccount/queryTransLogForInvestor, POST v1/managed-subaccount/withdraw,
    GET v1/margin/allAssets, GET v1/margin/allPairs, GET v1/margin/forceLiquidationRec,
    GET v1/margin/interestHistory, GET v1/margin/interestRateHistory,
    GET v1/margin/isolated/accountLimit, GET v1/margin/isolatedMarginTier,
    GET v1/margin/leverageBracket, GET v1/margin/limit-price-pairs, DELETE v2/margin/listen-key,
    POST v2/margin/listen-key, PUT v2/margin/listen-key, DELETE v1/margin/openOrders,
    GET v1/margin/restricted-asset, GET v1/margin/risk-based-liquidation-ratio,
    GET v1/margin/transfer, POST v1/mining/hash-transfer/config,
    POST v1/mining/hash-transfer/config/cancel, GET v1/mining/hash-transfer/config/details/list,
    GET v1/mining/hash-transfer/profit/details, GET v1/mining/payment/list,
    GET v1/mining/payment/other, GET v1/mining/payment/uid, GET v1/mining/pub/algoList,
    GET v1/mining/pub/coinList, GET v1/mining/statistics/user/list,
    GET v1/mining/statistics/user/status, GET v1/mining/worker/detail, GET v1/mining/worker/list,
    GET v1/simple-earn/flexible/history/collateralRecord, POST v1/simple-earn/flexible/redeem,
    POST v1/simple-earn/flexible/subscribe, POST v1/simple-earn/locked/redeem,
    POST v1/simple-earn/locked/subscribe, POST v1/sub-account/eoptions/enable,
    GET v2/sub-account/futures/account, GET v1/sub-account/futures/accountSummary,
    POST v1/sub-account/futures/enable, GET v1/sub-account/futures/internalTransfer,
    POST v1/sub-account/futures/internalTransfer, GET v1/sub-account/futures/move-position,
    POST v1/sub-account/futures/move-position, GET v2/sub-account/futures/positionRisk,
    POST v1/sub-account/futures/transfer, GET v1/sub-account/list,
    POST v1/sub-account/margin/transfer, GET v1/sub-account/spotSummary,
    GET v1/sub-account/sub/transfer/history, POST v1/sub-account/transfer/subToMaster,
    POST v1/sub-account/transfer/subToSub, GET v1/sub-account/transfer/subUserHistory,
    GET v1/sub-account/universalTransfer, POST v1/sub-account/virtualSubAccount,
    GET v1/system/status
  `,
  5: `
    POST v3/asset/getUserAsset, GET v2/portfolio/account
  `,
  10: `
    GET v1/asset/assetDividend, GET v1/capital/config/getall, GET v1/capital/deposit/address,
    GET v1/capital/deposit/address/list, GET v1/capital/withdraw/address/list,
    GET v1/capital/withdraw/quota, GET v1/margin/account, GET v1/margin/borrow-repay,
    GET v1/margin/isolated/account, GET v1/margin/isolated/allPairs,
    GET v1/margin/myPreventedMatches, GET v1/margin/myTrades, GET v1/margin/openOrderList,
    GET v1/margin/openOrders, DELETE v1/margin/order, GET v1/margin/order, GET v1/margin/orderList,
    GET v1/margin/priceIndex, GET v1/margin/tradeCoeff, GET v1/sub-account/futures/account,
    GET v2/sub-account/futures/accountSummary, GET v1/sub-account/futures/positionRisk,
    GET v1/sub-account/margin/account, GET v1/sub-account/margin/accountSummary,
    GET v1/sub-account/status
  `,
  20: `
    GET v1/margin/rateLimit/order, GET v1/portfolio/balance
  `,
  30: `
    GET v1/portfolio/repay-futures-switch
  `,
  50: `
    GET v1/margin/maxBorrowable, GET v1/margin/maxTransferable, GET v1/onchain-yields/account,
    GET v1/onchain-yields/locked/history/redemptionRecord,
    GET v1/onchain-yields/locked/history/rewardsRecord,
    GET v1/onchain-yields/locked/history/subscriptionRecord, GET v1/onchain-yields/locked/list,
    GET v1/onchain-yields/locked/personalLeftQuota, GET v1/onchain-yields/locked/position,
    POST v1/onchain-yields/locked/setAutoSubscribe, POST v1/onchain-yields/locked/setRedeemOption,
    GET v1/onchain-yields/locked/subscriptionPreview, GET v1/portfolio/collateralRate,
    GET v2/portfolio/collateralRate, GET v1/portfolio/interest-history,
    GET v1/portfolio/margin-asset-leverage, POST v1/simple-earn/locked/setRedeemOption,
    GET v1/soft-staking/history/rewardsRecord, GET v1/soft-staking/list, GET v1/soft-staking/set
  `,
  60: `
    GET v1/asset/custody/transfer-history, GET v1/asset/wallet/balance,
    POST v1/portfolio/asset-collection, GET v1/sub-account/transaction-statistics
  `,
  100: `
    GET v1/convert/assetInfo, GET v1/margin/capital-flow, GET v1/margin/crossMarginCollateralRatio,
    GET v1/margin/delist-schedule, GET v1/margin/exchange-small-liability,
    GET v1/margin/list-schedule, GET v1/margin/next-hourly-interest-rate, GET v1/spot/asset/tags,
    GET v1/spot/delist-schedule, GET v1/spot/open-symbol-list
  `,
  150: `
    GET v1/bfusd/account, GET v1/bfusd/history/rateHistory, GET v1/bfusd/history/redemptionHistory,
    GET v1/bfusd/history/rewardsHistory, GET v1/bfusd/history/subscriptionHistory,
    GET v1/bfusd/quota, POST v1/bfusd/redeem, POST v1/bfusd/subscribe,
    GET v1/earn/arena/activities, GET v2/eth-staking/account,
    GET v1/eth-staking/eth/history/rateHistory, GET v1/eth-staking/eth/history/redemptionHistory,
    GET v1/eth-staking/eth/history/stakingHistory,
    GET v1/eth-staking/eth/history/wbethRewardsHistory, GET v1/eth-staking/eth/quota,
    POST v1/eth-staking/eth/redeem, POST v2/eth-staking/eth/stake,
    GET v1/eth-staking/wbeth/history/unwrapHistory, GET v1/eth-staking/wbeth/history/wrapHistory,
    POST v1/eth-staking/wbeth/wrap, GET v1/rwusd/account, GET v1/rwusd/history/rateHistory,
    GET v1/rwusd/history/redemptionHistory, GET v1/rwusd/history/rewardsHistory,
    GET v1/rwusd/history/subscriptionHistory, GET v1/rwusd/quota, POST v1/rwusd/redeem,
    POST v1/rwusd/subscribe, GET v1/simple-earn/account,
    GET v1/simple-earn/flexible/history/rateHistory,
    GET v1/simple-earn/flexible/history/redemptionRecord,
    GET v1/simple-earn/flexible/history/rewardsRecord,
    GET v1/simple-earn/flexible/history/subscriptionRecord, GET v1/simple-earn/flexible/list,
    GET v1/simple-earn/flexible/personalLeftQuota, GET v1/simple-earn/flexible/position,
    POST v1/simple-earn/flexible/setAutoSubscribe, GET v1/simple-earn/flexible/subscriptionPreview,
    GET v1/simple-earn/locked/history/redemptionRecord,
    GET v1/simple-earn/locked/history/rewardsRecord,
    GET v1/simple-earn/locked/history/subscriptionRecord, GET v1/simple-earn/locked/list,
    GET v1/simple-earn/locked/personalLeftQuota, GET v1/simple-earn/locked/position,
    POST v1/simple-earn/locked/setAutoSubscribe, GET v1/simple-earn/locked/subscriptionPreview,
    GET v1/sol-staking/account, POST v1/sol-staking/sol/claim,
    GET v1/sol-staking/sol/history/bnsolRewardsHistory,
    GET v1/sol-staking/sol/history/boostRewardsHistory, GET v1/sol-staking/sol/history/rateHistory,
    GET v1/sol-staking/sol/history/redemptionHistory,
    GET v1/sol-staking/sol/history/stakingHistory, GET v1/sol-staking/sol/history/unclaimedRewards,
    GET v1/sol-staking/sol/quota, POST v1/sol-staking/sol/redeem, POST v1/sol-staking/sol/stake
  `,
  200: `
    GET v1/margin/allOrderList, GET v1/margin/allOrders, POST v1/onchain-yields/locked/redeem,
    POST v1/onchain-yields/locked/subscribe
  `,
  300: `
    GET v2/loan/flexible/ongoing/orders
  `,
  400: `
    GET v2/loan/flexible/borrow/history, GET v2/loan/flexible/collateral/data,
    GET v2/loan/flexible/liquidation/history, GET v2/loan/flexible/loanable/data,
    GET v2/loan/flexible/repay/history, GET v2/loan/interestRateHistory,
    GET v1/loan/vip/accruedInterest, GET v1/loan/vip/collateral/data,
    GET v1/loan/vip/interestRateHistory, GET v1/loan/vip/loanable/data,
    GET v1/loan/vip/ongoing/orders, GET v1/loan/vip/repay/history,
    GET v1/loan/vip/request/interestRate
  `,
  500: `
    GET v1/portfolio/pmloan-history
  `,
  1500: `
    POST v1/portfolio/auto-collection, POST v1/portfolio/bnb-transfer, GET v1/portfolio/delta-mode,
    POST v1/portfolio/delta-mode, GET v1/portfolio/earn-asset-balance,
    DELETE v1/portfolio/margin-call-level, GET v1/portfolio/margin-call-level,
    POST v1/portfolio/margin-call-level, POST v1/portfolio/repay-futures-negative-balance,
    POST v1/portfolio/repay-futures-switch
  `,
  2400: `
    GET v1/accountSnapshot, GET v1/managed-subaccount/accountSnapshot
  `,
  3000: `
    GET v1/convert/exchangeInfo, GET v1/nft/history/deposit, GET v1/nft/history/transactions,
    GET v1/nft/history/withdraw, GET v1/nft/user/getAsset
  `,
  6000: `
    POST v2/loan/flexible/borrow, POST v2/loan/flexible/repay, GET v2/loan/flexible/repay/rate,
    GET v1/loan/vip/collateral/account, GET v1/loan/vip/fixed/market
  `,
};

/** Counted by user: each endpoint 180 000 a minute. Source: "Weight(UID)" in the same SDKs. */
export const BY_USER: { readonly [weight: number]: string } = {
  1: `
    GET v1/managed-subaccount/deposit/address, GET v1/margin/api-key-list, DELETE v1/margin/apiKey,
    GET v1/margin/apiKey, POST v1/margin/apiKey, PUT v1/margin/apiKey/ip,
    POST v1/margin/listen-key, PUT v1/margin/listen-key, DELETE v1/margin/orderList
  `,
  5: `
    GET v1/portfolio/account
  `,
  10: `
    POST v1/asset/dust, POST v1/asset/dust-convert/convert, POST v1/margin/exit-special-key-mode,
    GET v1/margin/oto/openOrderList
  `,
  50: `
    GET v1/margin/available-inventory
  `,
  60: `
    GET v1/managed-subaccount/fetch-future-asset, GET v1/managed-subaccount/info,
    GET v1/managed-subaccount/query-trans-log,
    GET v1/managed-subaccount/queryTransLogForTradeParent, GET v3/sub-account/assets,
    GET v4/sub-account/assets
  `,
  100: `
    GET v1/convert/orderStatus, GET v1/margin/exchange-small-liability-history,
    GET v1/margin/liquidation-loan, POST v1/margin/liquidation-loan/repay,
    GET v1/margin/liquidation-loan/repay-history
  `,
  200: `
    POST v1/convert/getQuote, POST v1/convert/limit/cancelOrder
  `,
  300: `
    POST v1/algo/futures/newOrderVp,  DELETE v1/margin/isolated/account,
    POST v1/margin/isolated/account
  `,
  400: `
    GET v2/loan/flexible/ltv/adjustment/history, GET v1/loan/vip/request/data
  `,
  500: `
    POST v1/convert/acceptQuote, POST v1/convert/limit/placeOrder, GET v1/portfolio/pmLoan
  `,
  600: `
    GET v1/asset/ledger-transfer/cloud-mining/queryByPage,
    PUT v1/localentity/broker/deposit/provide-info, POST v1/localentity/broker/withdraw/apply,
    PUT v1/localentity/deposit/provide-info, PUT v2/localentity/deposit/provide-info,
    POST v1/localentity/withdraw/apply
  `,
  900: `
    POST v1/capital/withdraw/apply
  `,
  1500: `
    POST v1/margin/borrow-repay, POST v1/portfolio/earn-asset-transfer
  `,
  3000: `
    POST v1/algo/futures/newOrderTwap, POST v1/algo/spot/newOrderTwap,
    POST v1/algo/spot/newOrderVp, GET v1/convert/limit/queryOpenOrders, GET v1/convert/tradeFlow,
    POST v1/margin/exchange-small-liability, DELETE v1/margin/listen-key,
    POST v1/margin/manual-liquidation, GET v1/pay/transactions, POST v1/portfolio/repay,
    DELETE v1/sub-account/subAccountApi, GET v1/sub-account/subAccountApi,
    POST v1/sub-account/subAccountApi, GET v1/sub-account/subAccountApi/ipRestriction,
    POST v2/sub-account/subAccountApi/ipRestriction,
    DELETE v1/sub-account/subAccountApi/ipRestriction/ipList,
    POST v1/sub-account/subAccountApiPermission
  `,
  6000: `
    POST v2/loan/flexible/adjust/ltv, POST v1/loan/vip/borrow, POST v1/loan/vip/fixed/borrow,
    POST v1/loan/vip/renew, POST v1/loan/vip/repay
  `,
  12000: `
    GET v1/rebate/taxQuery
  `,
  45000: `
    POST v1/fiat/deposit, GET v1/fiat/orders, POST v2/fiat/withdraw
  `,
};

/**
 * Endpoints without a page, in ccxt 4.5.90 alone: its cost, of which 1 is 10 of 12 000 by IP or 150
 * of 180 000 by user, which is the same part of either.
 */
export const WITHOUT_PAGE: { readonly [weight: number]: string } = {
  1: `
    GET v1/account/apiRestrictions/ipRestriction, GET v1/accumulator/product/list,
    GET v1/accumulator/product/position/list, POST v1/accumulator/product/subscribe,
    GET v1/accumulator/product/sum-holding, POST v1/asset/convert-transfer,
    GET v1/asset/convert-transfer/queryByPage, POST v1/blvt/redeem, GET v1/blvt/redeem/record,
    POST v1/blvt/subscribe, GET v1/blvt/subscribe/record, GET v1/blvt/tokenInfo,
    GET v1/blvt/userLimit, GET v1/bswap/pools, POST v1/dci/product/auto_compound/edit,
    POST v1/equity/account/disclaimer, POST v1/equity/listenKey, GET v1/equity/market/exchangeInfo,
    GET v1/equity/market/quote, GET v1/equity/market/tokenized-assets, POST v1/equity/order/cancel,
    POST v1/equity/order/cancel-all, GET v1/equity/order/detail, GET v1/equity/order/history,
    GET v1/equity/order/open-orders, POST v1/equity/order/place,
    GET v1/equity/tokenized/convert-status, GET v1/equity/tokenized/history,
    POST v1/equity/tokenized/mint, POST v1/equity/tokenized/redeem, GET v1/equity/trade/history,
    GET v1/futures/histDataLink, POST v1/futures/transfer, GET v1/lending/auto-invest/all/asset,
    GET v1/lending/auto-invest/history/list, GET v1/lending/auto-invest/index/info,
    GET v1/lending/auto-invest/index/user-summary, POST v1/lending/auto-invest/one-off,
    GET v1/lending/auto-invest/one-off/status, POST v1/lending/auto-invest/plan/add,
    POST v1/lending/auto-invest/plan/edit, POST v1/lending/auto-invest/plan/edit-status,
    GET v1/lending/auto-invest/plan/id, GET v1/lending/auto-invest/plan/list,
    GET v1/lending/auto-invest/rebalance/history, POST v1/lending/auto-invest/redeem,
    GET v1/lending/auto-invest/redeem/history, GET v1/lending/auto-invest/source-asset/list,
    GET v1/lending/auto-invest/target-asset/list, GET v1/lending/auto-invest/target-asset/roi/list,
    POST v1/lending/customizedFixed/purchase, GET v1/lending/daily/product/list,
    POST v1/lending/daily/purchase, POST v1/lending/daily/redeem,
    GET v1/lending/daily/token/position, GET v1/lending/daily/userLeftQuota,
    GET v1/lending/daily/userRedemptionQuota, GET v1/lending/project/list,
    GET v1/lending/project/position/list, GET v1/lending/union/account,
    GET v1/lending/union/interestHistory, GET v1/lending/union/purchaseRecord,
    GET v1/lending/union/redemptionRecord, GET v1/margin/dribblet, GET v1/margin/isolated/transfer,
    GET v1/staking/personalLeftQuota, GET v1/staking/position, GET v1/staking/productList,
    POST v1/staking/purchase, POST v1/staking/redeem, POST v1/staking/setAutoStaking,
    GET v1/staking/stakingRecord, POST v1/sub-account/margin/enable,
    POST v1/sub-account/options/enable, DELETE v1/userDataStream, POST v1/userDataStream,
    PUT v1/userDataStream, DELETE v1/userDataStream/isolated, POST v1/userDataStream/isolated,
    PUT v1/userDataStream/isolated, POST v1/userListenToken
  `,
  10: `
    GET v1/apiReferral/customization, POST v1/apiReferral/customization,
    GET v1/apiReferral/ifNewUser, GET v1/apiReferral/kickback/historicalRecord,
    POST v1/apiReferral/kickback/historicalRecord, GET v1/apiReferral/kickback/recentRecord,
    GET v1/apiReferral/rebate/historicalRecord, POST v1/apiReferral/rebate/historicalRecord,
    GET v1/apiReferral/rebate/recentRecord, GET v1/apiReferral/userCustomization,
    POST v1/apiReferral/userCustomization, GET v1/broker/info,
    GET v1/broker/rebate/futures/recentRecord, GET v1/broker/rebate/historicalRecord,
    POST v1/broker/rebate/historicalRecord, GET v1/broker/rebate/recentRecord,
    GET v1/broker/subAccount, POST v1/broker/subAccount, POST v1/broker/subAccount/blvt,
    POST v1/broker/subAccount/bnbBurn/marginInterest, POST v1/broker/subAccount/bnbBurn/spot,
    GET v1/broker/subAccount/bnbBurn/status, GET v1/broker/subAccount/depositHist,
    POST v1/broker/subAccount/futures, GET v1/broker/subAccount/futuresSummary,
    POST v1/broker/subAccount/margin, GET v1/broker/subAccount/marginSummary,
    GET v1/broker/subAccount/spotSummary, DELETE v1/broker/subAccountApi,
    GET v1/broker/subAccountApi, POST v1/broker/subAccountApi,
    POST v1/broker/subAccountApi/commission, GET v1/broker/subAccountApi/commission/coinFutures,
    POST v1/broker/subAccountApi/commission/coinFutures,
    GET v1/broker/subAccountApi/commission/futures,
    POST v1/broker/subAccountApi/commission/futures, GET v1/broker/subAccountApi/ipRestriction,
    POST v1/broker/subAccountApi/ipRestriction,
    DELETE v1/broker/subAccountApi/ipRestriction/ipList,
    POST v1/broker/subAccountApi/ipRestriction/ipList, POST v1/broker/subAccountApi/permission,
    POST v1/broker/subAccountApi/permission/universalTransfer,
    POST v1/broker/subAccountApi/permission/vanillaOptions, GET v1/broker/transfer,
    POST v1/broker/transfer, GET v1/broker/transfer/futures, POST v1/broker/transfer/futures,
    GET v1/broker/universalTransfer, POST v1/broker/universalTransfer, GET v1/futures/transfer,
    GET v1/margin/asset, GET v1/margin/isolated/pair, GET v1/margin/loan, GET v1/margin/pair,
    GET v1/margin/repay, GET v1/sub-account/apiRestrictions/ipRestriction/thirdPartyList
  `,
  11: `
    GET v1/bswap/addLiquidityPreview, GET v1/bswap/poolConfigure, GET v1/bswap/quote,
    GET v1/bswap/removeLiquidityPreview
  `,
  20: `
    GET v1/portfolio/negative-balance-exchange-record
  `,
  41: `
    GET v1/capital/contract/convertible-coins, POST v1/capital/contract/convertible-coins,
    POST v1/margin/isolated/transfer, POST v1/margin/transfer
  `,
  67: `
    POST v1/bswap/claimRewards, GET v1/bswap/claimedHistory, GET v1/bswap/unclaimedRewards
  `,
  150: `
    GET v1/eth-staking/account, GET v1/eth-staking/eth/history/rewardsHistory,
    POST v1/eth-staking/eth/stake
  `,
  200: `
    POST v1/portfolio/mint, POST v1/portfolio/redeem
  `,
  201: `
    GET v1/bswap/liquidityOps, GET v1/bswap/swap, GET v1/margin/dust, POST v1/margin/dust,
    POST v1/margin/loan, POST v1/margin/repay
  `,
  300: `
    GET v1/loan/flexible/ongoing/orders
  `,
  400: `
    GET v1/loan/borrow/history, GET v1/loan/collateral/data, GET v1/loan/flexible/borrow/history,
    GET v1/loan/flexible/ltv/adjustment/history, GET v1/loan/flexible/repay/history,
    GET v1/loan/loanable/data, GET v1/loan/ltv/adjustment/history, GET v1/loan/ongoing/orders,
    GET v1/loan/repay/history
  `,
  401: `
    POST v1/loan/adjust/ltv, POST v1/loan/borrow, POST v1/loan/customize/margin_call,
    POST v1/loan/flexible/adjust/ltv, POST v1/loan/flexible/repay, GET v1/loan/income,
    POST v1/loan/repay
  `,
  600: `
    POST v1/bswap/liquidityAdd, POST v1/bswap/liquidityRemove, POST v1/bswap/swap
  `,
  6000: `
    GET v1/loan/repay/collateral/rate
  `,
};
