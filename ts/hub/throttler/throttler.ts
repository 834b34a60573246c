import {
  type AcquireOptions,
  type ClearOptions,
  checkPriority,
  type HeaderReader,
  type IdleOptions,
  invalidConfig,
  type Permit,
  type Priority,
  type RequestPriority,
  type RuleId,
  runTask,
  type ThrottleCost,
  type ThrottleOptions,
  type Throttler,
  ThrottlerError,
  type ThrottlerLoad,
  type Wrapped,
  wrapped,
} from '../../index.js';
import { findRule } from '../definitions.js';
import type { Member } from '../member/member.js';
import { addDispose } from '../member/permit.js';
import type { MessagePortLike } from '../ports/wire.js';
import { classOf } from '../priority.js';
import { checkClass, checkFunction } from './checks.js';
import { HubControl } from './control.js';
import { addSymbols } from './symbols.js';
import { EVENTS, type HubEvents, type HubRuleStatus, type HubStats } from './types.js';
import { unused } from './unused.js';

/** The age of the state of the hub, in milliseconds, at which a newer one is asked for. */
const OLD = 50;

/**
 * A throttler whose engine is in a hub, which all members of its key share. Requests of all members
 * are granted in one order.
 *
 * Its methods are those of {@link MultiThrottler}, with these differences:
 *
 * - A grant takes a round trip to the hub. There is no `tryThrottle`, `tryAcquire`, `snapshot` and
 *   `restore`; `throttle(cost, { maxWait: 0 })` is granted at once or not at all.
 * - `getStatus`, `mode`, and the fields of `getStats` on rules show the last news of the hub, which
 *   come with each grant and by {@link refresh}.
 * - Counts, `clear`, `idle`, `getLoad` and `getQueueLength` concern the requests of this member.
 * - Changes of rules, pauses, modes and usage hold for all members. Their promises resolve when the
 *   hub has applied them, and reject with the errors that `MultiThrottler` throws.
 */
