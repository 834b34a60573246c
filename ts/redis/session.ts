import { Caller, type Timing } from './caller.js';
import { type Connection, connect, type RedisClient } from './connection.js';
import type { SharedEvents } from './events.js';
import { type Holder, Holdings } from './holdings.js';
import { keyOf, type Lane, lanesOf } from './lanes.js';
import { LedgerClock } from './ledger-clock.js';
import { evicts, refusalOf, unusable } from './refusals.js';
import { SharedRules } from './shared-rules.js';
import type { Answer, Claim, Message, Refusal, Request } from './wire.js';

/** The throttler of a session. */
export interface SessionOwner extends Holder {
  /** Returns what waits: see `MultiThrottler.waitingLanes`. */
  waitingLanes(): (string | number)[];
  readonly hasWaiters: boolean;
  /** Replaces the rules here. */
  adopt(rules: SharedRules): void;
  /** Pauses a rule, or all (`''`), here; negative milliseconds resume. */
  pauseHere(rule: string, ms: number): void;
  emit(event: SharedEvents[keyof SharedEvents]): void;
  /** Rejects everything that waits. */
  reject(error: unknown): void;
}

/** How a session is made. */
export interface SessionOptions {
  readonly client: RedisClient;
  readonly subscriber: RedisClient | undefined;
  readonly key: string;
  readonly rules: SharedRules;
  readonly version: number;
  readonly timeout: number;
  readonly timing: Timing;
}

/** Delays after the first process in turn, as its call serves all. */
const RANK = { first: 15, each: 3 };

/** The time within which what was spent is settled, in leases. */
const SETTLE = 0.5;

/** A process's part of a ledger: when it calls, what it says, and what it does with the answer. */
export class Session {
  readonly #owner: SessionOwner;
  readonly #timing: Timing;
  readonly #process = crypto.randomUUID().slice(0, 13);
  readonly #clock = new LedgerClock();
  readonly #holdings: Holdings;
  readonly #connection: Connection;
  readonly #caller: Caller;
  readonly #ready: Settle;
  readonly ready: Promise<void>;
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
  #isConnected: boolean | undefined;
  /** Lanes that the ledger knows to wait, by class and costs. */
  #blocked = new Set<string>();
  #askAt = Number.POSITIVE_INFINITY;
  #spentSince = false;
  /** The number of grants until more is asked for. */
  #budget = Number.POSITIVE_INFINITY;
  #grants = 0;
  /** Requests in about a second, as the rates of spending are counted. */
  #grantRate = 0;
  #plannedAt = 0;
  /** Amounts that were asked for in vain by requests that do not wait. */
  readonly #wished = new Map<string, number>();
  #timer: unknown;
  #timerAt = Number.POSITIVE_INFINITY;
  #recalled = new Set<string>();
  #reports: [string, number][] = [];
  #pauses: [string, number][] = [];
  #lastCall = 0;
  /** To be called when the ledger knows of the pauses. */
  readonly #callbacks: (() => void)[] = [];
  /** Callbacks of the pauses in the call that is under way. */
  readonly #telling: (() => void)[] = [];
  /** The difference of wall clock and monotonic clock: it jumps while the machine sleeps. */
  #sleep: number;
  processes = 1;
  levels = new Map<string, { left: number; at: number }>();

