import { Alarm } from './alarm.js';
import type { Timing } from './caller.js';
import { Holdings } from './holdings.js';
import { type Lane, lanesOf } from './lanes.js';
import { LedgerClock } from './ledger-clock.js';
import { type Level, Levels } from './levels.js';
import { Link } from './link.js';
import { Needs } from './needs.js';
import { News } from './news.js';
import type { SessionOptions, SessionOwner } from './owner.js';
import { evicts, refusalOf } from './refusals.js';
import { SharedRules } from './shared-rules.js';
import { Turn } from './turn.js';
import type { Answer, Claim, Message, Refusal, Request } from './wire.js';

/** The time within which what was spent is settled, in leases. */
const SETTLE = 0.5;

/** A process's part of a ledger: when it calls, what it says, and what it does with the answer. */
export class Session {
  readonly #owner: SessionOwner;
  readonly #timing: Timing;
  readonly #process = crypto.randomUUID().slice(0, 13);
  readonly #clock = new LedgerClock();
  readonly #holdings: Holdings;
  readonly #needs: Needs;
  readonly #news = new News();
  readonly #levels = new Levels();
  readonly #link: Link;
  readonly #alarm: Alarm;
  readonly #turn = new Turn();
  #rules: SharedRules;
  #version: number;
  #number = 0;
  #epoch = 0;
  /** Whether the ledger has to be told what was spent, as it was lost. */
  #tells = false;
  #isCalling = false;
  /** Whether something has to be said at once. */
  #isUrgent = false;
  #isFirst = true;
  #isQueued = false;
  #isClosed = false;
  #recalled = new Set<string>();
  #lastCall = 0;
  /** The difference of wall clock and monotonic clock: it jumps while the machine sleeps. */
  #sleep: number;
  processes = 1;
  /** The instants of the ledger at which it told the pause of each rule last. */
  readonly #pausesAt = new Map<string, number>();
  /** The latest instant of the ledger at which it told a change of pauses by a message. */
  #changedAt = 0;
  /** The instant of the ledger at which it told the number of refusals last. */
  #rowAt = 0;
  /** The number of refusals in a row, of all processes. */
  refusals = 0;

  constructor(owner: SessionOwner, options: SessionOptions) {
    this.#owner = owner;
    this.#timing = options.timing;
    this.#rules = options.rules;
    this.#version = options.version;
    this.#holdings = new Holdings(owner, this.#clock);
    this.#needs = new Needs(this.#holdings);
    this.#sleep = Date.now() - options.timing.now();
    this.#alarm = new Alarm(this.#timing, () => this.#call());
    this.#link = new Link(
      { ...options, process: this.#process },
      {
        message: (text) => this.#hear(text),
        connected: () => this.#connected(),
        emit: (event) => owner.emit(event),
      },
    );
    this.#call();
  }

  /** See {@link Link.ready}. */
  get ready(): Promise<void> {
    return this.#link.ready;
  }

