import {
  MultiThrottler,
  type Permit,
  type Rule,
  type ThrottleCost,
  type ThrottleOptions,
} from 'multi-throttler';
import { VirtualClock } from '../clock.ts';

/** A throttler on virtual time that keeps what it was asked and told, and pauses on a refusal as it is told to. */
export class Recorder {
  readonly clock = new VirtualClock();
  readonly asked: { cost: ThrottleCost; options: ThrottleOptions | undefined }[] = [];
  readonly released: ('released' | 'refunded')[] = [];
  readonly told: { status: number; headers?: unknown; rules?: readonly string[]; permit?: Permit }[] = [];
  readonly throttler: MultiThrottler;
  /** How long a refusal pauses. */
  pause = 1000;

  constructor(rules: Iterable<Rule>) {
    this.throttler = new MultiThrottler(rules, { clock: this.clock });
  }

  readonly acquire = async (cost: ThrottleCost, options?: ThrottleOptions): Promise<Permit> => {
    this.asked.push({ cost, options });
    const permit = await this.throttler.acquire(cost, options);
    return {
      waited: permit.waited,
      release: (how?: { refund?: boolean | undefined }) => {
        this.released.push(how?.refund ? 'refunded' : 'released');
        permit.release(how);
      },
    } as Permit;
  };

  readonly report = (report: object): void => {
    const told = report as Recorder['told'][number];
    this.told.push(told);
    if (told.status === 429) this.throttler.pause({ ms: this.pause });
  };

  /** A header of what was told last. */
  header(name: string): string | null | undefined {
    return new Headers(this.told.at(-1)?.headers as Headers).get(name);
  }

  /** What is left of the first rule. */
  get left(): number | undefined {
    return Object.values(this.throttler.getStatus())[0]?.tokens;
  }
}
