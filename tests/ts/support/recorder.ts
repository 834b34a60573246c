import {
  MultiThrottler,
  type MultiThrottlerConfig,
  type Permit,
  type Report,
  type Rule,
  type ThrottleCost,
  type ThrottleOptions,
} from 'multi-throttler';
import { VirtualClock } from './clock.ts';

/** A throttler on virtual time that records its requests and reports. */
export class Watched extends MultiThrottler {
  readonly asked: { cost: ThrottleCost; options: ThrottleOptions | undefined }[] = [];
  readonly told: Report[] = [];
  readonly released: ('released' | 'refunded')[] = [];
  readonly clock: VirtualClock;

  constructor(rules: Iterable<Rule>, config: MultiThrottlerConfig = {}) {
    const clock = new VirtualClock();
    super(rules, { clock, ...config });
    this.clock = clock;
  }

  override async acquire(cost: ThrottleCost, options?: ThrottleOptions): Promise<Permit> {
    this.asked.push({ cost, options });
    const permit = await super.acquire(cost, options);
    const release = permit.release.bind(permit);
    permit.release = (how) => {
      this.released.push(how?.refund ? 'refunded' : 'released');
      release(how);
    };
    return permit;
  }

  override report(report: Report): void {
    this.told.push(report);
    super.report(report);
  }

  /** A header of the last report. */
  header(name: string): string | null | undefined {
    return new Headers(this.told.at(-1)?.headers as Headers).get(name);
  }

  /** Remaining tokens of a rule. */
  left(id: string): number | undefined {
    return this.getStatus()[id]?.tokens;
  }
}
