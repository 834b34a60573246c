import { invalidConfig, type Permit, type ThrottleCost } from '../../index.js';
import type { Channels } from '../transport/channels.js';
import type { Call, CallReader, Outcome } from '../types.js';
import { GrantedCall } from './call.js';
import { queueable } from './requests.js';
import type { Settings } from './settings.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A call that was made and is not granted yet. */
interface Made {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly read: Call | ThrottleCost;
  /** Unix milliseconds by the wall clock, by which timestamps are made; 0 if none is renewed. */
  readonly madeAt: number;
  /** The method itself, and the object that has it. */
  readonly original: Method;
  readonly self: unknown;
}

/** Makes methods of a client wait. */
export class Gate {
  readonly #settings: Settings;
  readonly #channels: Channels | undefined;
  #users = 0;
  #isOpen = true;

  constructor(settings: Settings, channels: Channels | undefined) {
    this.#settings = settings;
    this.#channels = channels;
  }

  /** Returns a method that waits, then calls `original`. */
  gated(method: string, original: Method, reader: CallReader): Method {
    const gate = this;
    const { only, renew } = this.#settings;
    return function (...args) {
      if (!gate.#isOpen) return original.apply(this, args);
      let read: Call | ThrottleCost | undefined;
      let isOurs: boolean;
      try {
        read = reader.apply(this, args);
        isOurs = read !== undefined && (!isCall(read) || only === undefined || only(read));
      } catch (error) {
        return Promise.reject(error);
      }
      if (read === undefined || !isOurs) return original.apply(this, args);
      const madeAt = renew === undefined ? 0 : Date.now();
      return gate.#run({ method, args, read, madeAt, original, self: this });
    };
  }

  /**
   * Lets later calls pass as they are. For methods that cannot be restored, as another gate was put
   * around them meanwhile.
   */
  remove(): void {
    this.#isOpen = false;
  }

  /** Watches requests until {@link release} was called as often. */
  retain(): void {
    if (this.#users++ === 0) this.#channels?.retain();
  }

  release(): void {
    if (--this.#users === 0) this.#channels?.release();
  }

  async #run(made: Made): Promise<unknown> {
    const { throttler } = this.#settings;
    const call = isCall(made.read) ? made.read : undefined;
    const cost = call ? this.#costOf(call) : (made.read as ThrottleCost);
    const around = this.#channels?.current();
    const outer = GrantedCall.around(around, throttler);
    if (outer?.claim(call)) return this.#continue(made, outer.missing(cost));
    const charged = outer ? queueable(throttler, cost) : cost;
    const permit = await this.#acquire(made.read, charged);
    const args = this.#renewed(made, permit);
    const granted = new GrantedCall(this.#settings, call, charged, permit, around);
    const { original, self } = made;
    const channels = this.#channels;
    this.retain();
    let outcome: Outcome = {};
    try {
      const value = await (channels === undefined
        ? original.apply(self, args as unknown[])
        : channels.within(granted, original, self, args));
      outcome = { value };
      return value;
    } catch (error) {
      outcome = { error };
      throw error;
    } finally {
      granted.settle(outcome);
      this.release();
    }
  }

  /** Calls a method that the call around it has paid for, but for what is missing. */
  async #continue(made: Made, missing: ThrottleCost): Promise<unknown> {
    const isPaid = Object.keys(missing).length === 0;
    const permit = isPaid ? undefined : await this.#acquire(made.read, missing);
    const args = this.#renewed(made, permit);
    permit?.release();
    return made.original.apply(made.self, args as unknown[]);
  }

  #acquire(read: Call | ThrottleCost, cost: ThrottleCost): Promise<Permit> {
    const { throttler, priority, maxWait } = this.#settings;
    const signal = isCall(read) ? read.signal : undefined;
    // A request without options takes a shorter way.
    if (priority === undefined && maxWait === undefined && signal === undefined)
      return throttler.acquire(cost);
    return throttler.acquire(cost, {
      priority: typeof priority === 'function' ? priority(read) : priority,
      maxWait: typeof maxWait === 'function' ? maxWait(read) : maxWait,
      signal,
    });
  }

  /** Returns the arguments of a granted call. If that fails, it is refunded. */
  #renewed({ method, args, madeAt }: Made, permit: Permit | undefined): readonly unknown[] {
    const { renew } = this.#settings;
    if (renew === undefined) return args;
    try {
      return renew(method, args, Date.now() - madeAt);
    } catch (error) {
      permit?.release({ refund: true });
      throw error;
    }
  }

  #costOf(call: Call): ThrottleCost {
    const { costs } = this.#settings;
    if (costs === undefined)
      throw invalidConfig('profile', 'given for calls without a cost', costs);
    return costs(call);
  }
}

function isCall(read: Call | ThrottleCost): read is Call {
  return typeof read.path === 'string';
}
