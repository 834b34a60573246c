/** Allowances of an account that an exchange tells in an answer. */

import { type AllowanceSetter, type Allowances, setAllowances } from '../../shared/allowance.js';
import type { ExchangeProfile } from '../profile.js';

/**
 * Reads the allowances of an account out of the body of an answer, parsed or as text. Returns
 * `undefined` for an answer that has none. It does not throw.
 */
export type AllowanceReader = (body: unknown) => Allowances | undefined;

/**
 * Sets limits and usage of a throttler's rules by an answer of the exchange in which it tells the
 * allowance of the account. Requests in flight are counted on top. Returns whether the answer had
 * an allowance of a rule that the throttler has.
 *
 * The answer has to be about the account whose requests the throttler counts. Limits are not part
 * of a snapshot, so an allowance has to be asked for again after a restart.
 *
 * @param answer body of the answer, parsed or as text
 *
 * @example
 * const body = JSON.stringify({ type: 'userRateLimit', user: address });
 * const response = await fetch('https://api.hyperliquid.xyz/info', { method: 'POST', body });
 * syncAllowance(throttler, hyperliquid, await response.json());
 */
export function syncAllowance(
  throttler: AllowanceSetter,
  profile: Pick<ExchangeProfile, 'allowance'>,
  answer: unknown,
): boolean {
  return setAllowances(throttler, profile.allowance?.(answer) ?? {});
}
