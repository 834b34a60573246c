import type { ThrottleCost } from './config.js';
import { toThrottlerError } from './errors.js';

/** The calls that a permit makes to the waiters of its throttler. */
interface Holder {
  /** Releases the permit of a ticket. */
  release(ticket: number, refund: boolean): void;
  /** Releases the permit of a ticket, whose request turned out to cost this. */
  releaseAtCost(ticket: number, cost: ThrottleCost): void;
}

/** The options of a release. */
export interface ReleaseOptions {
  /**
   * Whether the request was never sent, so that all its costs are given back.
   *
   * @defaultValue false
   */
  readonly refund?: boolean | undefined;
  /**
   * The costs that the request turned out to have, by rule id. The difference is given back; a rule
   * that is absent costs nothing.
   *
   * @defaultValue the costs that were granted
   */
  readonly cost?: ThrottleCost | undefined;
}

/** The right to send one request, held until it is released. */
export interface Permit {
  /** The wait of the request, in milliseconds. */
  readonly waited: number;
  /** Aborts when the permit was held for its `timeout`, with a {@link HoldTimeoutError}. */
  readonly signal: AbortSignal;
  /**
   * Gives back the tokens that the request holds of rules of concurrency. Idempotent.
   *
   * Costs are given back as far as the server is sure to allow as much again.
   *
   * @param options `refund`: the request was never sent; `cost`: it turned out to cost less
   * @throws {InvalidCostError} `cost` is no object; the permit is released all the same
   *
   * @example
   * permit.release({ refund: true });
   * permit.release({ cost: { IP: 22 } }); // of 120 that were granted, 98 come back
   */
  release(options?: ReleaseOptions): void;
  /** {@link release}, for `using`, where the runtime has `Symbol.dispose`. */
  [Symbol.dispose](): void;
  /** {@link release}, for `await using`, where the runtime has `Symbol.asyncDispose`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The controllers of signals. Apart from permits, of which few have one: each field takes time at
 * each grant.
 */
const controllers = new WeakMap<HeldPermit, AbortController>();

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

  /** @param waited milliseconds; negative if the throttler was closed during the grant */
  constructor(holder: Holder, ticket: number, waited: number) {
    this.#holder = holder;
    this.#ticket = ticket;
    this.waited = Math.max(0, waited);
  }

  /** Returns the ticket of a permit; undefined if it is none of this holder. */
  static ticketOf(permit: unknown, holder: object): number | undefined {
    return permit instanceof HeldPermit && permit.#holder === holder ? permit.#ticket : undefined;
  }

  get signal(): AbortSignal {
    return controllerOf(this).signal;
  }

  /** To be called when the engine has released the permit, as it was held for its timeout. */
  expire(reason: unknown): void {
    if (this.#released) return;
    this.#released = true;
    controllerOf(this).abort(reason);
  }

  release(options?: ReleaseOptions): void {
    // Read first, as a getter that throws must leave the permit as it is.
    const refund = options?.refund === true;
    const cost = refund ? undefined : options?.cost;
    if (this.#released) return;
    this.#released = true;
    try {
      if (cost === undefined) this.#holder.release(this.#ticket, refund);
      else this.#holder.releaseAtCost(this.#ticket, cost);
    } catch (error) {
      throw toThrottlerError(error);
    }
  }
}

function controllerOf(permit: HeldPermit): AbortController {
  const known = controllers.get(permit);
  if (known !== undefined) return known;
  const controller = new AbortController();
  controllers.set(permit, controller);
  return controller;
}
