/** Looks at a throttler a few times a second, for all components that show it. */

import type {
  RequestPriority,
  RuleStatus,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerStats,
} from '../index.js';

/** The part of a throttler that hooks read. */
export interface ObservedThrottler {
  getStats(): ThrottlerStats;
  getStatus(): { [ruleId: string]: RuleStatus };
  estimateWait(cost: ThrottleCost, options?: Pick<ThrottleOptions, 'priority'>): number;
}

/** Milliseconds between two looks at a throttler. */
const PERIOD = 250;

/**
 * A throttler at an instant. Each part is read when it is first asked for and stays, so that all
 * components of a render show the same.
 */
export class Sample {
  readonly #throttler: ObservedThrottler;
  readonly takenAt = performance.now();
  #stats: ThrottlerStats | undefined;
  #status: { [ruleId: string]: RuleStatus } | undefined;
  readonly #waits = new Map<string, number>();

  constructor(throttler: ObservedThrottler) {
    this.#throttler = throttler;
  }

  stats(): ThrottlerStats {
    this.#stats ??= this.#throttler.getStats();
    return this.#stats;
  }

  /** Undefined for a rule that does not exist, and once the throttler is closed. */
  rule(id: string): RuleStatus | undefined {
    this.#status ??= unlessClosed(() => this.#throttler.getStatus(), {});
    return Object.hasOwn(this.#status, id) ? this.#status[id] : undefined;
  }

  /**
   * `Infinity` once the throttler is closed.
   *
   * @param key text for the costs and the priority
   */
  wait(key: string, cost: ThrottleCost, priority: RequestPriority | undefined): number {
    const known = this.#waits.get(key);
    if (known !== undefined) return known;
    const options = priority === undefined ? undefined : { priority };
    const wait = unlessClosed(
      () => this.#throttler.estimateWait(cost, options),
      Number.POSITIVE_INFINITY,
    );
    this.#waits.set(key, wait);
    return wait;
  }
}

/** Takes samples of a throttler: each period while a component listens, and on demand before. */
export class Sampler {
  readonly #throttler: ObservedThrottler;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #sample: Sample | undefined;

  constructor(throttler: ObservedThrottler) {
    this.#throttler = throttler;
  }

  /** The latest sample. */
  sample(): Sample {
    const isOld =
      this.#timer === undefined &&
      this.#sample !== undefined &&
      performance.now() - this.#sample.takenAt >= PERIOD;
    if (this.#sample === undefined || isOld) this.#sample = new Sample(this.#throttler);
    return this.#sample;
  }

  /** Calls `listener` after each new sample. Returns a function that ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      // The sample of the render may be old by now.
      this.sample();
      this.#timer = setInterval(() => this.#take(), PERIOD);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #take(): void {
    // Nothing is drawn in a hidden page.
    if (typeof document !== 'undefined' && document.hidden) return;
    this.#sample = new Sample(this.#throttler);
    for (const listener of this.#listeners) listener();
  }
}

const samplers = new WeakMap<ObservedThrottler, Sampler>();

/** Returns the sampler of a throttler, which all components share. */
export function samplerOf(throttler: ObservedThrottler): Sampler {
  const known = samplers.get(throttler);
  if (known) return known;
  const sampler = new Sampler(throttler);
  samplers.set(throttler, sampler);
  return sampler;
}

/** Returns the result of `read`, or `otherwise` if the throttler is closed. */
function unlessClosed<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'CLOSED') return otherwise;
    throw error;
  }
}
