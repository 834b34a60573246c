import { withTypedErrors } from './errors.js';

/** The calls that a permit makes to the engine. */
interface Holder {
  /** Returns how many milliseconds its request waited. */
  waited(ticket: number): number;
  /** Releases the permit of a ticket. */
  release(ticket: number, refund: boolean): void;
}

/** The right to send one request, held until it is released. */
export interface Permit {
  /** The wait of the request, in milliseconds. */
  readonly waited: number;
  /**
   * Gives back the tokens that the request holds of rules of concurrency. Idempotent.
   *
   * @param options `refund`: the request was never sent, so its costs under all rules are given
   *   back, as far as the server is sure to allow as much again
   *
   * @example
   * permit.release({ refund: true });
   */
  release(options?: { refund?: boolean | undefined }): void;
  /** {@link release}, for `using`, where the runtime has `Symbol.dispose`. */
  [Symbol.dispose](): void;
  /** {@link release}, for `await using`, where the runtime has `Symbol.asyncDispose`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A permit of the engine, named by its ticket. */
export class HeldPermit implements Permit {
  /** The name that consoles print, as a minifier renames the class. */
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
    // Negative if the throttler was closed while the permit was granted.
    this.waited = Math.max(0, holder.waited(ticket));
  }

  /** Returns the ticket of a permit; undefined if it is none of this holder. */
  static ticketOf(permit: unknown, holder: object): number | undefined {
    return permit instanceof HeldPermit && permit.#holder === holder ? permit.#ticket : undefined;
  }

  release(options?: { refund?: boolean | undefined }): void {
    // Read first, as a getter that throws must leave the permit as it is.
    const refund = options?.refund === true;
    if (this.#released) return;
    this.#released = true;
    withTypedErrors(() => this.#holder.release(this.#ticket, refund));
  }
}
