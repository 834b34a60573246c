import type { HeaderReader, Mode, MultiThrottlerConfig } from '../config.js';
import { copyOf, Definitions } from '../core/definitions.js';
import { Idle } from '../core/idle.js';
import { REPORT } from '../core/protocol.js';
import { type EngineReport, ReportBuffer } from '../core/report-buffer.js';
import { Submitter } from '../core/submit.js';
import { Timers } from '../core/timers/page.js';
import { Waiters } from '../core/waiters.js';
import { toThrottlerError, withTypedErrors } from '../errors.js';
import type { AnyRule } from '../rules.js';
import type { ThrottlerStats } from '../stats.js';
import { type Core, load } from '../wasm/load.js';

/** Modes by name. */
export type Modes = { readonly [name: string]: Mode };

/** Returns copies of the modes of a configuration, and of the one that is always there. */
export function modesOf(modes: Modes = {}): Modes {
  const copies = Object.entries(modes).map(([name, mode]) => [name, { ...mode }]);
  return Object.fromEntries([['normal', {}], ...copies]);
}

/** The engine of a throttler, with what JavaScript keeps for it. */
export class Engine {
  readonly core: Core;
  readonly waiters: Waiters;
  readonly submitter: Submitter;
  readonly definitions: Definitions;
  readonly reader: HeaderReader | undefined;
  modes: Modes;
  readonly #reports: ReportBuffer;
  /** Returns Unix milliseconds. */
  readonly wallNow: () => number;
  /** The peaks of the rules at `close`. */
  lastPeaks: ThrottlerStats['peakUtilization'] = {};

  /** The parameters and errors are those of the constructor of a throttler. */
  constructor(rules: Iterable<AnyRule>, config: MultiThrottlerConfig | undefined) {
    const Core = load();
    const { headers, clock, modes, timerWorker } = config ?? {};
    // An iterable is read once. The engine rejects all other values.
    const isIterable = Symbol.iterator in Object(rules) && typeof rules !== 'string';
    const list = isIterable ? Array.from(rules, copyOf) : rules;
    const idle = new Idle();
    this.waiters = new Waiters(idle, new Timers(timerWorker));
    this.core = withTypedErrors(() => new Core(list, config, this.waiters.host));
    this.waiters.attach(this.core);
    this.#reports = new ReportBuffer(this.core);
    this.submitter = new Submitter(this.core, this.waiters, idle);
    this.definitions = new Definitions(list);
    this.reader = headers;
    this.modes = modesOf(modes);
    this.wallNow = clock ? () => clock.wallNow() : () => Date.now();
  }

  /** Calls the engine. Its answer has the type that the method of protocol.ts promises. */
  // biome-ignore lint/suspicious/noExplicitAny: one door for results of all types
  call(method: number, first?: unknown, second?: unknown): any {
    return withTypedErrors(() => this.core.call(method, first, second));
  }

  /** Takes in a report. */
  report(report: EngineReport): void {
    let isSent: boolean;
    try {
      isSent = this.#reports.send(report);
    } catch (error) {
      throw toThrottlerError(error);
    }
    if (!isSent) this.call(REPORT, report);
  }

  /** Calls the engine, with `reason` for requests that are cleared meanwhile. */
  callWithReason(method: number, reason: unknown, argument?: unknown): number {
    this.waiters.clearReason = reason;
    try {
      return this.call(method, argument);
    } finally {
      this.waiters.clearReason = undefined;
    }
  }
}

/** An object with an engine, which is no member that programs meet. */
export abstract class EngineOwner {
  readonly #engine: Engine;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @internal */
  static engineOf(owner: EngineOwner): Engine {
    return owner.#engine;
  }
}

/** Returns the engine of a throttler, for the classes that it consists of. */
export function engineOf(owner: EngineOwner): Engine {
  return EngineOwner.engineOf(owner);
}
