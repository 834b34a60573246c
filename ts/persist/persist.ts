import { type Clock, checkFields, invalidConfig, type MultiThrottler } from '../index.js';
import { tellError } from '../shared/callback.js';
import { unref } from '../shared/unref.js';
import { AheadLog } from './ahead-log.js';
import { Keeper } from './keeper.js';
import { otherWork } from './other-work.js';
import { restore } from './restore.js';
import type { Store } from './store.js';

/** The options of {@link persist}. */
export interface PersistOptions {
  /**
   * The longest time from a change to its snapshot, in milliseconds, above 0. A longer one saves
   * less often, and counts more as used after a crash: a quarter of what was granted meanwhile, and
   * as if it had been granted at the restart.
   *
   * @defaultValue 1000
   * @example
   * await persist(throttler, fileStore('limits.json'), { every: 250 });
   */
  readonly every?: number | undefined;
  /**
   * Called with errors that occur in the background: a saved state that cannot be used and was set
   * aside (`STORE_DAMAGED`), and saves that fail. A save that failed is repeated.
   *
   * @defaultValue a warning on the console
   * @example
   * await persist(throttler, store, { onError: (error) => log.error(error) });
   */
  readonly onError?: ((error: unknown) => unknown) | undefined;
  /**
   * The timers of saves.
   *
   * @defaultValue the global timers; in Node they do not keep the process alive
   * @example
   * await persist(throttler, store, { clock: virtualClock });
   */
  readonly clock?: Pick<Clock, 'setTimeout' | 'clearTimeout'> | undefined;
}

/** A throttler whose state is kept. */
export interface Persistence {
  /** Saves now. Rejects if that fails. */
  save(): Promise<void>;
  /**
   * Saves a last time and gives the store to others. Rejects if the save fails; the store is given
   * back nonetheless. Idempotent.
   */
  stop(): Promise<void>;
}

const FIELDS = ['every', 'onError', 'clock'];

/**
 * Continues from the state in a store, and keeps the state there from now on. Resolves when that is
 * done, and rejects with nothing changed if the store cannot be read or another program writes to
 * it (a `ThrottlerError` of code `STORE_IN_USE`).
 *
 * To be awaited before the first request. A program that ends in any way, and is started anew with
 * the same store, is not refused for what it was granted before: see
 * docs/guides/state-that-survives.md. Call `stop` before the throttler is closed.
 *
 * @throws {InvalidConfigError} an option is invalid or unknown
 *
 * @example
 * const kept = await persist(throttler, fileStore('limits.json'));
 * await throttler.throttle({ ORDERS: 1 });
 * await kept.stop();
 */
export async function persist(
  throttler: MultiThrottler,
  store: Store,
  options: PersistOptions = {},
): Promise<Persistence> {
  checkFields(options, FIELDS, 'options of persist');
  const { every = 1000, onError = warn, clock } = options;
  if (!(typeof every === 'number' && every > 0 && every < 2 ** 31))
    throw invalidConfig('every', 'a number of milliseconds, above 0 and below 2^31', every);
  if (typeof onError !== 'function') throw invalidConfig('onError', 'a function', onError);

  const tell = (error: unknown) => tellError(onError, error, warn);
  const log = new AheadLog();
  // First, as it counts what is granted from now on.
  const keeper = new Keeper({ throttler, store, log, every, tell, timers: clock ?? TIMERS });
  try {
    // Each step is a turn of its own, as the code of each one is compiled at its first call.
    await otherWork();
    await store.open();
  } catch (error) {
    keeper.leave();
    throw error;
  }
  try {
    keeper.prepare();
    await otherWork();
    const error = await restore(throttler, store, log);
    if (error !== undefined) tell(error);
    await otherWork();
    await keeper.start();
  } catch (error) {
    await keeper.abandon();
    throw error;
  }
  return { save: () => keeper.save(), stop: () => keeper.stop() };
}

function warn(error: unknown): void {
  console.warn('multi-throttler: the state of a throttler could not be kept in full:', error);
}

/** The global timers, looked up at each use, as tests replace them. */
const TIMERS = {
  setTimeout(callback: () => void, ms: number): unknown {
    return unref<unknown>(setTimeout(callback, ms));
  },
  clearTimeout(handle: unknown): void {
    clearTimeout(handle as number);
  },
};
