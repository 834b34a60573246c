import type { AcquireOptions, ThrottleOptions } from '../config.js';
import { toThrottlerError } from '../errors.js';
import { HeldPermit, type Permit } from '../permit.js';
import type { Core } from '../wasm/load.js';
import { CostBuffer, UNKNOWN } from './cost-buffer.js';
import type { Idle } from './idle.js';
import { checkNames, checkTimeout, checkValues, NORMAL, type PriorityNumber } from './options.js';
import { GRANTED, HELD_AT_ONCE, REJECTED, STALE } from './protocol.js';
import type { Waiters } from './waiters.js';

/** An answer beside those of the engine: the signal aborted while the costs were read. */
const ABORTED = -4;

const NO_OPTIONS: ThrottleOptions = {};

/** The promise of every request that is granted at once and has no permit. */
const GRANT: Promise<void> = Promise.resolve();

/** Submits requests to the engine and makes promises of its answers. */
export class Submitter {
  readonly #core: Core;
  readonly #waiters: Waiters;
  readonly #idle: Idle;
  readonly #costs: CostBuffer;
  /** Whether the clock is `performance`, which costs less to read here than from the engine. */
  readonly #usesSystemClock: boolean;

  constructor(core: Core, waiters: Waiters, idle: Idle) {
    this.#core = core;
    this.#waiters = waiters;
    this.#idle = idle;
    this.#costs = new CostBuffer(core);
    this.#usesSystemClock = core.usesSystemClock();
  }

