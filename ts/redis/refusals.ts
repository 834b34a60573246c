import { InvalidConfigError, ThrottlerError } from '../index.js';
import type { Definition, SharedRules } from './shared-rules.js';
import type { Refusal } from './wire.js';

/** Returns the error for a refusal of the ledger. @param version of the rules here */
export function refusalOf(
  { err, is, v, rules = '' }: Refusal,
  own: SharedRules,
  version: number,
): ThrottlerError {
  if (err === 'TOO_OLD') {
    const message = `The server is of version ${is}; multi-throttler/redis needs Redis 6.2 or Valkey`;
    return new ThrottlerError(message, 'SERVER_TOO_OLD');
  }
  return new InvalidConfigError(
    `rules differ from those that other processes share under this key in version ${v}: ` +
      `${difference(own.text, rules)}; give changed rules a higher version`,
    'RULES_DIFFER',
    { field: 'rules', value: version },
  );
}

/** Returns the error for a server that may evict the ledger. */
export function evicts(policy: string): ThrottlerError {
  return new ThrottlerError(
    `The server may evict the ledger (maxmemory-policy ${policy}); use noeviction, or another server`,
    'SERVER_EVICTS',
  );
}

/** Returns the error for a server that refuses; undefined if another attempt may succeed. */
export function unusable(error: unknown): ThrottlerError | undefined {
  const text = String((error as Error | undefined)?.message ?? error);
  if (
    !/NOAUTH|WRONGPASS|NOPERM|ACL failure|permission|user executing the script can't|unknown command|OOM/i.test(
      text,
    )
  )
    return undefined;
  return new ThrottlerError(`The server refuses the ledger's calls: ${text}`, 'SERVER_REFUSES', {
    cause: error,
  });
}

/** The fields of a rule, by their short names. */
const FIELDS = {
  k: 'algorithm',
  l: 'limit',
  w: 'interval',
  j: 'jitter',
  r: 'refillRate',
  t: 'tokens',
} as const;

/** The names of the algorithms, by their numbers. */
const NAMES = [
  '',
  'rolling-window',
  'token-bucket',
  'fixed-window',
  'first-request-window',
  'concurrency',
  'spacing',
];

/** Returns the first difference between two texts of rules, in words. */
function difference(own: string, theirs: string): string {
  const [here, there] = [JSON.parse(own), JSON.parse(theirs)];
  const others = new Map<string, Definition>(
    there.rules.map((rule: Definition) => [rule.id, rule]),
  );
  for (const rule of here.rules as Definition[]) {
    const other = others.get(rule.id);
    others.delete(rule.id);
    if (other === undefined) return `the rule ${rule.id} is not there`;
    for (const [short, name] of Object.entries(FIELDS) as [keyof typeof FIELDS, string][]) {
      if (rule[short] === other[short]) continue;
      const shown = (value: number | undefined) => (short === 'k' ? NAMES[value ?? 0] : value);
      const field = short === 'l' && rule.k === 2 ? 'capacity' : name;
      return `the rule ${rule.id} has the ${field} ${shown(rule[short])} here, and ${shown(other[short])} there`;
    }
  }
  for (const id of others.keys()) return `the rule ${id} is not here`;
  if (here.lease !== there.lease) return `lease is ${here.lease} here, and ${there.lease} there`;
  const timeout = ({ recovery, lease }: { recovery: number; lease: number }) =>
    (recovery - lease) / 4;
  return `timeout is ${timeout(here)} here, and ${timeout(there)} there`;
}
