export {
  binanceCalls,
  bitgetApiCalls,
  bybitApiCalls,
  coinbaseApiCalls,
  gateioApiCalls,
  okxApiCalls,
} from './sdks/siebly.js';
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
