import type {
  AcquireOptions,
  AnyRule,
  HeaderReader,
  MultiThrottler,
  PauseOptions,
  Permit,
  Report,
  RequestPriority,
  ResumeOptions,
  RuleId,
  RuleStatus,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerEvents,
  ThrottlerListener,
  ThrottlerStats,
} from '../index.js';
import { timingOf } from './caller.js';
import { type SharedEvents, type SharedListener, SharedListeners } from './events.js';
import { FixedRules } from './fixed-rules.js';
import { costsOf } from './lanes.js';
import { listening } from './listening.js';
import type { SessionOwner, SharedSetup } from './owner.js';
import { FOREVER, KnownPauses } from './pauses.js';
import { followRow } from './row.js';
import { Session } from './session.js';
import { heldRule, type SharedRules } from './shared-rules.js';
import {
  type SharedRuleStatus,
  type SharedStats,
  type SharedStatus,
  showShared,
} from './status.js';

/**
 * A throttler whose limits are shared with other processes, made by {@link sharedThrottler}. It is
 * used like a {@link MultiThrottler}, apart from this:
 *
 * - A request is granted at once if what this process holds covers it, else with an answer of the
 *   ledger.
 * - `tryThrottle` and `tryAcquire` take from what is held here, or from a share while the ledger
 *   does not answer. Where they fail, more is asked for.
 * - `estimateWait` is a lower bound by the last answer, and `Infinity` while the ledger does not
 *   answer.
 * - `pause` and `resume` are for all processes, and so are refusals and bans that are reported.
 * - Rules are changed by a higher `version` of {@link sharedThrottler}, so that `addRule`,
 *   `updateRule`, `removeRule`, `setTokens`, `addTokens` and `reset` throw an error of code
 *   `NOT_SHARED`, and so does `restore`, as the ledger is the memory.
 */
export class SharedThrottler<Id extends string = string> extends FixedRules<Id> {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static override readonly name: string = 'SharedThrottler';

  readonly #session: Session | undefined;
  readonly #listeners = new SharedListeners();
  readonly #rules: readonly AnyRule[];
  readonly #ownReader: HeaderReader | undefined;
  readonly #wallNow: () => number;
  #shared: SharedRules;
  readonly #pauses = new KnownPauses();

  /**
   * Resolves when the ledger has answered for the first time. Rejects if the server cannot be used:
   * it refuses the password or a command, is too old, has no memory left or may evict the ledger,
   * or other processes have other rules. Without a server it does not settle; requests wait, and a
   * later server serves them.
   */
  readonly ready: Promise<void>;

  /** Whether others share the rules: not without a client. */
  readonly isShared: boolean;

  /** @internal */
  constructor({ rules, shared, config, session }: SharedSetup) {
    const { headers } = config;
    const tell = (rule: string, used: number) => {
      if (this !== undefined) this.#reported(rule, used);
    };
    const reader = headers && listening(headers, tell);
    super(
      (session === undefined ? rules : shared.definitions.map(heldRule)) as AnyRule<Id>[],
      session === undefined ? config : { ...config, headers: reader },
    );
    this.#rules = rules;
    this.#shared = shared;
    this.#ownReader = reader;
    this.#wallNow = () => config.clock?.wallNow() ?? Date.now();
    this.isShared = session !== undefined;
    if (session === undefined) {
      this.ready = Promise.resolve();
      return;
    }
    const options = { ...session, rules: shared, timing: timingOf(config.clock) };
    this.#session = new Session(this.#owner(), options);
    this.ready = this.#session.ready;
    super.on('pause', ({ rules, until }) => this.#share(rules, until));
  }

  #owner(): SessionOwner {
    const throttler = this;
    return {
      hold: (list) => this.hold(list),
      heldClaims: () => this.heldClaims(),
      waitingLanes: () => this.waitingLanes(),
      get hasWaiters() {
        return throttler.hasWaiters;
      },
      get clockOffset() {
        return throttler.snapshotPart(0, 0)?.clockOffset ?? 0;
      },
      wallNow: () => this.#wallNow(),
      setClock: (unix) => super.syncClock(unix),
      adopt: (rules) => this.#adopt(rules),
      pauseHere: (rule, ms) => this.#pauseHere(rule, ms),
      refusedHere: (count, rules) => this.#refusedHere(count, rules),
      emit: (event) => this.#listeners.emit(event),
      reject: (error) => void this.clear(error),
    };
  }

