/** Binance's own SDKs, and those of two communities. */

import type { CallReader, ClientCalls } from '../types.js';
import { BINANCE_API_NODE } from './binance-api-node-methods.js';
import { SPOT } from './binance-spot-methods.js';
import { USDS_FUTURES } from './binance-usds-futures-methods.js';
import { callOf, pathOf } from './paths.js';
import { built, table } from './table.js';

/** The methods of `restAPI` that any endpoint can be called with. */
const generic: ClientCalls['calls'] = {
  sendRequest: (path, method, query, body) => callOf(method, path, { ...body, ...query }),
  sendSignedRequest: (path, method, query, body) => callOf(method, path, { ...body, ...query }),
};

const restApi: ClientCalls['targets'] = (client) => [client.restAPI ?? client];

/** `@binance/spot` on npm: `Spot`, or its `restAPI`. */
export const binanceSpotCalls: ClientCalls = {
  package: '@binance/spot',
  version: '32.0.4',
  targets: restApi,
  calls: /* @__PURE__ */ built(() => ({ ...table(SPOT), ...generic })),
};

/**
 * `@binance/derivatives-trading-usds-futures` on npm: `DerivativesTradingUsdsFutures`, or its
 * `restAPI`.
 */
export const binanceUsdsFuturesCalls: ClientCalls = {
  package: '@binance/derivatives-trading-usds-futures',
  version: '38.1.1',
  targets: restApi,
  calls: /* @__PURE__ */ built(() => ({ ...table(USDS_FUTURES), ...generic })),
};

/** `@binance/connector` on npm: `Spot`. */
export const binanceConnectorCalls: ClientCalls = {
  package: '@binance/connector',
  version: '3.6.1',
  calls: {
    publicRequest: (method, path, params) => callOf(method, path, params),
    signRequest: (method, path, params) => callOf(method, path, params),
  },
};

/** `node-binance-api` on npm. A client talks to several hosts: see `only`. */
export const nodeBinanceApiCalls: ClientCalls = {
  package: 'node-binance-api',
  version: '1.0.33',
  calls: {
    publicRequest: (url, params, method = 'GET') => callOf(method, pathOf(url), params),
    signedRequest: (url, params, method = 'GET') => callOf(method, pathOf(url), params),
    apiRequest: (url, params, method = 'GET') => callOf(method, pathOf(url), params),
    futuresRequest: (url, params, method = 'GET') => callOf(method, pathOf(url), params),
  },
};

/** Types of orders that `futuresOrder` of `binance-api-node` sends to another endpoint. */
const CONDITIONAL = /^(STOP|TAKE_PROFIT)(_MARKET)?$|^TRAILING_STOP_MARKET$/i;

/** Returns a reader of a function that has an endpoint for conditional orders as well. */
const conditional =
  (method: string, path: string, other: string): CallReader =>
  (params) => {
    const { conditional: isMeant, algoId, clientAlgoId } = Object(params);
    const isOther = isMeant || (path === 'order' && (algoId || clientAlgoId));
    return callOf(method, `/fapi/v1/${isOther ? other : path}`, params);
  };

/**
 * `binance-api-node` on npm. Its functions are closures, so each is named. A client talks to
 * several hosts: see `only`.
 */
export const binanceApiNodeCalls: ClientCalls = {
  package: 'binance-api-node',
  version: '0.13.10',
  calls: /* @__PURE__ */ built(() => ({
    ...table(BINANCE_API_NODE),
    futuresOrder: (params: { type?: string }) =>
      callOf(
        'POST',
        `/fapi/v1/${CONDITIONAL.test(params?.type ?? '') ? 'algoOrder' : 'order'}`,
        params,
      ),
    futuresGetOrder: conditional('GET', 'order', 'algoOrder'),
    futuresCancelOrder: conditional('DELETE', 'order', 'algoOrder'),
    futuresCancelAllOpenOrders: conditional('DELETE', 'allOpenOrders', 'algoOpenOrders'),
    futuresOpenOrders: conditional('GET', 'openOrders', 'openAlgoOrders'),
    futuresAllOrders: conditional('GET', 'allOrders', 'allAlgoOrders'),
    publicRequest: (method: string, path: string, params?: object) => callOf(method, path, params),
    privateRequest: (method: string, path: string, params?: object) => callOf(method, path, params),
  })),
};