export class HubThrottler<Id extends string = string>
  extends HubControl<Id>
  implements Throttler<Id>
{
  /** Whether others share the rules. */
  readonly isShared = true;
  /** Resolves when a hub has answered; rejects if none can be used, as with `RULES_DIFFER`. */
  readonly ready: Promise<void>;
  #isViewAsked = false;

  /** @internal */
  constructor(member: Member, reader: HeaderReader | undefined) {
    super(member, reader);
    this.ready = member.ready;
    addDispose();
    addSymbols(HubThrottler.prototype);
  }

  /** Returns the status of each rule by the last answer of the hub, with its age. */
  getStatus(): { [ruleId in RuleId<Id>]: HubRuleStatus } {
    const { view, age } = this.#view();
    const status = view?.status ?? unused(this.member.definition.rules);
    return Object.fromEntries(
      Object.entries(status).map(([id, rule]) => [id, { ...rule, age }]),
    ) as { [ruleId in RuleId<Id>]: HubRuleStatus };
  }

  /** See {@link MultiThrottler.throttle}. */
  throttle(cost: ThrottleCost<Id>, options?: ThrottleOptions): Promise<void> {
    try {
      return this.member.submit(cost, options, false) as Promise<unknown> as Promise<void>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See {@link MultiThrottler.acquire}. */
  acquire(cost: ThrottleCost<Id>, options?: AcquireOptions): Promise<Permit> {
    try {
      return this.member.submit(cost, options, true) as Promise<Permit>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See {@link MultiThrottler.run}. */
  async run<T>(
    cost: ThrottleCost<Id>,
    task: (permit: Permit) => T | PromiseLike<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    checkFunction('task', task);
    return runTask(await this.acquire(cost, options), task, options);
  }

  /** See {@link MultiThrottler.wrap}. */
  wrap<F extends (...args: never[]) => unknown>(
    fn: F,
    cost: ThrottleCost<Id> | ((...args: Parameters<F>) => ThrottleCost<Id>),
    options?: AcquireOptions,
  ): Wrapped<F> {
    checkFunction('fn', fn);
    return wrapped(fn, cost, (costs, task) => this.run(costs, task, options));
  }

  /**
   * Returns a lower bound of the wait in milliseconds, by the last answer of the hub: `Infinity`
   * while there is no connection, or for a cost that exceeds the limit of a rule; else 0, also
   * during a pause. {@link estimate} asks the hub.
   */
  estimateWait(cost: ThrottleCost<Id>): number {
    const { view } = this.#view();
    if (view === undefined || !this.member.isConnected) return Number.POSITIVE_INFINITY;
    for (const [id, amount] of Object.entries(cost)) {
      const capacity = view.status[id]?.capacity;
      if (capacity !== undefined && (amount as number) > capacity && !this.#allowsDebt(id))
        return Number.POSITIVE_INFINITY;
    }
    return 0;
  }

  /** See {@link MultiThrottler.setPriority}. */
  setPriority(id: string, priority: RequestPriority): boolean {
    checkPriority(priority);
    const request = this.#named(id);
    if (request !== undefined) this.member.waiting.setPriority(request, priority);
    return request !== undefined;
  }

  /** See {@link MultiThrottler.cancel}. */
  cancel(id: string, reason?: unknown): boolean {
    const request = this.#named(id);
    if (request === undefined) return false;
    this.member.counts.aborted += 1;
    return this.member.waiting.withdraw(
      request,
      reason ?? new ThrottlerError('The request was cancelled', 'CANCELLED'),
    );
  }

  /** The mode in force, by the last answer of the hub. */
  get mode(): string {
    return this.#view().view?.mode ?? 'normal';
  }

  /** See {@link MultiThrottler.idle}; concerns the requests and permits of this member. */
  async idle(options?: IdleOptions<Id>): Promise<void> {
    const { held = false, rule } = options ?? {};
    if (typeof held !== 'boolean') throw invalidConfig('held', 'true or false', held);
    return this.member.idle(() => {
      const load = this.getLoad(rule);
      return load.waiting === 0 && !(held && load.held > 0);
    });
  }

  /** See {@link MultiThrottler.getLoad}; concerns the requests and permits of this member. */
  getLoad(ruleId?: RuleId<Id>): ThrottlerLoad {
    const member = this.member;
    if (ruleId === undefined) return { waiting: member.waiting.size, held: member.permits.size };
    const rule = String(ruleId);
    return { waiting: member.waiting.list(rule).length, held: member.permits.count(rule) };
  }

  /** Returns how many requests of this member wait, in all classes or in one. */
  getQueueLength(priority?: Priority): number {
    if (priority === undefined) return this.member.waiting.size;
    checkClass(priority);
    const isOf = (each: unknown) => classOf(each) === priority;
    return this.member.waiting.list().filter((request) => isOf(request.priority)).length;
  }

  /** Returns whether a request of this member waits. */
  isRunning(): boolean {
    return this.member.waiting.size > 0;
  }

  /** Returns the counts of this member, and the state of the hub by its last answer. */
  getStats(): HubStats {
    const member = this.member;
    const { view } = this.#view();
    const waiting = (priority: Priority) => this.getQueueLength(priority);
    return {
      peakUtilization: view?.stats.peakUtilization ?? {},
      throttleFactor: view?.stats.throttleFactor ?? 0,
      consecutive429: view?.stats.consecutive429 ?? 0,
      pausedUntil: view?.stats.pausedUntil ?? null,
      timersFired: view?.stats.timersFired ?? 0,
      mode: view?.mode ?? 'normal',
      waiting: { critical: waiting('critical'), normal: waiting('normal'), low: waiting('low') },
      ...member.counts.summary(),
      shared: {
        epoch: member.epoch,
        isHub: member.isHub,
        isConnected: member.isConnected,
        members: view?.members ?? 0,
        late: member.counts.late,
      },
    };
  }

  /**
   * See {@link MultiThrottler.on}. `grant`, `queue`, `reject` and `idle` are those of this member.
   * Further events: {@link HubEvents}.
   */
  on<K extends keyof HubEvents>(event: K, listener: (event: HubEvents[K]) => unknown): () => void {
    if (!EVENTS.includes(event)) throw invalidConfig('event', `one of ${EVENTS.join(', ')}`, event);
    checkFunction('listener', listener);
    return this.member.emitter.add(event, listener as (event: never) => unknown);
  }

  /** See {@link MultiThrottler.clear}; concerns the requests of this member. */
  clear(reason?: unknown, options?: ClearOptions<Id>): number {
    const rule = options?.rule;
    const requests = this.member.waiting.list(rule === undefined ? undefined : String(rule));
    const error = reason ?? new ThrottlerError('The throttle queue was cleared', 'CLEARED');
    for (const request of requests) {
      if (this.member.waiting.withdraw(request, error)) this.member.counts.rejected('CLEARED');
    }
    return requests.length;
  }

  /**
   * Lets the program at the other side of a message port share this throttler: a worker, or a
   * window of Electron, which makes a `portThrottler` of `multi-throttler/tabs` of its side. Until
   * that program ends, this throttler is closed, or the returned function is called. The port is
   * used for nothing else. It keeps no process alive.
   *
   * @throws {InvalidConfigError} it is no `MessagePort`, or is in use
   * @throws {ThrottlerError} of code `CANNOT_SERVE`: this is a `portThrottler` itself
   *
   * @example
   * const { port1, port2 } = new MessageChannel();
   * throttler.serve(port1);
   * worker.postMessage({ port: port2 }, [port2]);
   */
  serve(port: MessagePortLike): () => void {
    return this.member.serve(port);
  }

  /**
   * Rejects the waiting requests of this member, with `reason` or else with
   * {@link ThrottlerClosedError}, and leaves the hub. Resolves when a hub in this program has saved
   * its state and was handed on. Idempotent.
   */
  close(reason?: unknown): Promise<void> {
    return this.member.close(reason);
  }

  /** Returns what consoles and `JSON.stringify` show of the throttler. */
  toJSON(): object {
    const waiting = (priority: Priority) => this.getQueueLength(priority);
    return {
      mode: this.mode,
      waiting: { critical: waiting('critical'), normal: waiting('normal'), low: waiting('low') },
      rules: this.getStatus(),
      epoch: this.member.epoch,
    };
  }

  /** {@link close}, for `using`, where the runtime has `Symbol.dispose`. */
  declare [Symbol.dispose]: () => void;

  /** Returns the last state of the hub, and asks for a newer one if it is old. */
  #view() {
    const member = this.member;
    const { view, age } = member.known.get();
    if (age > OLD && member.isConnected && !this.#isViewAsked) {
      this.#isViewAsked = true;
      const asked = () => {
        this.#isViewAsked = false;
      };
      member.call('view').then(asked, asked);
    }
    return { view, age };
  }

  #named(id: string) {
    // Of equal names the latest counts.
    return this.member.waiting
      .list()
      .reverse()
      .find((request) => request.name === id);
  }

  #allowsDebt(id: string): boolean {
    const rule = findRule(this.member.definition.rules, id);
    return rule !== undefined && 'allowDebt' in rule && rule.allowDebt === true;
  }
}
