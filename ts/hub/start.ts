import { MultiThrottler, type MultiThrottlerConfig } from '../index.js';
import { persist, type Store } from '../persist/index.js';
import { widened } from './delivery.js';
import { Hub } from './hub.js';
import type { Definition } from './messages.js';
import type { RunningHub } from './place.js';
import { BACKGROUND } from './timers.js';

/** Milliseconds that members have to say which permits they hold under a new hub. */
const RECOVERY = 300;

/** The parts of {@link startHub}. */
export interface HubSetup {
  readonly definition: Definition;
  readonly epoch: string;
  /** Keeps usage over the death of the hub; absent for a hub whose usage ends with it. */
  readonly store?: Store | undefined;
  /** Settings of the engine that members do not share. */
  readonly config: Pick<MultiThrottlerConfig, 'clock' | 'unref' | 'timerWorker'>;
  /** Called with errors that occur in the background. */
  readonly tell: (error: unknown) => void;
  /** Resolves when grants may be sent; undefined if they may be sent now. */
  readonly barrier?: (() => Promise<void> | undefined) | undefined;
}

/**
 * Starts a hub that continues from a store, if there is one. Each grant is noted there before it is
 * sent.
 *
 * @throws {ThrottlerError} of code `STORE_IN_USE`
 */
export async function startHub(setup: HubSetup): Promise<RunningHub> {
  const { definition, epoch, store, config, tell, barrier = () => undefined } = setup;
  const { delivery, ...settings } = definition.config;
  const rules = definition.rules.map((rule) => widened(rule, delivery));
  const throttler = new MultiThrottler(rules, { ...settings, ...config });
  const { clock } = config;
  const timers = clock ?? BACKGROUND;
  try {
    const watched = store && new WatchedStore(store);
    const options = { onError: tell, ...(clock && { clock }) };
    const kept = watched && (await persist(throttler, watched, options));
    const isFirst = watched?.hadState !== true;
    const hub = new Hub({
      throttler,
      definition,
      epoch,
      now: () => timers.now(),
      wallNow: () => timers.wallNow(),
      barrier,
      later: (callback, ms) => {
        const timer = timers.setTimeout(callback, ms);
        return () => timers.clearTimeout(timer);
      },
      recovered: isFirst
        ? Promise.resolve()
        : new Promise((resolve) => {
            timers.setTimeout(resolve, RECOVERY);
          }),
    });
    return {
      hub,
      async stop() {
        hub.close();
        try {
          await kept?.stop();
        } catch (error) {
          tell(error);
        }
        throttler.close();
      },
    };
  } catch (error) {
    throttler.close();
    throw error;
  }
}

/** A store that remembers whether there was a state in it. */
class WatchedStore implements Store {
  readonly #store: Store;
  hadState = false;

  constructor(store: Store) {
    this.#store = store;
  }

  get ahead() {
    return this.#store.ahead;
  }

  open(): Promise<void> {
    return this.#store.open();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async load(): Promise<string | undefined> {
    const text = await this.#store.load();
    this.hadState = text !== undefined;
    return text;
  }

  save(text: string): Promise<void> {
    return this.#store.save(text);
  }

  saveNow(text: string): void {
    this.#store.saveNow(text);
  }

  setAside(): Promise<string> {
    return this.#store.setAside();
  }

  atEnd(save: (isLast: boolean) => void): () => void {
    return this.#store.atEnd(save);
  }
}
