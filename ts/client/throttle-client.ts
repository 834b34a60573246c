import { invalidConfig, type Throttler } from '../index.js';
import { override } from '../shared/override.js';
import { claim } from './gate/copies.js';
import { Gate } from './gate/gate.js';
import { listOf, settingsOf } from './gate/settings.js';
import { checkOwner } from './sdks/owner.js';
import { channels } from './transport/channels.js';
import type { CallReaders, ThrottleClientOptions, ThrottledClient } from './types.js';
import { checkVersion } from './version.js';

/** A method that is to be replaced by a gated one. */
interface Replacement {
  readonly target: object;
  readonly method: string;
  readonly gated: unknown;
}

/**
 * Makes methods of an exchange's client wait for a throttler, whatever it sends with. A call waits
 * until it is granted and only then runs, so that it is signed after its wait. Answers are
 * reported: usage headers count, 429 and 418 pause. Errors of the client come out as they are;
 * errors of `acquire` reject a call without sending.
 *
 * A gated method always returns a promise. A call within a call of the same throttler pays, but
 * never waits for a rule of concurrency; the same call gated twice pays once. A call that fails
 * before it has sent anything is refunded.
 *
 * Only the named methods of this one client are replaced. Answers are read without touching
 * requests: in Node (20.16 or 22.3 and later) from diagnostics channels, elsewhere from the results
 * of the methods. Without these channels, calls within calls are not recognised.
 *
 * @throws {InvalidConfigError} the throttler or an option is invalid, or the client has none of the
 *   methods, is one of another package than the list, is sealed or frozen, or is gated for this
 *   throttler by another copy of this package; the client is then as it was
 *
 * @example
 * const client = new MainClient({ api_key, api_secret });
 * const throttler = new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
 * const { detach } = throttleClient(client, throttler, {
 *   profile: binanceSpot,
 *   calls: binanceCalls,
 * });
 */
export function throttleClient<T extends Throttler = Throttler>(
  client: object,
  throttler: T,
  options: ThrottleClientOptions,
): ThrottledClient<T> {
  const settings = settingsOf(throttler, options);
  if (!isObject(client)) throw invalidConfig('client', 'an object or a function', client);
  const list = listOf(options);
  const readers = list?.calls ?? (options.calls as CallReaders);
  const targets = new Set((list?.targets?.(client) ?? [client]).filter(isObject));
  const gate = new Gate(settings, channels());
  // All are checked before one is replaced, so that an error leaves the client as it was.
  const replacements: Replacement[] = [];
  for (const target of targets) {
    if (list) checkOwner(list, target);
    for (const [method, reader] of Object.entries(readers)) {
      const original: unknown = (target as { [method: string]: unknown })[method];
      if (typeof original !== 'function') {
        // Objects of a known client share a list.
        if (list) continue;
        throw invalidConfig(`calls.${method}`, 'the name of a method of the client', original);
      }
      if (!isReplaceable(target, method))
        throw invalidConfig('client', `one whose method ${method} can be replaced`, client);
      const gated = gate.gated(method, original as (...args: unknown[]) => unknown, reader);
      replacements.push({ target, method, gated });
    }
  }
  if (replacements.length === 0) {
    const expected = `one with a method ${Object.keys(readers).join(', ')}`;
    throw invalidConfig(
      'client',
      list ? `${expected}: an object of ${list.package}` : expected,
      client,
    );
  }
  if (list) checkVersion(list, options.version);
  const claims = claimAll(targets, throttler);
  const restores = replacements.map(({ target, method, gated }) => override(target, method, gated));
  gate.retain();
  let isAttached = true;
  return {
    throttler,
    detach: () => {
      if (!isAttached) return;
      isAttached = false;
      gate.remove();
      for (const restore of restores) restore();
      for (const undo of claims) undo();
      gate.release();
    },
  };
}

/** Claims all objects, or none. */
function claimAll(targets: Iterable<object>, throttler: Throttler): (() => void)[] {
  const claims: (() => void)[] = [];
  try {
    for (const target of targets) claims.push(claim(target, throttler));
    return claims;
  } catch (error) {
    for (const undo of claims) undo();
    throw error;
  }
}

/** Whether a property can be put in place of a method: not in sealed and frozen objects. */
function isReplaceable(target: object, method: string): boolean {
  const own = Object.getOwnPropertyDescriptor(target, method);
  return own === undefined ? Object.isExtensible(target) : own.configurable === true;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
