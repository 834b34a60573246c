import { Caller, type Timing } from './caller.js';
import { type Connection, connect, type RedisClient } from './connection.js';
import type { AnySharedEvent } from './events.js';
import { unusable } from './refusals.js';
import type { Answer, Refusal, Request } from './wire.js';

/** How a {@link Link} is made. */
export interface LinkOptions {
  readonly client: RedisClient;
  readonly subscriber: RedisClient | undefined;
  readonly key: string;
  /** The name of this process, which no other one has. */
  readonly process: string;
  readonly timeout: number;
  readonly timing: Timing;
}

/** The listeners of a link. */
export interface LinkEvents {
  /** A message of the ledger. */
  message(text: string): void;
  /** The client is connected, or connected again. */
  connected(): void;
  emit(event: AnySharedEvent): void;
}

/** The way to the ledger: calls, messages, and whether it answers. */
export class Link {
  readonly #connection: Connection;
  readonly #caller: Caller;
  readonly #events: LinkEvents;
  readonly #times: { readonly timing: Timing; readonly timeout: number };
  #isConnected: boolean | undefined;
  /** The functions of {@link ready}. */
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};
  /** Resolves when the ledger has answered, rejects if it cannot be used. */
  readonly ready: Promise<void>;

  constructor(
    { client, subscriber, key, process, timeout, timing }: LinkOptions,
    events: LinkEvents,
  ) {
    this.#events = events;
    this.#times = { timing, timeout };
    this.ready = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // The program may not look at it.
    this.ready.catch(() => {});
    this.#connection = connect(client, subscriber, `mt:{${key}}`, process, {
      message: (text) => events.message(text),
      connected: () => {
        // A client may be connected before there is a caller.
        this.#caller?.retry();
        events.connected();
      },
    });
    this.#caller = new Caller(this.#connection, timing, timeout, {
      answered: () => this.#answered(),
      failed: (error) => this.#failed(error),
    });
  }

  /** See {@link Caller.call}. */
  call(request: Request, definitions: string): Promise<{ answer: Answer & Refusal; sent: number }> {
    return this.#caller.call(request, definitions);
  }

  /** Closes, after a last call that is not repeated. */
  close(last: Request | undefined): void {
    let isOpen = true;
    const end = () => {
      if (isOpen) {
        this.#caller.close();
        this.#connection.close();
      }
      isOpen = false;
    };
    if (last === undefined) {
      end();
      return;
    }
    this.#connection.call(JSON.stringify(last), '').then(end, end);
    // The promise of a client may never settle.
    const { timing, timeout } = this.#times;
    (timing.setTimeout(end, timeout) as { unref?(): void } | undefined)?.unref?.();
  }

  /** Whether messages of other processes arrive. */
  get listens(): boolean {
    return this.#connection.listens;
  }

  /** Whether the ledger answers; undefined before the first answer or failure. */
  get isConnected(): boolean | undefined {
    return this.#isConnected;
  }

  /** The number of scripts that were sent. */
  get scripts(): number {
    return this.#caller.scripts;
  }

  /** The last time from a call to its answer, in milliseconds. */
  get roundTrip(): number {
    return this.#caller.roundTrip;
  }

  #answered(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#events.emit({ type: 'connect' });
  }

  #failed(error: unknown): void {
    const refusal = unusable(error);
    if (refusal !== undefined) this.reject(refusal);
    if (this.#isConnected === false) return;
    this.#isConnected = false;
    this.#events.emit({ type: 'disconnect', error });
  }
}
