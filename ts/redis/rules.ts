import { type AnyRule, invalidConfig } from '../index.js';
import { type SetAside, splitDefinition } from './set-aside.js';
import type { Definition } from './shared-rules.js';

/** The algorithms, by the numbers that the ledger's script knows. */
const KINDS: { readonly [algorithm: string]: number } = {
  'rolling-window': 1,
  'token-bucket': 2,
  'fixed-window': 3,
  'first-request-window': 4,
  concurrency: 5,
  spacing: 6,
};

/** The largest limit; an infinite one counts as this. */
const MOST = Number.MAX_SAFE_INTEGER;

const DAY = 86_400_000;

/** The longest time that the ledger is kept without a call: ten years. */
const LONGEST = 3650 * DAY;

/**
 * Returns the text of rules, the same for the same rules in any order.
 *
 * @throws {InvalidConfigError} a rule cannot be shared
 */
export function textOf(
  rules: readonly AnyRule[],
  times: { readonly lease: number; readonly timeout: number },
  aside?: SetAside,
): string {
  const byId = new Map(
    rules.map((rule) => {
      const whole = definitionOf(rule);
      return [rule.id, aside === undefined ? whole : splitDefinition(whole, aside)];
    }),
  );
  const sorted = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const longest = Math.max(0, ...sorted.map(({ k, l, w, r }) => (k === 2 && r > 0 ? l / r : w)));
  const { lease, timeout } = times;
  return JSON.stringify({
    rules: sorted,
    lease,
    // No claim lives longer, and within it every process that spends has called again.
    recovery: lease + 4 * timeout,
    grace: Math.max(1000, 4 * timeout),
    ttl: Math.min(LONGEST, longest) + DAY,
    ...(aside && { aside }),
  });
}

function definitionOf(rule: AnyRule): Definition {
  const fields = rule as object as { readonly [field: string]: unknown };
  const algorithm = String(fields.algorithm ?? 'token-bucket');
  if (fields.allowDebt === true) {
    throw invalidConfig('allowDebt', `false in the rule ${rule.id}, which is shared`, true);
  }
  const numberOf = (name: string, otherwise: number) => {
    const value = fields[name];
    return Math.min(MOST, typeof value === 'number' ? value : otherwise);
  };
  const limit = algorithm === 'token-bucket' ? 'capacity' : 'limit';
  const tokens = fields.tokens;
  return {
    id: rule.id,
    k: KINDS[algorithm] ?? 0,
    // A rule of spacing has one token.
    l: algorithm === 'spacing' ? 1 : numberOf(limit, MOST),
    w: numberOf('interval', 0),
    j: algorithm === 'concurrency' ? 0 : numberOf('jitter', 0),
    r: numberOf('refillRate', 0),
    ...(typeof tokens === 'number' && { t: Math.min(tokens, numberOf(limit, MOST)) }),
  };
}
