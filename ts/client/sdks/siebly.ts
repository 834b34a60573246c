/**
 * The clients of one maker, in which all requests pass through one method before they are signed.
 */

import type { CallReaders, ClientCalls } from '../types.js';
import { callOf } from './paths.js';

/** `_call(method, path, params)` */
const calls: CallReaders = {
  _call: (method, path, params) => callOf(method, path, params),
};

/**
 * `binance` on npm: `MainClient`, `USDMClient`, `CoinMClient` and `PortfolioClient`, with the
 * profile of each host.
 */
export const binanceCalls: ClientCalls = { package: 'binance', version: '3.6.5', calls };

/** `bybit-api` on npm: `RestClientV5`. */
export const bybitApiCalls: ClientCalls = { package: 'bybit-api', version: '4.7.7', calls };

/** `okx-api` on npm: `RestClient`. */
export const okxApiCalls: ClientCalls = { package: 'okx-api', version: '3.2.3', calls };

/** `bitget-api` on npm: `RestClientV2` and `RestClientV3`. */
export const bitgetApiCalls: ClientCalls = { package: 'bitget-api', version: '3.2.3', calls };

/**
 * `coinbase-api` on npm: `CBExchangeClient` and `CBAdvancedTradeClient`, with the profile of each.
 */
export const coinbaseApiCalls: ClientCalls = { package: 'coinbase-api', version: '1.2.6', calls };

/** `gateio-api` on npm: `RestClient`, whose paths begin behind `/api/v4`. */
export const gateioApiCalls: ClientCalls = {
  package: 'gateio-api',
  version: '1.6.4',
  calls: {
    _call: (method, path, params) =>
      callOf(method, `/api/v4${callOf(method, path).path}`, {
        ...params?.query,
        ...listed(params?.body),
      }),
  },
};

/** Returns the fields of a body; the orders of a batch, which is a list, as `orders`. */
function listed(body: unknown): object {
  return Array.isArray(body) ? { orders: body } : (Object(body) as object);
}
