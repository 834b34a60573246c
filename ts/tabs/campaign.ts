import type { StartHub } from '../hub/place.js';
import { HubHost } from './host.js';
import { lockOf, newName } from './names.js';

/** The part of a campaign that its owner knows. */
interface Parts {
  readonly key: string;
  /** Starts a hub, whose state may be in use by a hub that was replaced. */
  readonly start: (epoch: string, isStolen: boolean) => ReturnType<StartHub>;
  readonly onElected: (host: HubHost) => void;
  /** Called when this is the hub no longer, without `stop`. */
  readonly onReplaced: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The attempt of a page or worker to become the hub: it waits for the lock of the key. The browser
 * grants the lock to one, and to the next one when that has ended.
 */
export class Campaign {
  readonly #parts: Parts;
  readonly #waiting = new AbortController();
  #host: HubHost | undefined;
  #release: (() => void) | undefined;
  #isRunning = false;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get host(): HubHost | undefined {
    return this.#host;
  }

  /** Waits for the lock from now on. Idempotent. */
  run(): void {
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    this.#hold({ signal: this.#waiting.signal }, false);
  }

  /** Takes the lock from a hub that does not answer. */
  steal(): void {
    if (!this.#isStopped && this.#host === undefined) this.#hold({ steal: true }, true);
  }

  /** Ends the hub if it is here, and waits for the lock behind all others. */
  async yield(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.#host = undefined;
    const release = this.#release;
    this.#isRunning = false;
    this.run();
    await host.stop();
    release?.();
  }

  /** Ends the hub if it is here, and hands the lock on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting.abort();
    const host = this.#host;
    this.#host = undefined;
    await host?.stop();
    this.#release?.();
  }

  #hold(options: LockOptions, isStolen: boolean): void {
    navigator.locks
      .request(lockOf(this.#parts.key), options, () => this.#lead(isStolen))
      .catch((error) => this.#lost(error));
  }

  /** Is the hub until the promise resolves. */
  async #lead(isStolen: boolean): Promise<void> {
    const { key, start, onElected } = this.#parts;
    if (this.#isStopped || this.#host !== undefined) return;
    const released = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    const host = await HubHost.start(key, newName(), (epoch) => start(epoch, isStolen));
    if (this.#isStopped) {
      await host.stop();
      return;
    }
    this.#host = host;
    onElected(host);
    await released;
  }

  #lost(error: unknown): void {
    if (this.#isStopped) return;
    const isReplaced = error instanceof DOMException && error.name === 'AbortError';
    if (!isReplaced) {
      this.#parts.onFailure(error);
      return;
    }
    const host = this.#host;
    this.#host = undefined;
    this.#isRunning = false;
    // Its store refuses to save, as the state is the next hub's.
    host?.stop();
    this.run();
    this.#parts.onReplaced();
  }
}
