import type { HeaderReader, MultiThrottler, Permit } from '../index.js';

/** A report as a member sends it. */
export interface MemberReport {
  readonly status: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly rules?: readonly string[];
  /** The usage that the member has read out of the headers. */
  readonly usage: ReturnType<HeaderReader>;
}

/** @throws errors of {@link MultiThrottler.report} */
export function sendReport(
  throttler: MultiThrottler,
  { status, headers, rules, usage }: MemberReport,
  permit: Permit | undefined,
): void {
  throttler.report({
    status,
    ...(headers && { headers }),
    ...(rules && { rules }),
    ...(permit && { permit }),
    reader: () => usage,
  });
}
