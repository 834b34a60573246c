import type { HeaderReader, MultiThrottler, Permit } from '../index.js';
import { isUnknownRule } from '../shared/unknown-rule.js';

/** A report as a member sends it. */
export interface MemberReport {
  readonly status: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly rules?: readonly string[];
  /** The usage that the member has read out of the headers. */
  readonly usage: ReturnType<HeaderReader>;
}

/**
 * Reports a response to the engine of the hub. If it names a rule that was removed meanwhile, it is
 * reported without rules, so that a refusal pauses all of them, and the error is thrown
 * nevertheless: the member cannot do it.
 *
 * @throws errors of {@link MultiThrottler.report}
 */
export function sendReport(
  throttler: MultiThrottler,
  { status, headers, rules, usage }: MemberReport,
  permit: Permit | undefined,
): void {
  const report = {
    status,
    ...(headers && { headers }),
    ...(permit && { permit }),
    reader: () => usage,
  };
  try {
    throttler.report(rules === undefined ? report : { ...report, rules });
  } catch (error) {
    if (rules !== undefined && isUnknownRule(error)) throttler.report(report);
    throw error;
  }
}
