export { attachThrottler } from './attach.js';
export type { Api, AttachedThrottler, AttachOptions, CcxtExchange } from './types.js';
