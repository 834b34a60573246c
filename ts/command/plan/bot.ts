/** The simulated bot: it makes the requests of its jobs, on virtual time. */

import {
  type MultiThrottler,
  type Permit,
  type ThrottleCost,
  ThrottlerError,
} from '../../index.js';
import { Holding } from './holding.js';
import type { Server, Verdict } from './server.js';
import type { VirtualClock } from './virtual-clock.js';
import { Waits } from './waits.js';
import type { Job } from './workload.js';

/** Times that a request is sent before the bot gives it up. */
const ATTEMPTS = 4;

/** Figures of a job. */
export class Tally {
  readonly waits = new Waits();
  readonly holding = new Holding();
  asked = 0;
  /** Requests that the exchange accepted. */
  done = 0;
  /** Polls that were left out, as the one before still waited. */
  skipped = 0;
  /** Refusals of the exchange. */
  refused = 0;
  /** Requests that the throttler rejected, by the code of its error. */
  readonly rejected = new Map<string, number>();
  /** The error of a request that can never be granted. */
  impossible: string | undefined;
  /** Requests that waited longer than the bound. */
  late = 0;
  /** Requests that wait, in the order in which they were made (ms). */
  readonly waiting = new Set<{ readonly since: number }>();
}

export interface BotOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly latency: readonly [least: number, most: number];
  /** Instant after which no requests are made, ms. */
  readonly end: number;
  /** Wait from which on a request is late, ms. */
  readonly bound: number;
}

/** A request on its way. */
interface Call {
  readonly job: Job;
  readonly tally: Tally;
  readonly cost: ThrottleCost;
  readonly since: number;
  readonly attempt: number;
}

/** The requests of all jobs at one exchange. */
export class Bot {
  readonly #throttler: MultiThrottler;
  readonly #server: Server;
  readonly #o: BotOptions;
  /** Number of requests that wait for the throttler. */
  waiting = 0;

  constructor(throttler: MultiThrottler, server: Server, options: BotOptions) {
    this.#throttler = throttler;
    this.#server = server;
    this.#o = options;
  }

  /** Schedules the requests of a job. */
  start(job: Job): Tally {
    const tally = new Tally();
    const { costs, spec } = job;
    costs.forEach((cost, i) => {
      if (spec.every === undefined) this.#arrivals(job, tally, cost, i);
      else this.#polls(job, tally, cost, spec.spread ? (i / costs.length) * spec.every : 0);
    });
    return tally;
  }

  /** Polls at regular times. A poll is left out while one of the same requester waits. */
  #polls(job: Job, tally: Tally, cost: ThrottleCost, first: number): void {
    const { every = 0, burst } = job.spec;
    const { clock, end } = this.#o;
    const own = { waiting: 0 };
    let polls = 0;
    const poll = () => {
      tally.asked += burst;
      if (own.waiting > 0) tally.skipped += burst;
      else for (let i = 0; i < burst; i += 1) this.#request(job, tally, cost, own);
      polls += 1;
      // Multiples, as sums of fractions would drift.
      const next = first + polls * every;
      if (next < end) clock.setTimeout(poll, next - clock.now());
    };
    clock.setTimeout(poll, first);
  }

  /** Makes requests at a mean rate, whatever has become of those before. */
  #arrivals(job: Job, tally: Tally, cost: ThrottleCost, index: number): void {
    const { burst, arrivals } = job.spec;
    const { clock, end, random } = this.#o;
    const mean = burst / job.rate;
    const gap = () => (arrivals === 'even' ? mean : -Math.log(1 - random()) * mean);
    const arrive = () => {
      tally.asked += burst;
      for (let i = 0; i < burst; i += 1) this.#request(job, tally, cost, { waiting: 0 });
      schedule(gap());
    };
    const schedule = (ms: number) => {
      if (clock.now() + ms < end) clock.setTimeout(arrive, ms);
    };
    schedule(arrivals === 'even' ? (mean * index) / job.costs.length : gap());
  }

  #request(job: Job, tally: Tally, cost: ThrottleCost, own: { waiting: number }): void {
    const call = { job, tally, cost, since: this.#o.clock.now(), attempt: 1 };
    this.#ask(call, own);
  }

  /** Sends a request as soon as the throttler grants it. */
  #ask(call: Call, own = { waiting: 0 }): void {
    const { tally, cost, job } = call;
    const { priority } = job.spec;
    let permit: Permit | undefined;
    try {
      permit = this.#throttler.tryAcquire(cost, { priority });
    } catch (error) {
      this.#reject(call, error);
      return;
    }
    if (permit) {
      this.#send(call, permit);
      return;
    }
    tally.holding.observe(this.#throttler, cost, priority, this.waiting);
    tally.waiting.add(call);
    own.waiting += 1;
    this.waiting += 1;
    const settled = () => {
      tally.waiting.delete(call);
      own.waiting -= 1;
      this.waiting -= 1;
    };
    this.#throttler.acquire(cost, { priority }).then(
      (granted) => {
        settled();
        this.#send(call, granted);
      },
      (error: unknown) => {
        settled();
        this.#reject(call, error);
      },
    );
  }

  #reject({ tally }: Call, error: unknown): void {
    if (!(error instanceof ThrottlerError)) throw error;
    if (error.code === 'CLOSED') return;
    if (error.code === 'QUEUE_OVERFLOW')
      tally.rejected.set(error.code, (tally.rejected.get(error.code) ?? 0) + 1);
    else tally.impossible = error.message;
  }

  #send(call: Call, permit: Permit): void {
    const { clock } = this.#o;
    const granted = clock.now();
    clock.setTimeout(() => {
      const verdict = this.#server.arrive(call.cost, clock.wallNow());
      const { tally } = call;
      if (verdict) tally.refused += 1;
      else {
        tally.done += 1;
        const wait = granted - call.since;
        tally.waits.add(wait);
        if (wait > this.#o.bound) tally.late += 1;
      }
      const answered = clock.wallNow();
      clock.setTimeout(() => this.#receive(call, permit, verdict, answered), this.#travel());
    }, this.#travel());
  }

  #receive(call: Call, permit: Permit, verdict: Verdict, answered: number): void {
    const { profile } = call.job.venue;
    const date = new Date(answered).toUTCString();
    if (verdict === undefined) {
      this.#server.leave(call.cost);
      this.#throttler.report({ status: 200, headers: { date }, permit });
      permit.release();
      return;
    }
    const seconds = Math.max(1, Math.ceil(verdict.retryAfter / 1000));
    this.#throttler.report({
      status: 429,
      headers: { date, 'retry-after': String(seconds) },
      rules: profile.pauses === 'all' ? undefined : Object.keys(call.cost),
      permit,
    });
    permit.release();
    if (call.attempt < ATTEMPTS) this.#ask({ ...call, attempt: call.attempt + 1 });
  }

  #travel(): number {
    const { random, latency } = this.#o;
    return latency[0] + random() * (latency[1] - latency[0]);
  }
}