  constructor(owner: SessionOwner, options: SessionOptions) {
    this.#owner = owner;
    this.#timing = options.timing;
    this.#rules = options.rules;
    this.#version = options.version;
    this.#holdings = new Holdings(owner, this.#clock);
    this.#sleep = Date.now() - options.timing.now();
    let settle = {} as Settle;
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#ready = settle;
    // The program may not look at it.
    this.ready.catch(() => {});
    this.#connection = connect(
      options.client,
      options.subscriber,
      `mt:{${options.key}}`,
      this.#process,
      {
        message: (text) => this.#hear(text),
        connected: () => this.#connected(),
      },
    );
    this.#caller = new Caller(this.#connection, this.#timing, options.timeout, {
      answered: () => this.#answered(),
      failed: (error) => this.#failed(error),
    });
    this.#call();
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
    this.#spentSince = true;
    if (this.#owner.hasWaiters) this.#queue();
    else if (++this.#grants >= this.#budget) {
      this.#budget = Number.POSITIVE_INFINITY;
      this.#call();
    }
  }

  /** Asks for more, for a request that would have had to wait and does not. */
  wish(cost: { readonly [rule: string]: unknown }): void {
    for (const [rule, amount] of Object.entries(cost)) this.#wished.set(rule, Number(amount));
    this.#queue(true);
  }

  /** Tells a usage that the exchange has reported. */
  report(rule: string, used: number): void {
    this.#reports.push([rule, used]);
    this.#queue(true);
  }

  /** Pauses rules for all; resolves when the ledger knows. */
  pause(rules: readonly string[], ms: number): Promise<void> {
    for (const rule of rules) this.#pauses.push([rule, ms]);
    return new Promise((resolve) => {
      this.#callbacks.push(resolve);
      this.#queue(true);
    });
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
      roundTrip: this.#caller.roundTrip,
      scripts: this.#caller.scripts,
      lapsed: this.#holdings.lapsed,
      late: this.#holdings.late,
    };
  }

  /** Returns a lower bound of the wait of a request that is not granted at once. */
  get wait(): number {
    if (!this.#isConnected) return Number.POSITIVE_INFINITY;
    return this.#askAt === Number.POSITIVE_INFINITY
      ? 0
      : Math.max(0, this.#askAt - this.#timing.now());
  }

  /** Settles what is held, and ends the session. */
  close(): void {
    if (this.#isClosed) return;
    const now = this.#timing.now();
    this.#holdings.expire(now);
    this.#isClosed = true;
    this.#timing.clearTimeout(this.#timer);
    const end = () => {
      this.#caller.close();
      this.#connection.close();
    };
    if (this.#isCalling || !this.#isConnected) {
      end();
      return;
    }
    this.#connection.call(JSON.stringify(this.#request(now)), '').then(end, end);
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
    if (this.#isUrgent || (this.#askAt <= now && this.#owner.hasWaiters)) this.#call();
    else if (this.#lanes().some(({ key }) => !this.#blocked.has(key))) this.#call();
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
    const { answer, sent } = await this.#caller.call(request, definitions);
    if (this.#isClosed) return;
    if (answer.need) return this.#exchange(request, this.#rules.text);
    if (answer.rules !== undefined) {
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
      this.#refused(refusalOf(answer, this.#version));
      return;
    }
    this.#accept(request, answer, sent);
  }

  /** The ledger cannot be used: nothing waits any longer. */
  #refused(error: unknown): void {
    this.#ready.reject(error);
    this.#owner.reject(error);
    this.#blocked.clear();
    this.#askAt = this.#timing.now() + 1000;
  }

  #accept(request: Request, answer: Answer & Refusal, sent: number): void {
    const now = this.#timing.now();
    this.#clock.learn(answer.T, sent);
    this.#isFirst = false;
    this.processes = answer.n;
    for (const [rule, left] of answer.lv) this.levels.set(rule, { left, at: now });
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
    this.#pausedBy(answer.pa, now);
    this.#blocked = new Set(request.w.map(([, priority, , costs]) => keyOf(priority, costs)));
    const delay = answer.rank > 0 ? RANK.first + RANK.each * answer.rank : 0;
    this.#askAt =
      answer.again < 0 ? Number.POSITIVE_INFINITY : now + Math.max(answer.again, 2) + delay;
    this.#holdings.take(answer.c, now);
    // The ledger has served each lane that it knew of.
    if (answer.again < 0) this.#blocked.clear();
    if (answer.policy === undefined) this.#ready.resolve();
    else this.#ready.reject(evicts(answer.policy));
    for (const callback of this.#telling.splice(0)) callback();
    if (this.#tells || this.#opensWindow(answer.c)) this.#isUrgent = true;
    this.#plan(now);
    this.#consider();
  }

  /** Plans when to ask for more of what is spent here. */
  #plan(now: number): void {
    const { unspent } = this.#holdings.state(now);
    const faded = this.#grantRate * Math.exp((this.#plannedAt - now) / 1000);
    this.#grantRate = faded + this.#grants;
    this.#plannedAt = now;
    this.#grants = 0;
    let grants = Number.POSITIVE_INFINITY;
    for (const [rule, left] of unspent) {
      const rate = this.#holdings.rateOf(rule);
      if (rate > 0) grants = Math.min(grants, (left / rate) * this.#grantRate);
    }
    this.#budget = Math.max(1, grants / 2);
  }

  /** Whether a claim opens a window, which others wait for: it is settled at once. */
  #opensWindow(claims: readonly Claim[]): boolean {
    return claims.some(([, parts]) => parts.some(([rule]) => this.#rules.find(rule)?.k === 4));
  }

  #request(now: number): Request {
    this.beforeSubmit();
    const settled = this.#holdings.settle(this.#rules, now, (rule) => this.#recalled.has(rule));
    this.#recalled.clear();
    const lanes = this.#lanes();
    const told = this.#tells ? this.#holdings.tell(this.#rules, now) : [];
    this.#tells = false;
    const reports = this.#reports;
    const pauses = this.#pauses;
    this.#reports = [];
    this.#pauses = [];
    this.#telling.push(...this.#callbacks.splice(0));
    const wishes = this.#isClosed ? [] : this.#wishes(lanes, now);
    this.#spentSince = false;
    return {
      p: this.#process,
      n: ++this.#number,
      e: this.#epoch,
      v: this.#version,
      h: this.#rules.hash,
      i: this.#isFirst ? 1 : 0,
      l: this.#connection.listens ? 1 : 0,
      ...settled,
      w: this.#isClosed
        ? []
        : lanes.map(({ lane, priority, count, costs }) => [lane, priority, count, costs]),
      x: wishes,
      k: this.#holdings.arrived(),
      t: told,
      u: reports,
      b: pauses,
    };
  }

  /** Returns the likely need of a lease: as much as was spent in the last second or so. */
  #wishes(lanes: readonly Lane[], now: number): Request['x'] {
    const ceilings = new Map<string, { amount: number; ceiling: number }>();
    for (const { costs } of lanes) {
      for (let i = 0; i < costs.length; i += 3) {
        const [rule, amount, ceiling] = costs.slice(i, i + 3) as [string, number, number];
        const known = ceilings.get(rule);
        ceilings.set(rule, {
          amount: Math.max(known?.amount ?? 0, amount),
          ceiling: Math.min(known?.ceiling ?? ceiling, ceiling),
        });
      }
    }
    for (const [rule, amount] of this.#wished) {
      const ceiling = this.#ceilings.get(rule) ?? this.#rules.find(rule)?.l;
      if (ceiling !== undefined) ceilings.set(rule, { amount, ceiling });
    }
    this.#wished.clear();
    const { unspent } = this.#holdings.state(now);
    const wishes: [string, number, number][] = [];
    const rules = new Set([
      ...ceilings.keys(),
      ...(this.#spentSince ? this.#holdings.busyRules : []),
    ]);
    for (const rule of rules) {
      if (this.#rules.hasPermits(rule)) continue;
      const rate = (this.#holdings.rateOf(rule) * this.#rules.lease) / 1000;
      const { amount = 0, ceiling = this.#ceilings.get(rule) } = ceilings.get(rule) ?? {};
      if (ceiling === undefined) continue;
      this.#ceilings.set(rule, ceiling);
      const wanted = Math.ceil(1.25 * Math.max(rate, amount)) - (unspent.get(rule) ?? 0);
      if (wanted > 0) wishes.push([rule, wanted, ceiling]);
    }
    return wishes;
  }

  /** The last ceiling of each rule, by which spares are asked for when nothing waits. */
  readonly #ceilings = new Map<string, number>();

  #lanes(): Lane[] {
    return this.#owner.hasWaiters ? lanesOf(this.#owner.waitingLanes()) : [];
  }

  /** Sets the one timer: to ask again, to settle, to renew permits. */
  #arm(now: number): void {
    if (this.#isClosed || this.#isCalling) return;
    const { lease } = this.#rules;
    let at = this.#owner.hasWaiters ? this.#askAt : Number.POSITIVE_INFINITY;
    const { end, isUnsettled } = this.#holdings.state(now);
    if (end < Number.POSITIVE_INFINITY) {
      // A busy process asks ahead of the end; an idle one returns the rest at it.
      const ahead = this.#spentSince ? 2 * Math.min(this.#caller.roundTrip, 50) + 5 : 0;
      at = Math.min(at, Math.max(end - ahead, now + 5));
    } else if (isUnsettled) at = Math.min(at, this.#lastCall + lease * SETTLE);
    // Nothing else tells of a loss where no messages arrive.
    if (!this.#connection.listens && this.#holdings.hasSpent(now)) {
      at = Math.min(at, this.#lastCall + lease * SETTLE);
    }
    if (this.#holdings.hasPermits) at = Math.min(at, this.#lastCall + lease / 3);
    if (at === this.#timerAt) return;
    this.#timing.clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#timing.setTimeout(
      () => {
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.#call();
      },
      Math.min(Math.max(0, at - now), 2 ** 31 - 1),
    );
    // Only requests that wait keep a process alive.
    if (!this.#owner.hasWaiters) (this.#timer as { unref?(): void } | undefined)?.unref?.();
  }

  #hear(text: string): void {
    if (this.#isClosed) return;
    const { ep, T, c, pa, rc, v }: Message = JSON.parse(text);
    this.beforeSubmit();
    const now = this.#timing.now();
    if (c !== undefined && T !== undefined) {
      if (ep !== this.#epoch || !this.#clock.isKnown) return;
      this.#holdings.take(c, now);
      // Requests that still wait are blocked; the next call asks until when.
      const delay = RANK.first * (1 + Math.random());
      this.#askAt = this.#owner.hasWaiters ? now + delay : Number.POSITIVE_INFINITY;
      this.#queue(this.#opensWindow(c));
      return;
    }
    if (pa !== undefined) {
      this.#pausedBy(pa, now);
      this.#askAt = now;
      this.#queue();
    }
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

  #pausedBy(pauses: Answer['pa'], now: number): void {
    for (const [rule, until] of pauses) {
      const ms = until === 0 ? -1 : this.#clock.isKnown ? this.#clock.toLocal(until, now) - now : 0;
      if (until === 0 || ms > 0) this.#owner.pauseHere(rule, ms);
    }
  }

  #connected(): void {
    if (this.#isClosed) return;
    this.#caller?.retry();
    if (this.#epoch !== 0) this.#queue(true);
  }

  #answered(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#owner.emit({ type: 'connect' });
  }

  #failed(error: unknown): void {
    const refusal = unusable(error);
    if (refusal !== undefined) this.#ready.reject(refusal);
    if (this.#isConnected === false) return;
    this.#isConnected = false;
    this.#owner.emit({ type: 'disconnect', error });
  }
}

/** The functions of a promise. */
interface Settle {
  resolve(): void;
  reject(error: unknown): void;
}