  /**
   * Submits a request without options and without a permit, as most requests are. Returns a promise
   * of its grant.
   *
   * @throws an error of the engine
   */
  submitPlain(cost: object): Promise<void> {
    const idle = this.#idle;
    const isNested = idle.beginSubmission();
    try {
      const ticket = this.#submit(
        cost,
        NORMAL,
        Number.POSITIVE_INFINITY,
        false,
        undefined,
        isNested,
      );
      if (ticket === GRANTED) return GRANT;
      if (ticket === REJECTED) throw this.#core.takeError();
      return this.#waiters.add(ticket, undefined, undefined);
    } finally {
      idle.endSubmission();
    }
  }

  /**
   * Submits a request. Returns a promise of its grant, which is a permit if one was asked for.
   *
   * @throws {InvalidConfigError} an option is unknown or has an invalid value
   * @throws an error of the engine
   */
  submit(
    cost: object,
    options: AcquireOptions | null | undefined,
    permit: boolean,
  ): Promise<Permit | undefined> {
    if (options !== undefined) checkNames(options, permit);
    const { priority, signal, maxWait = Number.POSITIVE_INFINITY, id } = options ?? NO_OPTIONS;
    const index = options === undefined ? NORMAL : checkValues(priority, maxWait, id, signal);
    const timeout = permit ? options?.timeout : undefined;
    if (timeout !== undefined) checkTimeout(timeout);
    const idle = this.#idle;
    const isNested = idle.beginSubmission();
    try {
      const ticket = this.#submit(cost, index, maxWait, permit, signal, isNested);
      if (ticket === ABORTED) return Promise.reject(signal?.reason);
      if (ticket === REJECTED) throw this.#core.takeError();
      if (permit) return this.#permitOf(ticket, signal, id, timeout);
      if (ticket === GRANTED) return GRANT as Promise<undefined>;
      return this.#waiters.add(ticket, signal, id) as Promise<undefined>;
    } finally {
      idle.endSubmission();
    }
  }

  /**
   * Reads the costs once, submits the request and returns the engine's answer.
   *
   * Costs cross to the engine as numbers in the cost buffer, which is the cheapest way. They cross
   * as an object where the buffer cannot take them: a rule or a value is not what it must be, there
   * are too many, or there are none.
   */
  #submit(
    cost: object,
    priority: PriorityNumber,
    maxWait: number,
    permit: boolean,
    signal: AbortSignal | undefined,
    isNested: boolean,
  ): number {
    // In a nested submission the buffer may be in use.
    if (isNested || typeof cost !== 'object') {
      if (signal?.aborted) return ABORTED;
      return this.#core.submitCosts(cost, priority, maxWait, permit);
    }
    const costs = this.#costs;
    const written = costs.write(cost);
    // Once, as a getter of the costs may have aborted it too.
    if (signal?.aborted) return ABORTED;
    if (written > 0) {
      const answer = this.#submitWritten(written, priority, maxWait, permit);
      if (answer !== STALE) return answer;
    }
    return this.#submitUnusual(cost, written, priority, maxWait, permit);
  }

  /** Submits costs that are not in the buffer, or whose slots were stale. */
  #submitUnusual(
    cost: object,
    written: number,
    priority: PriorityNumber,
    maxWait: number,
    permit: boolean,
  ): number {
    const costs = this.#costs;
    const count = written === UNKNOWN ? costs.writeUnknown() : 0;
    const answer = count > 0 ? this.#submitWritten(count, priority, maxWait, permit) : STALE;
    if (answer !== STALE) return answer;
    // The engine looks at the object itself if there are no costs, as it may be no object of costs.
    const read = written === 0 ? cost : costs.takeRead(written);
    return this.#core.submitCosts(read, priority, maxWait, permit);
  }

  /** Submits the costs that are in the buffer. */
  #submitWritten(
    count: number,
    priority: PriorityNumber,
    maxWait: number,
    permit: boolean,
  ): number {
    const core = this.#core;
    const now = this.#usesSystemClock ? +performance.now() : Number.NaN;
    return core.submit(count, priority, maxWait, permit, this.#costs.version, now);
  }

  /** Returns the permit of a ticket that was granted at once. */
  permitNow(ticket: number): Permit {
    this.#waiters.trackPermit(ticket);
    return new HeldPermit(this.#waiters, ticket, 0);
  }

  /**
   * Returns a promise of the permit that an answer names, or will name when it is granted.
   *
   * @param ticket the answer
   */
  #permitOf(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    timeout: number | undefined,
  ): Promise<Permit> {
    // Granted, and released already, as a clock that was asked for the time closed the throttler.
    const isReleased = ticket === GRANTED;
    const waited = ticket <= HELD_AT_ONCE || isReleased ? 0 : this.#core.waited(ticket);
    if (waited < 0) return this.#waiting(ticket, signal, id, timeout);
    const held = ticket <= HELD_AT_ONCE ? HELD_AT_ONCE - ticket : ticket;
    const permit = new HeldPermit(this.#waiters, held, waited);
    if (!isReleased) this.#waiters.trackPermit(held);
    if (!signal?.aborted) return this.#lease(permit, held, timeout);
    // The signal aborted during the submission, from a clock that was asked for the time.
    permit.release({ refund: true });
    return Promise.reject(signal.reason);
  }

  /** Apart, as the variables of its closure would be allocated for each permit. */
  #waiting(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    timeout: number | undefined,
  ): Promise<Permit> {
    return this.#waiters.add(ticket, signal, id, () => this.#grant(ticket, timeout));
  }

  /** Returns the permit of a waiter that is granted now. */
  #grant(ticket: number, timeout: number | undefined): Permit | Promise<Permit> {
    const permit = new HeldPermit(this.#waiters, ticket, this.#core.waited(ticket));
    return timeout === undefined ? permit : this.#lease(permit, ticket, timeout);
  }

  /** Limits how long a permit is held. Where a clock fails, the promise rejects with its error. */
  #lease(permit: HeldPermit, ticket: number, timeout: number | undefined): Promise<Permit> {
    try {
      if (timeout !== undefined) this.#waiters.lease(ticket, timeout, permit);
      return Promise.resolve(permit);
    } catch (error) {
      try {
        permit.release({ refund: true });
      } catch {
        // The same clock failed again. The permit is released all the same.
      }
      return Promise.reject(toThrottlerError(error));
    }
  }
}
