/** Runs a plan on virtual time. */

import { MultiThrottler } from '../../index.js';
import { seededRandom } from '../../simulator/random.mjs';
import { Bot, type Tally } from './bot.js';
import type { JobReport, PlanReport, RuleReport } from './report.js';
import { intervalOf, limitOf, rateOf } from './rules.js';
import { Server, type ServerCounter, usedOf } from './server.js';
import type { PlanSpec } from './spec.js';
import { VirtualClock } from './virtual-clock.js';
import { demandsOf, type Job } from './workload.js';

/** 2026-01-01, midnight: the beginning of windows of any length. */
const START = Date.UTC(2026, 0, 1);

/** Parts of the simulated time in which utilisation is shown. */
const SLOTS = 240;
/** Rules whose utilisation over time is kept. */
const SERIES = 50;

/**
 * Simulates the jobs of a plan.
 *
 * @param duration ms
 * @param bound bound of the p99 wait, ms: the simulation ends when it is clear that a job breaks
 *   it; by default it never ends early
 */
export async function simulate(
  plan: PlanSpec,
  jobs: readonly Job[],
  duration: number,
  bound = Number.POSITIVE_INFINITY,
): Promise<PlanReport> {
  const clock = new VirtualClock(START);
  const random = seededRandom(plan.seed);
  const sites = [...plan.venues.values()].map((venue) => {
    const { rules, headers } = venue.profile;
    const throttler = new MultiThrottler(rules, { ...plan.throttler, headers, clock });
    const server = new Server(rules);
    const { latency } = plan;
    const bot = new Bot(throttler, server, { clock, random, latency, end: duration, bound });
    return { venue, throttler, server, bot };
  });
  const tallies = jobs.map((job) => {
    const site = sites.find(({ venue }) => venue.name === job.venue.name);
    if (site === undefined) throw new TypeError(`no exchange ${job.venue.name}`);
    return site.bot.start(job);
  });
  const servers = sites.map(({ server }) => server);
  const series = new Series(clock, duration, servers);
  if (Number.isFinite(bound)) {
    every(clock, duration / SLOTS, () => {
      const isOver = jobs.some((job, i) =>
        isLost(job, tallies[i] as Tally, clock, duration, bound),
      );
      if (isOver) clock.stop();
    });
  }
  await clock.run(duration, () => sites.some(({ bot }) => bot.waiting > 0));
  const demands = new Map(
    demandsOf(jobs).map(({ exchange, id, fraction }) => [`${exchange} ${id}`, fraction]),
  );
  const rules = sites.flatMap(({ venue: { name }, server }) =>
    [...server.counters.values()].map((counter) => {
      const demand = demands.get(`${name} ${counter.id}`) ?? 0;
      return { counter, report: ruleReport(name, counter, demand, duration) };
    }),
  );
  const reports = jobs.map((job, i) => jobReport(job, tallies[i] as Tally, duration, clock.now()));
  for (const { throttler } of sites) throttler.close();
  return {
    version: 1,
    duration,
    start: START,
    latency: plan.latency,
    jobs: reports,
    rules: series.addTo(rules),
    tiers: Object.fromEntries(
      sites.flatMap(({ venue: { name, options } }) =>
        options.tier === undefined ? [] : [[name, options.tier]],
      ),
    ),
  };
}

/** Whether a job cannot keep to a bound any more, whatever happens in the rest of the time. */
function isLost(
  { rate, costs }: Job,
  tally: Tally,
  clock: VirtualClock,
  duration: number,
  bound: number,
): boolean {
  if (tally.rejected.size > 0 || tally.refused > 0 || tally.impossible !== undefined) return true;
  let { late } = tally;
  for (const { since } of tally.waiting) {
    if (clock.now() - since <= bound) break;
    late += 1;
  }
  // Random arrivals may be a few more than their rate.
  return late > 0.011 * rate * costs.length * duration + 10;
}

function every(clock: VirtualClock, ms: number, callback: () => void): void {
  clock.setTimeout(() => {
    callback();
    every(clock, ms, callback);
  }, ms);
}

/** Reports of the rules of an exchange, with their counters. */
interface Counted {
  readonly counter: ServerCounter;
  readonly report: RuleReport;
}

/** The largest used fraction of each counter in each part of the simulated time. */
class Series {
  readonly #clock: VirtualClock;
  readonly #servers: readonly Server[];
  readonly #values = new Map<ServerCounter, number[]>();

  constructor(clock: VirtualClock, duration: number, servers: readonly Server[]) {
    this.#clock = clock;
    this.#servers = servers;
    // Just before the end of each part, where a window that ends with it is still in use.
    for (let slot = 1; slot <= SLOTS; slot += 1)
      clock.setTimeout(() => this.#sample(slot), (duration * slot) / SLOTS - SHORT);
  }

  #sample(slot: number): void {
    const now = this.#clock.wallNow();
    for (const server of this.#servers) {
      for (const counter of server.counters.values()) {
        const values = this.#values.get(counter) ?? Array.from({ length: slot - 1 }, () => 0);
        this.#values.set(counter, values);
        values.push(rounded(Math.max(counter.recent, usedOf(counter, now))));
        counter.recent = 0;
      }
    }
  }

  /** Returns the reports, the fullest first, with what happened over time for the first ones. */
  addTo(rules: readonly Counted[]): RuleReport[] {
    const sorted = [...rules].sort(
      ({ report: a }, { report: b }) => b.peak - a.peak || b.used - a.used,
    );
    return sorted.map(({ counter, report }, i) =>
      i < SERIES ? { ...report, series: this.#values.get(counter) ?? [] } : report,
    );
  }
}

const SHORT = 0.01;

function ruleReport(
  exchange: string,
  counter: ServerCounter,
  demand: number,
  duration: number,
): RuleReport {
  const { rule, id, accepted, peak, refused } = counter;
  const [rate, interval] = [rateOf(rule), intervalOf(rule)];
  return {
    exchange,
    id,
    algorithm: rule.algorithm,
    limit: limitOf(rule),
    ...(interval === undefined ? {} : { interval }),
    jitter: rule.jitter ?? 0,
    demand: rounded(demand),
    used: rate === undefined ? 0 : rounded(accepted / (rate * duration)),
    peak: rounded(peak),
    refused,
  };
}

function jobReport({ spec, costs }: Job, tally: Tally, duration: number, now: number): JobReport {
  const { asked, done, skipped, refused, rejected, waiting, waits, holding, impossible } = tally;
  for (const { since } of waiting) waits.add(now - since);
  const perSecond = 1000 / duration;
  const { priority } = spec;
  const standing = typeof priority === 'string' ? { class: priority } : priority;
  return {
    name: spec.name,
    exchange: spec.exchange,
    endpoint: `${spec.method} ${spec.path}`,
    priority: standing.class ?? 'normal',
    rank: standing.rank ?? 0,
    requesters: costs.length,
    cost: costs[0] ?? {},
    wanted: rounded(asked * perSecond),
    got: rounded(done * perSecond),
    asked,
    done,
    skipped,
    refused,
    rejected: [...rejected.values()].reduce((sum, count) => sum + count, 0),
    waiting: waiting.size,
    wait: {
      p50: rounded(waits.quantile(0.5)),
      p99: rounded(waits.quantile(0.99)),
      max: rounded(waits.quantile(1)),
    },
    heldBackBy: holding.shares().map((one) => ({ ...one, fraction: rounded(one.fraction) })),
    ...(impossible === undefined ? {} : { impossible }),
  };
}

/** Six digits tell more than any figure here is worth. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
