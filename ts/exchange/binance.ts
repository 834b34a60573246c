/** What Binance and exchanges with its API have in common. */

import type { HeaderReader, ReportedUsage, Rule } from '../index.js';
import { numberOf } from '../shared/headers.js';
import type { Cost } from './cost.js';
import type { CostTable } from './cost-table.js';

/** Costs of endpoints by limit types, as vendors give them. */
export interface TypedCosts {
  /** The weight of an endpoint that is not in the table. */
  readonly default: number;
  /** By `METHOD /path`: the weight, or costs by type. */
  readonly endpoints: { readonly [endpoint: string]: Cost | { readonly [type: string]: Cost } };
}

/**
 * The table of costs under these rules: each limit of a type is charged what the type costs (`ORDERS` and `ORDERS_1D`),
 * unless the endpoint names that one itself, and each request is one of `RAW_REQUESTS`.
 */
export function typedCosts({ default: weight, endpoints }: TypedCosts, rules: readonly Rule[]): CostTable {
  const ids = rules.map(({ id }) => id);
  const costs = (byType: { readonly [type: string]: Cost }) =>
    Object.fromEntries(
      ids.flatMap((id) => {
        const cost = byType[id] ?? byType[typeOf(id)];
        return cost === undefined ? [] : [[id, cost]];
      }),
    );
  return {
    default: costs({ RAW_REQUESTS: 1, REQUEST_WEIGHT: weight }) as { [id: string]: number },
    endpoints: Object.fromEntries(
      Object.entries(endpoints).map(([endpoint, cost]) => {
        const byType = isByType(cost) ? cost : { REQUEST_WEIGHT: cost };
        return [endpoint, costs({ RAW_REQUESTS: 1, ...byType })];
      }),
    ),
  };
}

/** Types are in capitals, the fields of a cost are not. */
function isByType(cost: Cost | { readonly [type: string]: Cost }): cost is { readonly [type: string]: Cost } {
  return typeof cost === 'object' && Object.keys(cost).every((key) => /^[A-Z]/.test(key));
}

const HEADER = /^x-mbx-(used-weight|order-count)-(\d+)([smhd])$/;
const TYPES: { readonly [header: string]: string } = {
  'used-weight': 'REQUEST_WEIGHT',
  'order-count': 'ORDERS',
};
const UNITS: { readonly [letter: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

interface Interval {
  readonly id: string;
  readonly ms: number;
}

/**
 * Reads `X-MBX-USED-WEIGHT-1M` and `X-MBX-ORDER-COUNT-10S`. A header goes to the rule of its type and interval. One
 * whose interval no rule has goes to those that are left, the shorter interval to the shorter.
 *
 * Ids may begin with a scope (`fapi:ORDERS`), for several hosts under one throttler: what an answer tells belongs to
 * the scope of the rules that the request was charged under.
 */
export function binanceHeaders(rules: readonly Rule[]): HeaderReader {
  const known = new Map<string, Interval[]>();
  for (const rule of rules) {
    if (!('interval' in rule)) continue;
    const key = typeOf(rule.id);
    known.set(key, [...(known.get(key) ?? []), { id: rule.id, ms: rule.interval }]);
  }
  return (headers, _status, charged) => {
    const scope = /^.*:/.exec(charged?.[0] ?? '')?.[0] ?? '';
    const told = new Map<string, { ms: number; used: number }[]>();
    headers.forEach((_value, name) => {
      const [, kind = '', count, unit = ''] = HEADER.exec(name) ?? [];
      const used = numberOf(headers, name);
      if (used === undefined || !kind) return;
      const type = scope + TYPES[kind];
      told.set(type, [...(told.get(type) ?? []), { ms: Number(count) * (UNITS[unit] as number), used }]);
    });
    return [...told].flatMap(([type, usages]) => matched(usages, known.get(type) ?? []));
  };
}

function matched(usages: { ms: number; used: number }[], rules: Interval[]): ReportedUsage[] {
  const left = rules.filter(({ ms }) => !usages.some((usage) => usage.ms === ms)).sort(shorter);
  return [...usages].sort(shorter).flatMap(({ ms, used }) => {
    const rule = rules.find((candidate) => candidate.ms === ms) ?? left.shift();
    return rule ? [{ rule: rule.id, used }] : [];
  });
}

const shorter = (a: { ms: number }, b: { ms: number }) => a.ms - b.ms;

/** `ORDERS` for `ORDERS_1D`. */
function typeOf(id: string): string {
  return id.replace(/_\d+[SMHD]$/, '');
}
