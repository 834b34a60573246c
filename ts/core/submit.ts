import type { Priority, ThrottleCost, ThrottleOptions } from '../config.js';
import { HeldPermit, type Permit } from '../permit.js';
import { type Core, load } from '../wasm/load.js';
import { CostWriter, type ReadCosts } from './cost-buffer.js';
import type { Promises } from './waiters.js';

/** What the engine answers to a submitted request; any other number is the ticket of a request that waits. */
const GRANTED = -1;
const REFUSED = -2;
const STALE = -3;
/** What `#submit` answers of its own accord: the signal aborted while the costs were read. */
const ABORTED = -4;

const NO_OPTIONS: ThrottleOptions = {};

const GRANT: Promise<void> = Promise.resolve();

/** Requests on their way into the engine, each of which becomes a promise. */
export class Requests {
  readonly #core: Core;
  readonly #promises: Promises;
  readonly #costs: CostWriter;
  /** Whether the clock is `performance`, which is cheaper to ask here than from the engine. */
  readonly #goesByTheSystem: boolean;

  constructor(core: Core, promises: Promises) {
    this.#core = core;
    this.#promises = promises;
    this.#costs = new CostWriter(core);
    this.#goesByTheSystem = core.goesByTheSystem();
  }

  /** {@link submit} for what most requests are: no options, no permit. */
  submitPlain(cost: ThrottleCost): Promise<void> {
    const promises = this.#promises;
    const isNested = promises.begin();
    try {
      const ticket = this.#submit(cost, 1, Number.POSITIVE_INFINITY, false, undefined, isNested);
      if (ticket === GRANTED) return GRANT;
      if (ticket === REFUSED) throw this.#core.takeError();
      return promises.wait(ticket, undefined, undefined);
    } finally {
      promises.end();
    }
  }

  /**
   * Submits a request. A promise of its grant: of a permit if it is to have one.
   *
   * @throws an option is not what it must be, or the engine refuses it; an error of the engine
   */
  submit(cost: ThrottleCost, options: ThrottleOptions, permit: boolean): Promise<Permit | undefined> {
    if (typeof options !== 'object') throw load().invalidOptions(options);
    const { priority, signal, maxWait = Number.POSITIVE_INFINITY, id } = options ?? NO_OPTIONS;
    const rank = rankOf(priority);
    const valid = rank !== undefined && typeof maxWait === 'number' && maxWait >= 0 && isSignal(signal);
    if (!valid || !(id === undefined || typeof id === 'string')) {
      throw load().invalidOptions({ priority, signal, maxWait, id });
    }
    const isNested = this.#promises.begin();
    try {
      const ticket = signal?.aborted ? ABORTED : this.#submit(cost, rank, maxWait, permit, signal, isNested);
      if (ticket === ABORTED) return Promise.reject(signal?.reason);
      if (ticket === REFUSED) throw this.#core.takeError();
      if (permit) return this.#permitOf(ticket, signal, id);
      if (ticket === GRANTED) return GRANT as Promise<undefined>;
      return this.#promises.wait(ticket, signal, id) as Promise<undefined>;
    } finally {
      this.#promises.end();
    }
  }

  /** A promise of the permit that a ticket names, or will name. */
  #permitOf(ticket: number, signal: AbortSignal | undefined, id: string | undefined): Promise<Permit> {
    const grant = () => new HeldPermit(this.#core, ticket);
    if (ticket !== GRANTED && this.#core.waited(ticket) < 0) {
      return this.#promises.wait(ticket, signal, id, grant);
    }
    const granted = grant();
    if (!signal?.aborted) return Promise.resolve(granted);
    // Only just now, by a clock that was asked for the time; nobody will have the permit.
    granted.release({ refund: true });
    return Promise.reject(signal.reason);
  }

  /** Reads the costs once, submits the request, and returns the engine's answer. */
  #submit(
    cost: ThrottleCost,
    priority: number,
    maxWait: number,
    permit: boolean,
    signal: AbortSignal | undefined,
    isNested: boolean,
  ): number {
    // From a getter of another request's costs, from a clock or a signal: the buffer may be in use.
    if (isNested || typeof cost !== 'object') {
      return this.#core.submitCosts(cost, priority, maxWait, permit);
    }
    const read = this.#costs.write(cost);
    if (signal?.aborted) return ABORTED;
    if (typeof read === 'number' && read > 0) {
      const answer = this.#submitWritten(read, priority, maxWait, permit);
      if (answer !== STALE) return answer;
    }
    return this.#submitUnusual(cost, read, priority, maxWait, permit);
  }

  /** Submits the costs that are in the buffer. */
  #submitWritten(count: number, priority: number, maxWait: number, permit: boolean): number {
    const core = this.#core;
    const { version } = this.#costs;
    if (!this.#goesByTheSystem) return core.submit(count, priority, maxWait, permit, version, Number.NaN);
    const now = +performance.now();
    if (!permit && core.grant(count, priority, version, now)) return GRANTED;
    return core.submit(count, priority, maxWait, permit, version, now);
  }

  /** Submits costs of which some are not in the buffer: of rules that come for the first time, or no costs at all. */
  #submitUnusual(
    cost: ThrottleCost,
    read: number | ReadCosts,
    priority: number,
    maxWait: number,
    permit: boolean,
  ): number {
    const costs = this.#costs;
    // `{}`, or what is no object of costs at all.
    if (read === 0) return this.#core.submitCosts(cost, priority, maxWait, permit);
    const unknown = typeof read === 'number' ? costs.written(read) : read;
    if (unknown === read) {
      const count = costs.writeUnknown(unknown);
      const answer = count > 0 ? this.#submitWritten(count, priority, maxWait, permit) : STALE;
      if (answer !== STALE) return answer;
    }
    costs.forget();
    return this.#core.submitCosts(Object.fromEntries(unknown), priority, maxWait, permit);
  }
}

/** The number of a class in the engine; undefined for what is none. */
export function rankOf(priority: Priority | undefined): 0 | 1 | 2 | undefined {
  switch (priority) {
    case undefined:
    case 'normal':
      return 1;
    case 'critical':
      return 0;
    case 'low':
      return 2;
  }
}

function isSignal(signal: AbortSignal | undefined): boolean {
  if (signal === undefined) return true;
  return typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function';
}
