import { InvalidConfigError, ThrottlerError } from '../index.js';
import {
  type Fields,
  rulesDifference,
  type Shared,
  textOfValue,
} from '../shared/rules-difference.js';
import type { SetAside } from './set-aside.js';
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
  if (/\bOOM\b/.test(text)) {
    const message = `The server has no memory left for the ledger (maxmemory): ${text}`;
    return new ThrottlerError(message, 'SERVER_FULL', { cause: error });
  }
  if (
    !/NOAUTH|WRONGPASS|NOPERM|ACL failure|permission|user executing the script can't|unknown command/i.test(
      text,
    )
  )
    return undefined;
  return new ThrottlerError(`The server refuses the ledger's calls: ${text}`, 'SERVER_REFUSES', {
    cause: error,
  });
}

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

/** Returns the first difference between two texts of rules, in words: settings before rules. */
function difference(own: string, theirs: string): string {
  const [there, here] = [contentOf(theirs), contentOf(own)];
  const found =
    // The rules of a ledger follow from the part that is set aside.
    rulesDifference({ ...there, rules: {} }, { ...here, rules: {} }) ??
    rulesDifference(there, here);
  return found?.text ?? 'they are written in another form';
}

function contentOf(text: string): Shared {
  const { rules, lease, recovery, aside } = JSON.parse(text);
  const timeout = (recovery - lease) / 4;
  const settings = { lease: `${lease}`, timeout: `${timeout}`, whenUnreachable: shownAside(aside) };
  const byId = (rules as Definition[]).map((rule) => [rule.id, fieldsOf(rule)]);
  return { rules: Object.fromEntries(byId), settings };
}

function shownAside(aside: SetAside | undefined): string {
  return aside === undefined ? "'wait'" : textOfValue(aside);
}

/** Returns the fields of a rule as it was given, before a part was set aside. */
function fieldsOf({ k, l, w, j, r, t, o = l }: Definition): Fields {
  const shown = (value: number) => textOfValue(Number((value * (o / l)).toPrecision(12)));
  return {
    algorithm: NAMES[k] ?? '',
    [k === 2 ? 'capacity' : 'limit']: textOfValue(o),
    interval: textOfValue(w),
    jitter: textOfValue(j),
    refillRate: shown(r),
    ...(t !== undefined && { tokens: shown(t) }),
  };
}
