/** Examines a log: where limits were exceeded, what was left unused, which jitter it asks for. */

import type { ExchangeProfile } from '../../exchange/index.js';
import type { FixedWindowRule } from '../../index.js';
import { PROFILES } from '../plan/profiles.js';
import { limitOf, ruleOf } from '../plan/rules.js';
import { UserError } from '../user-error.js';
import { exchangeOf } from './hosts.js';
import { type JitterReport, jitterOf, type Reported } from './jitter.js';
import type { Log } from './read-log.js';
import type { LogRecord } from './record.js';
import { type Charge, type Usage, usageOf } from './usage.js';

export interface RuleFindings extends Usage {
  readonly id: string;
  readonly requests: number;
  /** The highest usage in a response, if responses tell it. */
  readonly reported?: number;
  /** The most by which the exchange counted more than this log has: of other clients. */
  readonly others?: number;
  /** The limit in a response, where it differs from that of the profile. */
  readonly otherLimit?: number;
}

export interface Refusals {
  /** Refusals by status: 429, 418. */
  readonly count: { readonly [status: string]: number };
  /** The first ones. */
  readonly first: readonly {
    readonly at: number;
    readonly endpoint: string;
    readonly status: number;
  }[];
}

export interface ExchangeFindings {
  readonly exchange: string;
  readonly requests: number;
  /** Unix ms of the first and the last request. */
  readonly from: number;
  readonly to: number;
  /** Rules, the fullest first. */
  readonly rules: readonly RuleFindings[];
  readonly refusals: Refusals;
  readonly jitter: JitterReport | undefined;
  /** The shortest jitter of the rules in use, as the profile sets it, ms. */
  readonly profileJitter: number;
  /** Endpoints that the profile does not know, and how often they were requested. */
  readonly unknown: readonly (readonly [endpoint: string, requests: number])[];
}

/**
 * @param exchange exchange of all requests; undefined: the host of each tells
 * @throws {UserError} no request is of a known exchange
 */
export function examine(log: Log, exchange: string | undefined): ExchangeFindings[] {
  const byExchange = new Map<string, LogRecord[]>();
  for (const record of log.records) {
    const name = exchange ?? exchangeOf(record.url);
    if (name === undefined) continue;
    const records = byExchange.get(name) ?? [];
    byExchange.set(name, records);
    records.push(record);
  }
  if (byExchange.size === 0) {
    const url = log.records[0]?.url.slice(0, 80);
    throw new UserError(
      `no URL of the log is of a known exchange (the first is ${url}); name it: --exchange binanceSpot`,
    );
  }
  return [...byExchange].map(([name, records]) => examineOne(name, records));
}

function examineOne(name: string, records: readonly LogRecord[]): ExchangeFindings {
  const profile = PROFILES.get(name);
  if (profile === undefined) throw new TypeError(`no profile ${name}`);
  const [from, to] = [records[0]?.sent ?? 0, records.at(-1)?.sent ?? 0];
  const charges = new Map<string, Charge[]>();
  const unknown = new Map<string, number>();
  const refused: LogRecord[] = [];
  const reported: (Reported & { readonly limit: number | undefined })[] = [];
  for (const record of records) {
    charge(profile, record, charges, unknown);
    const { status } = record;
    if (status === 429 || status === 418) refused.push(record);
    reported.push(...reportsOf(profile, record));
  }
  const rules = [...charges].flatMap(([id, list]) => {
    const rule = ruleOf(profile.rules, id);
    if (rule === undefined) return [];
    const own = reported.filter((one) => one.rule.id === id);
    const findings = { ...usageOf(rule, list, to - from), id, requests: list.length };
    return [{ ...findings, ...compare(own, list, limitOf(rule)) }];
  });
  return {
    exchange: name,
    requests: records.length,
    from,
    to,
    rules: rules.sort((a, b) => fullness(b) - fullness(a)),
    refusals: refusalsOf(refused),
    jitter: jitterOf(records, reported),
    profileJitter: Math.min(...rules.map(({ rule }) => rule.jitter ?? 0)),
    unknown: [...unknown],
  };
}

function fullness({ peak, rule }: RuleFindings): number {
  return peak / limitOf(rule);
}

function charge(
  { costs }: ExchangeProfile,
  { method, url, params, sent }: LogRecord,
  charges: Map<string, Charge[]>,
  unknown: Map<string, number>,
): void {
  if (!costs.has(method, url)) {
    const endpoint = `${method} ${pathOf(url)}`;
    unknown.set(endpoint, (unknown.get(endpoint) ?? 0) + 1);
    return;
  }
  for (const [id, cost] of Object.entries(costs(method, url, params as object))) {
    if (cost === 0) continue;
    const list = charges.get(id) ?? [];
    charges.set(id, list);
    list.push({ at: sent, cost });
  }
}

function pathOf(url: string): string {
  const path = URL.canParse(url) ? new URL(url).pathname : (url.split(/[?#]/)[0] as string);
  return path.replace(/\/\d{3,}(?=\/|$)/g, '/{id}');
}

/** Usage of windows aligned to the clock, as a response tells it. */
function reportsOf(profile: ExchangeProfile, record: LogRecord) {
  const { headers, status = 200 } = record;
  return profile.headers(headers, status).flatMap(({ rule: id, used, limit }) => {
    const rule = ruleOf(profile.rules, id);
    if (rule?.algorithm !== 'fixed-window' || used === undefined) return [];
    return [{ record, rule: rule as FixedWindowRule, used, limit }];
  });
}

/** Compares the counts of the exchange with the costs that were sent until each response. */
function compare(
  reported: readonly (Reported & { readonly limit: number | undefined })[],
  charges: readonly Charge[],
  limit: number,
): Pick<RuleFindings, 'reported' | 'others' | 'otherLimit'> {
  const [first] = reported;
  if (first === undefined) return {};
  const { interval } = first.rule;
  const windowOf = (at: number) => Math.floor(at / interval);
  const sums = new Map<number, number>();
  for (const { at, cost } of charges) sums.set(windowOf(at), (sums.get(windowOf(at)) ?? 0) + cost);
  let [most, others] = [0, 0];
  for (const { record, used } of reported) {
    most = Math.max(most, used);
    const { sent, received = sent } = record;
    // The whole windows of sending and of answer, as more than was sent cannot be ours.
    const own = Math.max(sums.get(windowOf(sent)) ?? 0, sums.get(windowOf(received)) ?? 0);
    others = Math.max(others, used - own);
  }
  const told = reported.find((one) => one.limit !== undefined && one.limit !== limit)?.limit;
  return {
    reported: most,
    ...(others > 0 ? { others } : {}),
    ...(told === undefined ? {} : { otherLimit: told }),
  };
}

function refusalsOf(records: readonly LogRecord[]): Refusals {
  const count: Record<string, number> = {};
  for (const { status } of records) count[String(status)] = (count[String(status)] ?? 0) + 1;
  const first = records.slice(0, 5).map(({ sent, method, url, status = 0 }) => ({
    at: sent,
    endpoint: `${method} ${pathOf(url)}`,
    status,
  }));
  return { count, first };
}
