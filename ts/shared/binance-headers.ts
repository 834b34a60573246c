import type { HeaderView } from './header-view.js';
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

type Reader = (headers: HeaderView, status: number, rules?: readonly string[]) => Usage[];

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
  return (headers, _status, charged = []) => {
    const first = charged[0] ?? '';
    const scope = first.slice(0, first.lastIndexOf(':') + 1);
    const told: Told[] = [];
    headers.forEach((value, name) => {
      const header = headerOf(name);
      const used = header && parseNumber(value);
      if (header === undefined || used === undefined) return;
      told.push({ type: scope + header.type, ms: header.ms, used });
    }, 'x-mbx-');
    const [only] = told;
    if (only === undefined) return [];
    if (told.length === 1) return matched(told, known.get(only.type) ?? []);
    const types = new Set(told.map(({ type }) => type));
    return [...types].flatMap((type) =>
      matched(
        told.filter((one) => one.type === type),
        known.get(type) ?? [],
      ),
    );
  };
}

interface Told {
  readonly type: string;
  readonly ms: number;
  readonly used: number;
}

interface Header {
  readonly type: string;
  readonly ms: number;
}

/** The headers of names that were read: a server sends few. */
const headersByName = /* @__PURE__ */ new Map<string, Header>();

/** Returns the type and the interval that the name of a header stands for. */
function headerOf(name: string): Header | undefined {
  const known = headersByName.get(name);
  if (known !== undefined) return known;
  const [, kind = '', count, unit = ''] = HEADER.exec(name) ?? [];
  if (!kind) return undefined;
  const ms = Number(count) * (UNITS[unit] as number);
  const header = { type: HEADERS_OF_TYPES[kind] as string, ms };
  if (headersByName.size < MOST_NAMES) headersByName.set(name, header);
  return header;
}

/** Number of names that are kept, lest a server fills the memory. */
const MOST_NAMES = 100;

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

function matched(usages: Told[], rules: Interval[]): Usage[] {
  const [only, another] = usages;
  const exact = another === undefined && rules.find(({ ms }) => ms === only?.ms);
  if (exact && only) return [{ rule: exact.id, used: only.used, exact: true }];
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
