import type { Clock } from '../index.js';
import type { Connection } from './connection.js';
import type { Answer, Refusal, Request } from './wire.js';

/** Timers of the program. */
export interface Timing {
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Returns the timers of a clock, or those of the platform. */
export function timingOf(clock: Clock | undefined): Timing {
  return (
    clock ?? {
      now: () => performance.now(),
      setTimeout: (callback, ms) => setTimeout(callback, ms),
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    }
  );
}

/** The listeners of a caller. */
export interface CallerEvents {
  answered(): void;
  failed(error: unknown): void;
}

/** The longest time between two attempts of a call, in milliseconds. */
const LONGEST_PAUSE = 2000;

/** The message of an attempt that nothing came of. */
const SILENCE = 'the ledger did not answer in time';

/**
 * Makes one call at a time and repeats it until it is answered. All attempts carry the same number,
 * so that the ledger does the work once; the first answer to any of them counts, as a client may
 * keep them in a queue of its own while it is not connected.
 */
export class Caller {
  readonly #connection: Connection;
  readonly #timing: Timing;
  readonly #timeout: number;
  readonly #events: CallerEvents;
  #retry: (() => void) | undefined;
  #isClosed = false;
  /** The number of scripts that were sent. */
  scripts = 0;
  /** The last time from a call to its answer, in milliseconds. */
  roundTrip = 0;

  constructor(connection: Connection, timing: Timing, timeout: number, events: CallerEvents) {
    this.#connection = connection;
    this.#timing = timing;
    this.#timeout = timeout;
    this.#events = events;
  }

  /** Resolves with the answer, and the instant at which the call was first sent. */
  call(request: Request, definitions: string): Promise<{ answer: Answer & Refusal; sent: number }> {
    const text = JSON.stringify(request);
    const sent = this.#timing.now();
    return new Promise((resolve) => {
      let isDone = false;
      let attempts = 0;
      let timer: unknown;
      const settle = (answer: string) => {
        if (isDone || this.#isClosed) return;
        isDone = true;
        this.#timing.clearTimeout(timer);
        this.#retry = undefined;
        if (attempts === 1) this.roundTrip = this.#timing.now() - sent;
        this.#events.answered();
        resolve({ answer: JSON.parse(answer), sent });
      };
      const fail = (error: unknown) => {
        if (!isDone && !this.#isClosed) this.#events.failed(error);
      };
      const attempt = () => {
        if (isDone || this.#isClosed) return;
        this.#timing.clearTimeout(timer);
        attempts++;
        this.scripts++;
        const wait = Math.min(LONGEST_PAUSE, this.#timeout * 2 ** (attempts - 1));
        const jitter = attempts === 1 ? 1 : 0.75 + Math.random() / 2;
        timer = this.#timing.setTimeout(() => {
          fail(new Error(SILENCE));
          attempt();
        }, wait * jitter);
        // A client may throw, and a promise of one may never settle.
        new Promise<string>((done) => done(this.#connection.call(text, definitions))).then(
          settle,
          fail,
        );
      };
      this.#retry = attempt;
      attempt();
    });
  }

  /** Repeats a call that is not answered: the client is connected again. */
  retry(): void {
    this.#retry?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry = undefined;
  }
}
