import { withTypedErrors } from './errors.js';

/** What a permit needs of the engine. */
interface Holder {
  /** How many milliseconds its request waited. */
  waited(ticket: number): number;
  /** Ends the permit of a ticket. */
  release(ticket: number, refund: boolean): void;
}

/** The right to do one request, until it is released. */
export interface Permit {
  /** How many milliseconds the request waited for it. */
  readonly waited: number;
  /**
   * Gives back what the request held of rules that limit concurrency. With `refund` the request was never sent, and
   * everything that it cost is given back, as far as the server is sure to allow as much again. Releasing twice is
   * releasing once.
   */
  release(options?: { refund?: boolean | undefined }): void;
  /** {@link release}, for `using`: where the language has `Symbol.dispose`. */
  [Symbol.dispose](): void;
  /** {@link release}, for `await using`: where the language has `Symbol.asyncDispose`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A permit of the engine, by its ticket. */
export class HeldPermit implements Permit {
  /** What consoles print; a minifier renames the class. */
  static readonly name = 'Permit';

  readonly waited: number;
  readonly #holder: Holder;
  readonly #ticket: number;
  #released = false;

  declare [Symbol.dispose]: () => void;
  declare [Symbol.asyncDispose]: () => Promise<void>;

  constructor(holder: Holder, ticket: number) {
    this.#holder = holder;
    this.#ticket = ticket;
    // Less than 0 if the throttler was closed while it was granted.
    this.waited = Math.max(0, holder.waited(ticket));
  }

  /** The ticket of a permit that is one of this holder's. */
  static ticketOf(permit: unknown, holder: object): number | undefined {
    return permit instanceof HeldPermit && permit.#holder === holder ? permit.#ticket : undefined;
  }

  release(options?: { refund?: boolean | undefined }): void {
    // Read first: a getter that throws leaves the permit as it is.
    const refund = options?.refund === true;
    if (this.#released) return;
    this.#released = true;
    withTypedErrors(() => this.#holder.release(this.#ticket, refund));
  }
}
