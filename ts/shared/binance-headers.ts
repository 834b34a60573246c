import { numberOf, parseNumber } from './headers.js';

const HEADER = /^x-mbx-(used-weight|order-count)-(\d+)([smhd])$/;
/** Types of limits by the words in their headers. */
export const HEADERS_OF_TYPES: { readonly [header: string]: string } = {
  'used-weight': 'REQUEST_WEIGHT',
  'order-count': 'ORDERS',
};
const UNITS: { readonly [letter: string]: number } = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

interface Interval {
  readonly id: string;
  readonly ms: number;
}

interface Usage {
  readonly rule: string;
  readonly used: number;
  readonly exact: boolean;
}

type Reader = (headers: Headers, status: number, rules?: readonly string[]) => Usage[];

/**
 * Returns a reader of `X-MBX-USED-WEIGHT-1M` and `X-MBX-ORDER-COUNT-10S`. A header belongs to the
 * rule of its type and interval. Headers with an interval that no rule has belong to the remaining
 * rules of their type, the shorter interval to the shorter. The other headers are exact: the count
 * is complete, without the weight of orders that succeeded and without orders that were filled.
 *
 * Ids may begin with a scope (`fapi:ORDERS`), for several hosts under one throttler: the usage
 * belongs to the scope of the rules that the request was charged under.
 */
export function binanceHeaders(
  rules: readonly { readonly id: string; readonly interval?: number }[],
): Reader {
  const known = new Map<string, Interval[]>();
  for (const { id, interval } of rules) {
    if (interval === undefined) continue;
    known.set(typeOf(id), [...(known.get(typeOf(id)) ?? []), { id, ms: interval }]);
  }
  return (headers, _status, charged) => {
    const scope = /^.*:/.exec(charged?.[0] ?? '')?.[0] ?? '';
    const told = new Map<string, { ms: number; used: number }[]>();
    headers.forEach((value, name) => {
      const [, kind = '', count, unit = ''] = HEADER.exec(name) ?? [];
      const used = kind ? parseNumber(value) : undefined;
      if (used === undefined) return;
      const type = scope + HEADERS_OF_TYPES[kind];
      told.set(type, [
        ...(told.get(type) ?? []),
        { ms: Number(count) * (UNITS[unit] as number), used },
      ]);
    });
    return [...told].flatMap(([type, usages]) => matched(usages, known.get(type) ?? []));
  };
}

const SAPI_HEADERS = [
  ['x-sapi-used-ip-weight-1m', /(^|:)IP:/],
  ['x-sapi-used-uid-weight-1m', /(^|:)UID:/],
] as const;

/**
 * Reads `X-SAPI-USED-IP-WEIGHT-1M` and `X-SAPI-USED-UID-WEIGHT-1M`. They are the usage of the
 * called endpoint, and belong to the rule that its request was charged under, by IP or by user.
 */
export const sapiHeaders: Reader = (headers, _status, charged) =>
  SAPI_HEADERS.flatMap(([name, family]) => {
    const used = numberOf(headers, name);
    const rule = charged?.find((id) => family.test(id));
    return used === undefined || rule === undefined ? [] : [{ rule, used, exact: false }];
  });

function matched(usages: { ms: number; used: number }[], rules: Interval[]): Usage[] {
  const left = rules.filter(({ ms }) => !usages.some((usage) => usage.ms === ms)).sort(shorter);
  return [...usages].sort(shorter).flatMap(({ ms, used }) => {
    const own = rules.find((candidate) => candidate.ms === ms);
    const rule = own ?? left.shift();
    return rule ? [{ rule: rule.id, used, exact: own !== undefined }] : [];
  });
}

const shorter = (a: { ms: number }, b: { ms: number }) => a.ms - b.ms;

/** Returns the type of a rule's id: `ORDERS` for `ORDERS_1D`. */
export function typeOf(id: string): string {
  return id.replace(/_\d+[SMHD]$/, '');
}
