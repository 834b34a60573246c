import { Alarm } from './alarm.js';
import type { Timing } from './caller.js';
import { type Answered, Calls } from './calls.js';
import { Dialogue } from './dialogue.js';
import { dueAt } from './due.js';
import type { Lane } from './lanes.js';
import type { Levels } from './levels.js';
import { Link } from './link.js';
import type { SessionOptions, SessionOwner } from './owner.js';
import { evicts } from './refusals.js';
import { Sleep } from './sleep.js';
import type { SharedStats } from './status.js';
import { Stopgap } from './stopgap.js';
import { Turn } from './turn.js';
import type { Message, Request } from './wire.js';

/** A process's part of a ledger: when it calls. */
export class Session {
  readonly #owner: SessionOwner;
  readonly #timing: Timing;
  readonly #link: Link;
  readonly #calls: Calls;
  readonly #dialogue: Dialogue;
  readonly #alarm: Alarm;
  readonly #turn = new Turn();
  readonly #stopgap: Stopgap;
  #isCalling = false;
  /** Whether something has to be said at once. */
  #isUrgent = false;
  #isQueued = false;
  #isClosed = false;
  #lastCall = 0;
  readonly #sleep: Sleep;

  constructor(owner: SessionOwner, options: SessionOptions) {
    this.#owner = owner;
    this.#timing = options.timing;
    this.#sleep = new Sleep(options.timing);
    this.#alarm = new Alarm(this.#timing, () => this.#call());
    this.#stopgap = new Stopgap(owner, this.#timing, () => this.#consider());
    const process = crypto.randomUUID().slice(0, 13);
    this.#link = new Link(
      { ...options, process },
      {
        message: (text) => this.#hear(text),
        connected: () => this.#connected(),
        emit: (event) => {
          owner.emit(event);
          if (event.type === 'disconnect') this.#queue();
        },
      },
    );
    this.#calls = new Calls(owner, this.#link, process, options);
    this.#dialogue = new Dialogue(owner, this.#calls);
    this.#call();
  }

  /** See {@link Link.ready}. */
  get ready(): Promise<void> {
    return this.#link.ready;
  }

  /** To be called before a request is submitted: what is held must not have ended in a sleep. */
  beforeSubmit(): void {
    if (!this.#sleep.hasSlept()) return;
    this.#dialogue.expire(this.#timing.now());
    this.#queue(true);
  }

  /** To be called after a request was submitted. */
  afterSubmit(): void {
    this.#dialogue.needs.submitted();
    if (this.#owner.hasWaiters) this.#queue();
    else if (this.#dialogue.needs.granted()) this.#call();
  }

  /** Asks for more, for a request that would have had to wait and does not. */
  wish(cost: { readonly [rule: string]: unknown }): void {
    this.#dialogue.needs.wish(cost);
    this.#queue(true);
  }

  /**
   * Lends the share to a request that does not wait, while the ledger cannot be reached.
   *
   * @returns the result of the call; undefined if it was not called
   */
  lend<T>(costs: () => Lane['costs'], call: () => T): T | undefined {
    if (this.#isClosed || this.#link.isConnected !== false) return undefined;
    return this.#stopgap.lend(costs(), this.#timing.now(), call);
  }

  /** Tells a usage that the exchange has reported. */
  report(rule: string, used: number): void {
    this.#dialogue.news.report(rule, used);
    this.#queue(true);
  }

  /** Tells the clock of the exchange, if it has changed. */
  clockChanged(): void {
    this.#queue(true);
  }

  /** Pauses rules for all; resolves when the ledger knows. */
  pause(rules: readonly string[], ms: number): Promise<void> {
    this.#queue(true);
    return this.#dialogue.news.pause(rules, ms);
  }

  /** Tells a refusal, or that a request was accepted after one. */
  refusal(isRefusal: boolean, rules: readonly string[] | undefined): void {
    this.#dialogue.news.refusal(this.refusals, isRefusal, rules);
    this.#queue(true);
  }

  /** Returns the last word of the ledger about a rule, and how old it is. */
  levelOf(rule: string): ReturnType<Levels['of']> {
    return this.#dialogue.levels.of(rule, this.#timing.now());
  }

  /** The number of refusals in a row, of all processes. */
  get refusals(): number {
    return this.#dialogue.feedback.refusals;
  }

  get peaks(): { [rule: string]: number } {
    return this.#dialogue.levels.peaks;
  }

  get stats(): SharedStats {
    return {
      epoch: this.#calls.epoch,
      processes: this.#dialogue.processes,
      roundTrip: this.#link.roundTrip,
      scripts: this.#link.scripts,
      byShare: this.#stopgap.granted,
      lapsed: this.#dialogue.holdings.lapsed,
      late: this.#dialogue.holdings.late,
    };
  }

  /** Returns a lower bound of the wait of a request that is not granted at once. */
  get wait(): number {
    if (!this.#link.isConnected) return this.#stopgap.isAllowed ? 0 : Number.POSITIVE_INFINITY;
    const { askAt } = this.#turn;
    return askAt === Number.POSITIVE_INFINITY ? 0 : Math.max(0, askAt - this.#timing.now());
  }

  /** Settles what is held, and ends the session. */
  close(): void {
    if (this.#isClosed) return;
    const now = this.#timing.now();
    this.#dialogue.holdings.expire(now);
    this.#isClosed = true;
    this.#alarm.clear();
    this.#stopgap.close();
    const isIdle = !this.#isCalling && this.#link.isConnected;
    this.#link.close(isIdle ? this.#request(now) : undefined);
  }

  /** Looks in a microtask whether to call, so that requests of one tick make one call. */
  #queue(isUrgent = false): void {
    if (isUrgent) this.#isUrgent = true;
    if (this.#isQueued || this.#isClosed) return;
    this.#isQueued = true;
    queueMicrotask(() => {
      this.#isQueued = false;
      this.#consider();
    });
  }

  /** Calls if the ledger may serve anything that it does not know of. */
  #consider(): void {
    if (this.#isClosed) return;
    const now = this.#timing.now();
    if (this.#link.isConnected === false) this.#stopgap.serve(this.#dialogue.lanes, now);
    if (this.#isCalling) return;
    if (this.#isUrgent || (this.#turn.askAt <= now && this.#owner.hasWaiters)) this.#call();
    else if (this.#dialogue.lanes.some(({ key }) => !this.#turn.isBlocked(key))) this.#call();
    else this.#arm(now);
  }

  #call(): void {
    if (this.#isClosed || this.#isCalling) return;
    this.#isCalling = true;
    this.#isUrgent = false;
    const now = this.#timing.now();
    const request = this.#request(now);
    this.#lastCall = now;
    this.#calls.make(request).then(
      (answered) => {
        this.#isCalling = false;
        if (!this.#isClosed) this.#accept(answered);
      },
      (error: unknown) => {
        this.#isCalling = false;
        if (!this.#isClosed) this.#refused(error);
      },
    );
  }

  /** The ledger cannot be used: nothing waits any longer. */
  #refused(error: unknown): void {
    this.#link.reject(error);
    this.#owner.reject(error);
    this.#turn.reset(this.#timing.now() + 1000);
  }

  #accept(answered: Answered): void {
    const { request, answer } = answered;
    this.beforeSubmit();
    const now = this.#timing.now();
    if (this.#dialogue.accept(answered, now)) this.#isUrgent = true;
    this.#turn.answered(request, answer, now);
    this.#stopgap.heard(this.#calls.rules, answer.n, now);
    // Its next turn is from before a pause or its end.
    if (this.#dialogue.feedback.isOverdue(answer.T)) this.#turn.askFrom(now);
    if (answer.policy === undefined) this.#link.resolve();
    else this.#link.reject(evicts(answer.policy));
    this.#consider();
  }

  #request(now: number): Request {
    this.beforeSubmit();
    return this.#dialogue.request(now, this.#isClosed);
  }

  /** Sets the one timer: to ask again, to settle, to renew permits. */
  #arm(now: number): void {
    if (this.#isClosed || this.#isCalling) return;
    const { hasWaiters } = this.#owner;
    const at = dueAt(this.#dialogue.holdings, {
      now,
      askAt: hasWaiters ? this.#turn.askAt : Number.POSITIVE_INFINITY,
      lastCall: this.#lastCall,
      lease: this.#calls.rules.lease,
      roundTrip: this.#link.roundTrip,
      isBusy: this.#dialogue.needs.isBusy,
      listens: this.#link.listens,
    });
    // Only requests that wait keep a process alive.
    this.#alarm.set(at, now, hasWaiters);
  }

  #hear(text: string): void {
    if (this.#isClosed) return;
    const message: Message = JSON.parse(text);
    const { ep, T, c, pa, rc, f, fr, z } = message;
    this.beforeSubmit();
    const now = this.#timing.now();
    if (c !== undefined && T !== undefined) {
      const isUrgent = this.#dialogue.take(c, ep, now);
      if (isUrgent === undefined) return;
      this.#turn.served(now, this.#owner.hasWaiters);
      this.#queue(isUrgent);
      return;
    }
    const { feedback } = this.#dialogue;
    if (pa !== undefined && T !== undefined) {
      feedback.changed(pa, T, now);
      this.#turn.askFrom(now);
      this.#queue();
    }
    this.#dialogue.exchange.heard(z, now);
    if (f !== undefined && T !== undefined) feedback.refused(f, fr, T, false);
    if (rc !== undefined && this.#dialogue.recall(rc, now)) this.#queue(true);
    if (this.#dialogue.isNew(message)) this.#queue(true);
  }

  #connected(): void {
    if (this.#isClosed) return;
    if (this.#calls.epoch !== 0) this.#queue(true);
  }
}
