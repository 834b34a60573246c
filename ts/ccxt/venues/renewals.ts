/** How messages over WebSockets are signed anew after they have waited. */

import { type Message, type Method, membersOf, observe, type Renewal } from '../sockets/renewal.js';
import type { CcxtExchange } from '../types.js';

/** The most signatures of Gate whose making is remembered. */
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
 * `{ time, channel, event, payload: { timestamp, signature, req_param, ... } }`. The hash function
 * is known to ccxt alone, so it is taken from the call that made the signature.
 */
export function gateRenewal(exchange: CcxtExchange): Renewal {
  const made = new Map<unknown, readonly unknown[]>();
  const members = membersOf(exchange);
  const call = (name: string, ...args: unknown[]) =>
    (members[name] as Method).apply(exchange, args);
  const restore = observe(exchange, 'hmac', (args, signature) => {
    if (made.size >= MOST_SIGNATURES) made.delete(made.keys().next().value);
    made.set(signature, args);
  });
  return {
    restore,
    renew(message) {
      const { channel, event, time, payload } = message as Message;
      const { signature, req_param } = (isObject(payload) ? payload : {}) as Message;
      const [, , hash, digest] = made.get(signature) ?? [];
      if (hash === undefined) return message;
      const signAt = (at: unknown) => {
        const text = [event, channel, call('json', req_param), String(at)].join('\n');
        return call('hmac', call('encode', text), call('encode', members.secret), hash, digest);
      };
      // Another version may sign otherwise, and the credentials may be others by now.
      if (signAt(time) !== signature) return message;
      const now = call('seconds');
      const fresh = { ...(payload as object), timestamp: String(now), signature: signAt(now) };
      return { ...message, time: now, payload: fresh };
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
