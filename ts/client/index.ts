export type { AnyAdapter, AxiosConfig, ThrottledAxiosOptions } from './axios/options.js';
export { throttledAxios } from './axios/throttled-axios.js';
export {
  binanceApiNodeCalls,
  binanceConnectorCalls,
  binanceSpotCalls,
  binanceUsdsFuturesCalls,
  nodeBinanceApiCalls,
} from './sdks/binance.js';
export { hyperliquidCalls, nktkasHyperliquidCalls } from './sdks/hyperliquid.js';
export { kucoinUniversalSdkCalls } from './sdks/kucoin.js';
export {
  binanceCalls,
  bitgetApiCalls,
  bybitApiCalls,
  coinbaseApiCalls,
  gateioApiCalls,
  okxApiCalls,
} from './sdks/siebly.js';
export {
  binanceSocketCalls,
  binanceSpotSocketCalls,
  binanceUsdsFuturesSocketCalls,
  bitgetApiSocketCalls,
  bybitApiSocketCalls,
  gateioApiSocketCalls,
  okxApiSocketCalls,
} from './sdks/sockets.js';
export { throttleClient } from './throttle-client.js';
export type {
  Call,
  CallReader,
  CallReaders,
  ClientCalls,
  ClientProfile,
  Granted,
  Outcome,
  OutcomeReader,
  Renewal,
  ThrottleClientOptions,
  ThrottledClient,
} from './types.js';
