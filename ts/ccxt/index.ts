export { attachThrottler } from './attach.js';
export type {
  Api,
  AttachedThrottler,
  AttachOptions,
  CcxtExchange,
  EndpointConfig,
  Fields,
} from './types.js';