  override throttle(cost: ThrottleCost<Id>, options?: ThrottleOptions): Promise<void> {
    const session = this.#session;
    if (session === undefined) return super.throttle(cost, options);
    session.beforeSubmit();
    const promise = super.throttle(cost, options);
    session.afterSubmit();
    return promise;
  }

  override acquire(cost: ThrottleCost<Id>, options?: AcquireOptions): Promise<Permit> {
    const session = this.#session;
    if (session === undefined) return super.acquire(cost, options);
    session.beforeSubmit();
    const promise = super.acquire(cost, options);
    session.afterSubmit();
    return promise;
  }

  override tryThrottle(
    cost: ThrottleCost<Id>,
    options?: Pick<ThrottleOptions, 'priority'>,
  ): boolean {
    return this.#try(cost, options, () => super.tryThrottle(cost, options) || undefined) ?? false;
  }

  override tryAcquire(
    cost: ThrottleCost<Id>,
    options?: Pick<ThrottleOptions, 'priority'>,
  ): Permit | undefined {
    return this.#try(cost, options, () => super.tryAcquire(cost, options));
  }

  /** Takes from claims, else from the share; where both fail, more is asked for. */
  #try<T>(
    cost: ThrottleCost<Id>,
    options: Pick<ThrottleOptions, 'priority'> | undefined,
    take: () => T | undefined,
  ): T | undefined {
    const session = this.#session;
    if (session === undefined) return take();
    session.beforeSubmit();
    const taken = take() ?? session.lend(() => costsOf(cost, options?.priority, this), take);
    if (taken !== undefined) session.afterSubmit();
    else session.wish(cost);
    return taken;
  }

  override setPriority(id: string, priority: RequestPriority): boolean {
    const isMoved = super.setPriority(id, priority);
    if (isMoved) this.#session?.afterSubmit();
    return isMoved;
  }

  override estimateWait(
    cost: ThrottleCost<Id>,
    options?: Pick<ThrottleOptions, 'priority'>,
  ): number {
    const wait = super.estimateWait(cost, options);
    return this.#session === undefined || wait === 0 ? wait : this.#session.wait;
  }

  /**
   * Returns the status of each rule: `tokens` is what is left for all processes by the last answer
   * that told, or the limit where none has.
   */
  override getStatus(): SharedStatus<Id> {
    const status = super.getStatus();
    const session = this.#session;
    const rules = Object.entries<RuleStatus & Partial<SharedRuleStatus>>(status);
    for (const [id, rule] of rules) {
      const capacity = this.#shared.find(id)?.l;
      showShared(rule, session && { capacity, level: session.levelOf(id) });
    }
    return status as SharedStatus<Id>;
  }

  override getRule(ruleId: RuleId<Id>): AnyRule | undefined {
    if (this.#session === undefined) return super.getRule(ruleId);
    const id = this.#shared.find(String(ruleId))?.id;
    return this.#rules.find((rule) => rule.id === id);
  }

  override getStats(): ThrottlerStats & { shared?: SharedStats } {
    const stats = super.getStats();
    if (this.#session === undefined) return stats;
    const peakUtilization = { ...stats.peakUtilization, ...this.#session.peaks };
    return { ...stats, peakUtilization, shared: this.#session.stats };
  }

  override on<K extends keyof ThrottlerEvents>(
    event: K,
    listener: ThrottlerListener<K>,
  ): () => void;
  override on<K extends keyof SharedEvents>(event: K, listener: SharedListener<K>): () => void;
  override on(event: string, listener: (event: never) => unknown): () => void {
    const isOwn = event === 'threshold' ? this.#session !== undefined : this.#listeners.has(event);
    if (typeof listener === 'function' && isOwn && this.#listeners.has(event)) {
      return this.#listeners.add(event, listener);
    }
    return super.on(event as 'grant', listener as ThrottlerListener<'grant'>);
  }

  override syncUsage(
    usage: Readonly<ThrottleCost<Id>>,
    options?: { exact?: boolean | undefined },
  ): void {
    super.syncUsage(usage, options);
    for (const [rule, used] of Object.entries(usage)) this.#reported(rule, Number(used));
  }

  override syncClock(serverUnixMs: number, options?: { roundTrip?: number | undefined }): void {
    super.syncClock(serverUnixMs, options);
    this.#session?.clockChanged();
  }

  override report(report: Report<Id>): void {
    const session = this.#session;
    const reader = report?.reader;
    if (session === undefined) {
      super.report(report);
      return;
    }
    const isOwn = reader === undefined || reader === this.#ownReader;
    const heard = isOwn ? undefined : listening(reader, (rule, used) => this.#reported(rule, used));
    // Success is told only if it ends a row of refusals.
    const isNews = session.refusals > 0 || !(report?.status < 400);
    const before = isNews ? super.getStats().consecutive429 : 0;
    try {
      super.report(heard === undefined ? report : { ...report, reader: heard });
    } finally {
      const after = isNews ? super.getStats().consecutive429 : 0;
      if (after > before) session.refusal(true, report.rules);
      else if (after < before) session.refusal(false, undefined);
    }
  }

  #refusedHere(count: number, rules: readonly string[] | undefined): void {
    const known = rules?.filter((id) => this.#shared.find(id) !== undefined);
    followRow(count, known, this.#pauses, {
      stats: () => super.getStats(),
      report: (report) => super.report(report as Report<Id>),
    });
  }

  /** Pauses rules in all processes. Resolves when the ledger knows. */
  override pause(options?: PauseOptions<Id>): Promise<void> {
    super.pause(options);
    return this.#pauseForAll(options?.rules, options?.ms ?? FOREVER);
  }

  /** Resumes rules in all processes. Resolves when the ledger knows. */
  override resume(options?: ResumeOptions<Id>): Promise<void> {
    super.resume(options);
    this.#pauses.clear();
    return this.#pauseForAll(options?.rules, -1);
  }

  #pauseForAll(rules: readonly string[] | undefined, ms: number): Promise<void> {
    if (this.#session === undefined) return Promise.resolve();
    const ids = rules ?? [''];
    // The event of this pause says nothing new.
    for (const id of ids) this.#pauses.add(id, Date.now() + ms);
    return this.#session.pause(ids, Math.min(ms, FOREVER));
  }

  /** Tells other processes of a pause that a refusal, a ban or a call has made here. */
  #share(rules: readonly string[] | undefined, until: number): void {
    const ms = Math.min(until - Date.now(), FOREVER);
    const news = this.#pauses.addNew(rules ?? [''], until);
    if (news.length > 0 && ms > 0) void this.#session?.pause(news, ms);
  }

  #pauseHere(rule: string, ms: number): void {
    const rules = rule === '' ? undefined : [rule as RuleId<Id>];
    if (ms < 0) {
      this.#pauses.delete(rule);
      super.resume({ rules });
      return;
    }
    this.#pauses.add(rule, Date.now() + ms);
    super.pause({ rules, ms: ms >= FOREVER / 2 ? undefined : ms });
  }

  #reported(rule: string, used: number): void {
    if (this.#shared.find(rule) !== undefined) this.#session?.report(rule, used);
  }

  #adopt(rules: SharedRules): void {
    this.replaceRules(this.#shared, rules);
    this.#shared = rules;
  }

  override close(reason?: unknown): void {
    this.#session?.close();
    super.close(reason);
  }
}
