export type { Allowance, Allowances } from '../shared/allowance.js';
export type { Cost, Steps } from '../shared/cost.js';
export type { Params } from '../shared/params.js';
export type { BodyReader, BodyVerdict, PausedRules } from '../shared/verdict.js';
export { type AllowanceReader, syncAllowance } from './answers/allowance.js';
export type { Answered, AnswerReader } from './answers/message.js';
export { type CostFunction, type CostTable, costTable } from './costs/cost-table.js';
export {
  type ExchangeInfoOptions,
  type RateLimit,
  rulesFromExchangeInfo,
} from './costs/exchange-info.js';
export type {
  AnyFetch,
  FetchArguments,
  FetchThrottler,
  ThrottledFetchOptions,
} from './fetch/options.js';
export { throttledFetch } from './fetch/throttled-fetch.js';
export { rateLimitHeaders } from './headers/rate-limit-headers.js';
export { retryAfter } from './headers/retry-after.js';
export type { ExchangeProfile, ProfileOptions } from './profile.js';
export { asterFutures } from './venues/aster-futures.js';
export { asterSpot } from './venues/aster-spot.js';
export { binanceOptions } from './venues/binance-options.js';
export { binancePortfolioMargin } from './venues/binance-portfolio-margin.js';
export { binanceSapi } from './venues/binance-sapi.js';
export { binanceSpot } from './venues/binance-spot.js';
export { binanceUs } from './venues/binance-us.js';
export { binanceUsdm } from './venues/binance-usdm.js';
export { bitget } from './venues/bitget.js';
export { bitmex } from './venues/bitmex.js';
export { bybit } from './venues/bybit.js';
export { coinbaseAdvanced } from './venues/coinbase-advanced.js';
export { coinbaseExchange } from './venues/coinbase-exchange.js';
export { deribit } from './venues/deribit.js';
export { gate } from './venues/gate.js';
export { hyperliquid } from './venues/hyperliquid.js';
export { kraken } from './venues/kraken.js';
export { krakenFutures } from './venues/kraken-futures.js';
export { kucoin } from './venues/kucoin.js';
export { mexc } from './venues/mexc.js';
export { okx, okxLeadRules } from './venues/okx.js';
