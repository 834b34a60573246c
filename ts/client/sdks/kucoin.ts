import type { ClientCalls } from '../types.js';
import { callOf } from './paths.js';

/**
 * `kucoin-universal-sdk` on npm: `DefaultClient`, or what its `restService()` returns. One object
 * below all services sends their requests. The request of a connection to WebSockets is not among
 * them.
 */
export const kucoinUniversalSdkCalls: ClientCalls = {
  package: 'kucoin-universal-sdk',
  version: '1.3.0',
  targets: (client) => {
    const rest = client.restService?.() ?? client;
    return Object.values(rest as object).map((service) => service?.transport);
  },
  calls: {
    call: (_domain, _isBroker, method, path, request) => callOf(method, path, { ...request }),
  },
};
