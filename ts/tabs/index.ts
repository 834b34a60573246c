import { definitionOf, type HubOptions, warn } from '../hub/config.js';
import { Member } from '../hub/member/member.js';
import type { Definition } from '../hub/messages.js';
import { RealmHub } from '../hub/realm.js';
import { startHub } from '../hub/start.js';
import { HubThrottler } from '../hub/throttler/throttler.js';
import { BACKGROUND } from '../hub/timers.js';
import { invalidConfig, ThrottlerError } from '../index.js';
import { tellError } from '../shared/callback.js';
import { newName } from './names.js';
import { TabPlace, type TabPlaceParts } from './place.js';
import { startTabHub } from './start.js';

export type { HubOptions } from '../hub/config.js';
export type { MessagePortLike } from '../hub/ports/wire.js';
export { HubThrottler } from '../hub/throttler/throttler.js';
export type { HubEvents, HubRuleStatus, HubStats } from '../hub/throttler/types.js';
export { type PortOptions, portThrottler } from './ports.js';

/** The part of a `SharedWorker` that a throttler uses. */
export interface HubWorker {
  readonly port: { postMessage(message: unknown): void };
}

/** The options of {@link tabThrottler}. */
export interface TabOptions<Id extends string = string> extends Omit<HubOptions<Id>, 'unref'> {
  /**
   * Starts the shared worker in which the hub is if possible. Its file imports
   * `multi-throttler/tabs/hub`. Where it cannot be started, and by default, the hub is in one of
   * the pages.
   *
   * @example
   * const url = new URL('./hub.js', import.meta.url);
   * tabThrottler({ key, rules, worker: () => new SharedWorker(url, { type: 'module' }) });
   */
  readonly worker?: (() => HubWorker) | undefined;
  /**
   * The result where there are no Web Locks: on pages that are not secure, in old browsers, in
   * Node. `'throw'`: an error of code `NEEDS_LOCKS`. `'alone'`: a throttler of this page or worker
   * alone, which starts with all limits unused and forgets its usage at its end; `onError` gets the
   * error. Workers can share it by {@link HubThrottler.serve}, other pages cannot: leave them a
   * `share`.
   *
   * @defaultValue `'throw'`
   *
   * @example
   * tabThrottler({ key, rules, share: 0.25, withoutLocks: 'alone' });
   */
  readonly withoutLocks?: 'throw' | 'alone' | undefined;
}

/**
 * Makes a throttler that all pages and workers of an origin share which give the same key: tabs,
 * frames, workers, windows of Electron. The engine runs in one of them, the hub. When that ends,
 * crashes or freezes, another one takes over, and usage is kept in IndexedDB.
 *
 * Requests can be made at once: they wait until the hub has answered.
 *
 * @throws {InvalidRuleError} a rule is invalid
 * @throws {InvalidConfigError} an option is unknown or invalid
 * @throws {ThrottlerError} of code `NEEDS_LOCKS`: the page is not secure (HTTPS or localhost), or
 *   there are no Web Locks, channels or IndexedDB, as in Node; see the option `withoutLocks`
 *
 * @example
 * const throttler = tabThrottler({
 *   key: 'binance',
 *   rules: [fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000, jitter: 50 })],
 * });
 * await throttler.throttle({ REQUEST_WEIGHT: 5 });
 */
export function tabThrottler<const Id extends string = string>(
  options: TabOptions<Id>,
): HubThrottler<Id> {
  const definition = definitionOf(options as HubOptions, ['worker', 'withoutLocks']);
  const { key, headers, worker, timerWorker, onError = warn, withoutLocks = 'throw' } = options;
  if (worker !== undefined && typeof worker !== 'function')
    throw invalidConfig('worker', 'a function', worker);
  if (withoutLocks !== 'throw' && withoutLocks !== 'alone')
    throw invalidConfig('withoutLocks', 'throw or alone', withoutLocks);
  const tell = (error: unknown) => tellError(onError, error, warn);
  const name = newName();
  const missing = missingPlatform();
  if (missing !== undefined) {
    if (withoutLocks === 'throw') throw missing;
    tell(missing);
    return aloneThrottler(definition, name, options, tell);
  }
  const prefer = () => {
    try {
      worker?.().port.postMessage({ key, definition });
    } catch (error) {
      // A page becomes the hub.
      tell(error);
    }
  };
  const start: TabPlaceParts['start'] = (start, epoch, isStolen) => start(epoch, isStolen);
  const member = new Member({
    place: new TabPlace({ key, member: name, prefer: worker && prefer, start }),
    // The page itself has asked for the worker.
    relayPlace: () => new TabPlace({ key, member: newName(), prefer: worker && (() => {}), start }),
    clock: BACKGROUND,
    name,
    definition,
    start: (current, epoch, isStolen) =>
      startTabHub({ key, definition: current, epoch, isStolen, timerWorker, tell }),
    tell,
  });
  return new HubThrottler<Id>(member, headers);
}

/** The error of a page without what is needed; undefined if all is there. */
function missingPlatform(): ThrottlerError | undefined {
  const hasLocks = typeof navigator === 'object' && navigator.locks !== undefined;
  const hasRest = typeof BroadcastChannel === 'function' && typeof indexedDB === 'object';
  if (hasLocks && hasRest) return undefined;
  return new ThrottlerError(
    'tabThrottler needs Web Locks, BroadcastChannel and IndexedDB: a page or worker of HTTPS or localhost',
    'NEEDS_LOCKS',
  );
}

/** A throttler with a hub that no other page finds. */
function aloneThrottler<Id extends string>(
  definition: Definition,
  name: string,
  { headers, timerWorker }: TabOptions<Id>,
  tell: (error: unknown) => void,
): HubThrottler<Id> {
  const hub = new RealmHub(false);
  const member = new Member({
    place: hub.own,
    relayPlace: () => hub.other,
    clock: BACKGROUND,
    name,
    definition,
    start: (current, epoch) =>
      startHub({
        definition: current,
        epoch,
        config: { unref: true, ...(timerWorker && { timerWorker }) },
        tell,
      }),
    tell,
  });
  return new HubThrottler<Id>(member, headers);
}
