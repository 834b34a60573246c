/** How messages over WebSockets are signed anew after they have waited. */

import { type Message, type Method, membersOf, observe, type Renewal } from '../sockets/renewal.js';
import type { CcxtExchange } from '../types.js';

/** The most signatures of an exchange whose making is remembered. */
const MOST_SIGNATURES = 1000;

/** `{ id, method, params }`, where `signParams` has made the parameters, or they are not signed. */
export function binanceRenewal(exchange: CcxtExchange): Renewal {
  const signed = new WeakMap<object, readonly unknown[]>();
  const members = membersOf(exchange);
  const restore = observe(exchange, 'signParams', (args, result) => {
    if (isObject(result)) signed.set(result, args);
  });
  return {
    restore,
    renew(message) {
      const { params } = message as Message;
      const args = isObject(params) ? signed.get(params) : undefined;
      if (args === undefined) return message;
      const fresh = (members.signParams as Method).apply(exchange, [{ ...(args[0] as object) }]);
      // An order must not move to another account whose credentials were set meanwhile.
      const isSameAccount = (fresh as Message).apiKey === (params as Message).apiKey;
      return isSameAccount ? { ...message, params: fresh } : message;
    },
  };
}

/** `{ op, args, header: { 'X-BAPI-TIMESTAMP', ... } }`: the connection is signed, no message is. */
export function bybitRenewal(exchange: CcxtExchange): Renewal {
  const NAME = 'X-BAPI-TIMESTAMP';
  return {
    restore: () => undefined,
    renew(message) {
      const { header } = message as Message;
      if (!isObject(header) || !(NAME in header)) return message;
      const time = String((membersOf(exchange).milliseconds as Method).call(exchange));
      return { ...message, header: { ...header, [NAME]: time } };
    },
  };
}

/**
 * Signs texts as an exchange of ccxt signs them by `hmac`. The hash function is known to ccxt
 * alone, so it is taken from the call that made a signature.
 */
function hmacOf(exchange: CcxtExchange) {
  const made = new Map<unknown, readonly unknown[]>();
  const members = membersOf(exchange);
  const call = (name: string, ...args: unknown[]) =>
    (members[name] as Method).apply(exchange, args);
  const restore = observe(exchange, 'hmac', (args, signature) => {
    if (made.size >= MOST_SIGNATURES) made.delete(made.keys().next().value);
    made.set(signature, args);
  });

  /**
   * Returns the signature of a text, made as one that is known of another text. Undefined if the
   * exchange does not sign so: another version may sign otherwise, and the credentials may be
   * others by now.
   */
  function signedAs(signature: unknown, signedText: string, text: string): unknown {
    const [, , hash, digest] = made.get(signature) ?? [];
    if (hash === undefined) return undefined;
    const sign = (one: string) =>
      call('hmac', call('encode', one), call('encode', members.secret), hash, digest);
    return sign(signedText) === signature ? sign(text) : undefined;
  }
  return { call, restore, signedAs };
}

/** `{ time, channel, event, payload: { timestamp, signature, req_param, ... } }`. */
export function gateRenewal(exchange: CcxtExchange): Renewal {
  const { call, restore, signedAs } = hmacOf(exchange);
  return {
    restore,
    renew(message) {
      const { channel, event, time, payload } = message as Message;
      if (!isObject(payload)) return message;
      const { signature, req_param } = payload as Message;
      const text = (at: unknown) =>
        [event, channel, call('json', req_param), String(at)].join('\n');
      const now = call('seconds');
      const fresh = signedAs(signature, text(time), text(now));
      if (fresh === undefined) return message;
      return {
        ...message,
        time: now,
        payload: { ...payload, timestamp: String(now), signature: fresh },
      };
    },
  };
}

/** `{ method: 'public/auth', params: { timestamp, nonce, signature, data, ... } }`. */
export function deribitRenewal(exchange: CcxtExchange): Renewal {
  const { call, restore, signedAs } = hmacOf(exchange);
  return {
    restore,
    renew(message) {
      const { params } = message as Message;
      if (!isObject(params) || !('signature' in params)) return message;
      const { signature, timestamp, nonce, data } = params as Message;
      const text = (at: unknown, once: unknown) => [at, once, data].join('\n');
      const now = call('milliseconds');
      const fresh = signedAs(signature, text(timestamp, nonce), text(now, now));
      if (fresh === undefined) return message;
      return {
        ...message,
        params: { ...params, timestamp: now, nonce: String(now), signature: fresh },
      };
    },
  };
}

/**
 * `{ method: 'post', id, request: { type, payload: { action, nonce, signature } } }`. Nonces are
 * times, and only the 100 largest of an account are remembered: one that is smaller is refused.
 */
export function hyperliquidRenewal(exchange: CcxtExchange): Renewal {
  const signed = new WeakMap<object, readonly unknown[]>();
  const members = membersOf(exchange);
  const restore = observe(exchange, 'signL1Action', (args, result) => {
    if (isObject(result)) signed.set(result, args);
  });
  return {
    restore,
    renew(message) {
      const { request } = message as { request?: { payload?: Message } };
      const signature = request?.payload?.signature;
      const args = isObject(signature) ? signed.get(signature) : undefined;
      if (args === undefined || typeof members.incrementingNonce !== 'function') return message;
      const nonce = (members.incrementingNonce as Method).call(exchange);
      const [action, , ...rest] = args;
      const fresh = (members.signL1Action as Method).apply(exchange, [action, nonce, ...rest]);
      const payload = { ...request?.payload, nonce, signature: fresh };
      return { ...message, request: { ...request, payload } };
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
