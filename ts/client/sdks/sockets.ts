/** Orders over WebSockets, which count as those over REST. */

import { binanceEndpoint, okxPath } from '../../shared/socket-endpoints.js';
import type { CallReader, ClientCalls, OutcomeReader, Renewal } from '../types.js';
import { callOf } from './paths.js';

/** The clients of one maker that send all requests by one method of the client within. */
const wsClient: ClientCalls['targets'] = (client) => [client.getWSClient?.() ?? client];

/** Reads the message that a request resolves or rejects with. */
const message: OutcomeReader = ({ value, error }, { cost, profile }) =>
  profile?.answer?.(value ?? error, cost);

/** Weight of requests that are about the session alone. */
const SESSION = { REQUEST_WEIGHT: 2 };

function binanceCall(method: string, params: unknown, version: string): ReturnType<CallReader> {
  const [verb, path] = binanceEndpoint(method)?.split(' ') ?? [];
  return path === undefined ? SESSION : callOf(verb, `/${version}/${path}`, params);
}

/** Moves the timestamp that the caller gave on by the wait, in its own unit. */
const renewTimestamp: Renewal = (_method, [key, operation, params, ...rest], waited) => {
  const { timestamp } = Object(params) as { timestamp?: unknown };
  if (typeof timestamp !== 'number') return [key, operation, params, ...rest];
  const isMicroseconds = timestamp > 1e14;
  const moved = timestamp + Math.floor(isMicroseconds ? waited * 1000 : waited);
  return [key, operation, { ...(params as object), timestamp: moved }, ...rest];
};

/**
 * `binance` on npm: `WebsocketAPIClient`. The client adds no timestamp to orders; the caller's own
 * is renewed after the wait.
 */
export const binanceSocketCalls: ClientCalls = {
  package: 'binance',
  version: '3.6.5',
  targets: wsClient,
  calls: {
    sendWSAPIRequest: (key, operation, params) => {
      const version = /^usdm/.test(key) ? 'fapi/v1' : /^coinm/.test(key) ? 'dapi/v1' : 'api/v3';
      return binanceCall(operation, params, version);
    },
  },
  read: message,
  renew: renewTimestamp,
};

/** `bybit-api` on npm: `WebsocketAPIClient`. */
export const bybitApiSocketCalls: ClientCalls = {
  package: 'bybit-api',
  version: '4.7.7',
  targets: wsClient,
  calls: {
    sendWSAPIRequest: (_key, operation, params) => {
      const [, verb] = /^order\.([a-z-]+)$/.exec(operation) ?? [];
      if (verb === undefined) return undefined;
      return { ...callOf('POST', `/v5/order/${verb}`, params), exempt: ['IP'] };
    },
  },
  read: message,
};

/** `okx-api` on npm: `WebsocketAPIClient`. */
export const okxApiSocketCalls: ClientCalls = {
  package: 'okx-api',
  version: '3.2.3',
  targets: wsClient,
  calls: {
    sendWSAPIRequest: (_key, operation, params) => {
      const path = okxPath(operation);
      return path === undefined ? undefined : callOf('POST', `/api/v5/${path}`, params);
    },
  },
  read: message,
};

/** `gateio-api` on npm: `WebsocketAPIClient`. */
export const gateioApiSocketCalls: ClientCalls = {
  package: 'gateio-api',
  version: '1.6.4',
  targets: wsClient,
  calls: {
    sendWSAPIRequest: (_key, channel, params) =>
      /\.order_(place|batch_place|amend|cancel|cancel_ids|cancel_cp)$/.test(channel)
        ? callOf('POST', `/ws/${channel}`, params)
        : undefined,
  },
  read: message,
};

/** `bitget-api` on npm: `WebsocketAPIClient`, of the unified account. */
export const bitgetApiSocketCalls: ClientCalls = {
  package: 'bitget-api',
  version: '3.2.3',
  targets: wsClient,
  calls: {
    sendWSAPIRequest: (_key, topic, _category, params) =>
      /^(place|modify|cancel)-order$|^batch-/.test(topic)
        ? callOf('POST', `/api/v3/trade/${bitgetPath(topic)}`, params)
        : undefined,
  },
  read: message,
};

function bitgetPath(topic: string): string {
  return topic.startsWith('batch-') ? `${topic.slice('batch-'.length)}-batch` : topic;
}

/**
 * Reads what a connection of Binance's SDKs makes of a message: `{ data, rateLimits }`, or the bare
 * `error` of one whose status is lost.
 */
const unwrapped: OutcomeReader = ({ value, error }, { cost, profile }) => {
  const { data, rateLimits } = Object(value) as { data?: unknown; rateLimits?: unknown };
  const { code, msg } = Object(error) as { code?: unknown; msg?: unknown };
  if (error === undefined)
    return profile?.answer?.({ status: 200, result: data, rateLimits }, cost);
  // The connection itself fails with errors that have no code.
  if (typeof code !== 'number') return undefined;
  const isRefusal = code === -1003 || code === -1015;
  const isBan = isRefusal && /banned until/.test(String(msg));
  return profile?.answer?.({ status: isBan ? 418 : isRefusal ? 429 : 400, error }, cost);
};

/** The object of a connection that sends, and signs, all messages. */
const base: ClientCalls['targets'] = (connection) => [connection.websocketBase ?? connection];

/** `@binance/spot` on npm: the connection that `websocketAPI.connect()` resolves with. */
export const binanceSpotSocketCalls: ClientCalls = {
  package: '@binance/spot',
  version: '32.0.4',
  targets: base,
  calls: { sendMessage: (method, params) => binanceCall(method, params, 'api/v3') },
  read: unwrapped,
};

/**
 * `@binance/derivatives-trading-usds-futures` on npm: the connection that `websocketAPI.connect()`
 * resolves with.
 */
export const binanceUsdsFuturesSocketCalls: ClientCalls = {
  package: '@binance/derivatives-trading-usds-futures',
  version: '38.1.1',
  targets: base,
  calls: { sendMessage: (method, params) => binanceCall(method, params, 'fapi/v1') },
  read: unwrapped,
};