  /** To be called before a request is submitted: what is held must not have ended in a sleep. */
  beforeSubmit(): void {
    const difference = Date.now() - this.#timing.now();
    if (Math.abs(difference - this.#sleep) < 50) return;
    this.#sleep = difference;
    this.#holdings.expire(this.#timing.now());
    this.#clock.forget();
    this.#queue(true);
  }

  /** To be called after a request was submitted. */
  afterSubmit(): void {
    this.#needs.submitted();
    if (this.#owner.hasWaiters) this.#queue();
    else if (this.#needs.granted()) this.#call();
  }

  /** Asks for more, for a request that would have had to wait and does not. */
  wish(cost: { readonly [rule: string]: unknown }): void {
    this.#needs.wish(cost);
    this.#queue(true);
  }

  /** Tells a usage that the exchange has reported. */
  report(rule: string, used: number): void {
    this.#news.report(rule, used);
    this.#queue(true);
  }

  /** Pauses rules for all; resolves when the ledger knows. */
  pause(rules: readonly string[], ms: number): Promise<void> {
    this.#queue(true);
    return this.#news.pause(rules, ms);
  }

  /** Tells a refusal, or that a request was accepted after one. */
  refusal(isRefusal: boolean, rules: readonly string[] | undefined): void {
    this.#news.refusal(this.refusals, isRefusal, rules);
    this.#queue(true);
  }

  /** What the ledger has told of a rule, and how old that is. */
  levelOf(rule: string): (Level & { readonly age: number }) | undefined {
    const level = this.#levels.of(rule);
    return level && { ...level, age: this.#timing.now() - level.at };
  }

  get peaks(): { [rule: string]: number } {
    return this.#levels.peaks;
  }

  get stats(): {
    epoch: number;
    processes: number;
    roundTrip: number;
    scripts: number;
    lapsed: number;
    late: number;
  } {
    return {
      epoch: this.#epoch,
      processes: this.processes,
      roundTrip: this.#link.roundTrip,
      scripts: this.#link.scripts,
      lapsed: this.#holdings.lapsed,
      late: this.#holdings.late,
    };
  }

  /** Returns a lower bound of the wait of a request that is not granted at once. */
  get wait(): number {
    if (!this.#link.isConnected) return Number.POSITIVE_INFINITY;
    const { askAt } = this.#turn;
    return askAt === Number.POSITIVE_INFINITY ? 0 : Math.max(0, askAt - this.#timing.now());
  }

  /** Settles what is held, and ends the session. */
  close(): void {
    if (this.#isClosed) return;
    const now = this.#timing.now();
    this.#holdings.expire(now);
    this.#isClosed = true;
    this.#alarm.clear();
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
    if (this.#isCalling) return;
    const now = this.#timing.now();
    if (this.#isUrgent || (this.#turn.askAt <= now && this.#owner.hasWaiters)) this.#call();
    else if (this.#lanes().some(({ key }) => !this.#turn.isBlocked(key))) this.#call();
    else this.#arm(now);
  }

  #call(): void {
    if (this.#isClosed || this.#isCalling) return;
    this.#isCalling = true;
    this.#isUrgent = false;
    const now = this.#timing.now();
    const request = this.#request(now);
    this.#lastCall = now;
    this.#exchange(request, this.#epoch === 0 ? this.#rules.text : '');
  }

  async #exchange(request: Request, definitions: string): Promise<void> {
    const { answer, sent } = await this.#link.call(request, definitions);
    if (this.#isClosed) return;
    if (answer.need) return this.#exchange(request, this.#rules.text);
    if (answer.rules !== undefined && answer.err === undefined) {
      this.#rules = new SharedRules(answer.rules);
      this.#version = answer.v ?? 0;
      this.#owner.adopt(this.#rules);
      this.#owner.emit({ type: 'rules', version: this.#version });
      request.v = this.#version;
      request.h = this.#rules.hash;
      return this.#exchange(request, '');
    }
    this.#isCalling = false;
    if (answer.err !== undefined) {
      this.#refused(refusalOf(answer, this.#rules, this.#version));
      return;
    }
    this.#accept(request, answer, sent);
  }

  /** The ledger cannot be used: nothing waits any longer. */
  #refused(error: unknown): void {
    this.#link.reject(error);
    this.#owner.reject(error);
    this.#turn.reset(this.#timing.now() + 1000);
  }

  #accept(request: Request, answer: Answer & Refusal, sent: number): void {
    const now = this.#timing.now();
    this.#clock.learn(answer.T, sent);
    this.#isFirst = false;
    this.processes = answer.n;
    const isLost = answer.ep !== this.#epoch;
    if (isLost) {
      this.#tells = this.#epoch !== 0;
      if (this.#tells) {
        this.#holdings.drop(now);
        this.#owner.emit({ type: 'epoch', recovery: answer.rec });
      }
      this.#epoch = answer.ep;
    } else {
      this.#holdings.acknowledge(request.k, now);
    }
    if (isLost) {
      this.#pausesAt.clear();
      this.#changedAt = 0;
    }
    this.#pausedBy(answer.pa, answer.T, now);
    this.#refusedBy(answer.f, answer.fr, answer.T, this.#tells);
    this.#turn.answered(request, answer, now);
    // What it says of the next turn is from before a pause or its end.
    if (answer.T < this.#changedAt) this.#turn.askFrom(now);
    this.#holdings.take(answer.c, now);
    this.#learn(answer.lv, now);
    if (answer.policy === undefined) this.#link.resolve();
    else this.#link.reject(evicts(answer.policy));
    this.#news.told();
    if (this.#tells || this.#blocksOthers(answer.c)) this.#isUrgent = true;
    this.#needs.plan(now);
    this.#consider();
  }

  /** Whether others wait for the settlement of a claim: it is settled at once. */
  #blocksOthers(claims: readonly Claim[]): boolean {
    return claims.some(([, parts]) => parts.some(([rule]) => this.#rules.blocksOthers(rule)));
  }

  #learn(levels: Answer['lv'], now: number): void {
    const own = this.#holdings.open(now);
    for (const crossed of this.#levels.learn(this.#rules, levels, own, now)) {
      this.#owner.emit({ type: 'threshold', ...crossed });
    }
  }

  #request(now: number): Request {
    this.beforeSubmit();
    const settled = this.#holdings.settle(this.#rules, now, (rule) => this.#recalled.has(rule));
    this.#recalled.clear();
    const lanes = this.#lanes();
    const told = this.#tells ? this.#holdings.tell(this.#rules, now) : [];
    this.#tells = false;
    const wishes = this.#isClosed ? [] : this.#needs.wishes(this.#rules, lanes, now);
    return {
      p: this.#process,
      n: ++this.#number,
      e: this.#epoch,
      v: this.#version,
      h: this.#rules.hash,
      i: this.#isFirst ? 1 : 0,
      l: this.#link.listens ? 1 : 0,
      ...settled,
      w: this.#isClosed
        ? []
        : lanes.map(({ lane, level, count, costs }) => [lane, level, count, costs]),
      x: wishes,
      k: this.#holdings.arrived(),
      t: told,
      ...this.#news.take(),
    };
  }

  #lanes(): Lane[] {
    return this.#owner.hasWaiters ? lanesOf(this.#owner.waitingLanes()) : [];
  }

  /** Sets the one timer: to ask again, to settle, to renew permits. */
  #arm(now: number): void {
    if (this.#isClosed || this.#isCalling) return;
    const { lease } = this.#rules;
    let at = this.#owner.hasWaiters ? this.#turn.askAt : Number.POSITIVE_INFINITY;
    const { end, isUnsettled } = this.#holdings.state(now);
    if (end < Number.POSITIVE_INFINITY) {
      // A busy process asks ahead of the end; an idle one returns the rest at it.
      const ahead = this.#needs.isBusy ? 2 * Math.min(this.#link.roundTrip, 50) + 5 : 0;
      at = Math.min(at, Math.max(end - ahead, now + 5));
    } else if (isUnsettled) at = Math.min(at, this.#lastCall + lease * SETTLE);
    // Nothing else tells of a loss where no messages arrive.
    if (!this.#link.listens && this.#holdings.hasSpent(now)) {
      at = Math.min(at, this.#lastCall + lease * SETTLE);
    }
    if (this.#holdings.hasPermits) at = Math.min(at, this.#lastCall + lease / 3);
    // Only requests that wait keep a process alive.
    this.#alarm.set(at, now, this.#owner.hasWaiters);
  }

  #hear(text: string): void {
    if (this.#isClosed) return;
    const { ep, T, c, pa, rc, v, f, fr }: Message = JSON.parse(text);
    this.beforeSubmit();
    const now = this.#timing.now();
    if (c !== undefined && T !== undefined) {
      if (ep !== this.#epoch || !this.#clock.isKnown) return;
      this.#holdings.take(c, now);
      this.#turn.served(now, this.#owner.hasWaiters);
      this.#queue(this.#blocksOthers(c));
      return;
    }
    if (pa !== undefined && T !== undefined) {
      this.#pausedBy(pa, T, now);
      this.#changedAt = Math.max(this.#changedAt, T);
      this.#turn.askFrom(now);
      this.#queue();
    }
    if (f !== undefined && T !== undefined) this.#refusedBy(f, fr, T, false);
    if (rc !== undefined) {
      const { unspent } = this.#holdings.state(now);
      for (const rule of rc) if (unspent.has(rule)) this.#recalled.add(rule);
      if (this.#recalled.size > 0) this.#queue(true);
    }
    // A new epoch, or new rules.
    if ((ep !== undefined && ep !== this.#epoch) || (v !== undefined && v !== this.#version)) {
      this.#queue(true);
    }
  }

  /** @param at the instant of the ledger: answers and messages overtake each other */
  #pausedBy(pauses: Answer['pa'], at: number, now: number): void {
    for (const [rule, until] of pauses) {
      if (at < (this.#pausesAt.get(rule) ?? 0)) continue;
      this.#pausesAt.set(rule, at);
      const ms = until === 0 ? -1 : this.#clock.isKnown ? this.#clock.toLocal(until, now) - now : 0;
      if (until === 0 || ms > 0) this.#owner.pauseHere(rule, ms);
    }
  }

  /**
   * @param at the instant of the ledger: answers and messages overtake each other
   * @param isLost whether the ledger was lost, and with it the number
   */
  #refusedBy(count: number, rules: string | undefined, at: number, isLost: boolean): void {
    if (at < this.#rowAt && !isLost) return;
    this.#rowAt = at;
    const isNew = count !== this.refusals && !isLost;
    this.refusals = count;
    if (isNew) this.#owner.refusedHere(count, rules === undefined ? undefined : JSON.parse(rules));
  }

  #connected(): void {
    if (this.#isClosed) return;
    if (this.#epoch !== 0) this.#queue(true);
  }
}
