import type { ExchangeProfile } from '../../exchange/index.js';
import type { Call, Plan } from '../types.js';

/**
 * Readers of answers of Hyperliquid: the cost by the length of a list, and the allowance of the
 * wallet of the exchange. The allowance of any other wallet is left alone.
 */
export function hyperliquidAnswers(
  profile: ExchangeProfile,
): Pick<Required<Plan>, 'actual' | 'allowance'> {
  return {
    actual: ({ method, path, params }, items) =>
      profile.costs.after(method, `/${path}`, params, items),
    allowance: ({ exchange, params }: Call, result) => {
      const { walletAddress } = exchange as { readonly walletAddress?: unknown };
      const isOwn =
        isText(walletAddress) && isText(params.user) && same(walletAddress, params.user);
      return isOwn ? profile.allowance?.(result) : undefined;
    },
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether two addresses are the same, in capitals or not. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
