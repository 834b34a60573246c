import type { MultiThrottler, Permit, Report } from '../index.js';
import type { Attachment } from './types.js';

/**
 * Reports a response.
 *
 * @param paused the rules that a refusal pauses, where the plan knows them
 * @param report status and headers, with the rules that the request was charged under
 */
export function sendReport(
  { throttler, plan }: Attachment,
  paused: readonly string[] | undefined,
  permit: Permit | undefined,
  report: Pick<Report, 'status' | 'headers' | 'rules'>,
): void {
  const refused = report.status === 429 || report.status === 418;
  const all = (plan?.profile.pauses ?? 'all') === 'all' || report.status === 418;
  const rules = refused ? (paused ?? (all ? undefined : report.rules)) : report.rules;
  // Rules may have been removed since the request was sent.
  throttler.report({ ...report, rules: rules?.filter((id) => hasRule(throttler, id)), permit });
}

/** Whether the throttler has a rule of this id, or a family that includes it. */
export function hasRule(throttler: MultiThrottler, id: string): boolean {
  try {
    throttler.estimateWait({ [id]: 0 });
    return true;
  } catch (error) {
    // By code: the throttler may come from another copy of the package.
    const { code } = error as { code?: unknown };
    if (code === 'UNKNOWN_RULE' || code === 'CLOSED') return false;
    throw error;
  }
}
