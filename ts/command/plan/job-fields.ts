/** Reads the jobs of a job file. */

import type { Priority, RequestPriority, ThrottleCost } from '../../index.js';
import type { Field } from '../json/field.js';
import { suggestion } from '../suggest.js';
import { OWN } from './own-rules.js';
import { isCount, MOST, optional, readExchange, readSymbols, readTime } from './readers.js';
import { ruleOf } from './rules.js';
import { type JobSpec, SYMBOL, usesSymbols, type VenueSpec } from './spec.js';

const FIELDS = [
  'name',
  'exchange',
  'method',
  'path',
  'params',
  'every',
  'perSecond',
  'burst',
  'arrivals',
  'spread',
  'priority',
  'count',
  'symbols',
  'cost',
];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;
const PRIORITIES: readonly Priority[] = ['critical', 'normal', 'low'];

/** Values of the file that jobs fall back to. */
interface Context {
  /** Exchange of the jobs that name none. */
  readonly fallback: string | undefined;
  readonly venueOf: (exchange: string) => VenueSpec;
  readonly hasSymbols: boolean;
}

/** Reads the list of jobs, whose names differ. */
export function readJobs(field: Field, context: Context): JobSpec[] {
  const items = field.items('a list of jobs');
  if (items.length === 0)
    throw field.error('the list is empty: a job is { "path": "/api/v3/depth", "every": "1s" }');
  const jobs = items.map((item) => readJob(item, context));
  jobs.forEach((job, i) => {
    if (jobs.findIndex(({ name }) => name === job.name) < i) {
      const at = items[i]?.get('name') ?? (items[i] as Field);
      throw at.error(`another job is called ${JSON.stringify(job.name)}; give this one a "name"`);
    }
  });
  return jobs;
}

function readJob(field: Field, context: Context): JobSpec {
  field.known(FIELDS, 'a job');
  const exchange = optional(field.get('exchange'), readExchange) ?? context.fallback;
  if (exchange === undefined)
    throw field.error(
      'no exchange: name one as "exchange" of this job or of the file, or give "rules"',
    );
  const venue = context.venueOf(exchange);
  const pathField = field.get('path');
  if (pathField === undefined) throw field.error('the field "path" is missing');
  const path = pathField.text('a path such as "/api/v3/depth"');
  const method =
    optional(field.get('method'), (one) => upper(one).oneOf(METHODS, 'method')) ?? 'GET';
  const params = readParams(field.get('params'));
  const cost = optional(field.get('cost'), (one) => readCost(one, venue));
  if (cost === undefined) checkEndpoint(pathField, method, path, venue);
  const rate = readRate(field);
  const symbols = readOwnSymbols(field, { path, params }, context);
  return {
    name: optional(field.get('name'), (one) => one.text()) ?? `${method} ${path}`,
    exchange,
    method,
    path,
    params,
    cost,
    symbols,
    priority: optional(field.get('priority'), readPriority) ?? 'normal',
    count: optional(field.get('count'), (one) => one.number(COUNT, isCount)) ?? 1,
    ...rate,
  };
}

const COUNT = `a whole number from 1 to ${MOST}`;

/** Reads a class, or a class and a rank inside it. */
function readPriority(field: Field): RequestPriority {
  const readClass = (one: Field) => one.oneOf(PRIORITIES, 'class');
  if (field.kind !== 'object') return readClass(field);
  field.known(['class', 'rank'], 'a priority');
  return {
    class: optional(field.get('class'), readClass) ?? 'normal',
    rank: optional(field.get('rank'), (one) => one.number(RANK, isRank)) ?? 0,
  };
}

const RANK = 'a whole number from -1000 to 1000';

function isRank(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 1000;
}

/** Methods may be written in small letters. */
function upper(field: Field): Field {
  const { value } = field;
  return typeof value === 'string' ? field.as(value.toUpperCase()) : field;
}

function readRate(
  field: Field,
): Pick<JobSpec, 'every' | 'perSecond' | 'burst' | 'arrivals' | 'spread'> {
  const every = optional(field.get('every'), readTime);
  const perSecond = optional(field.get('perSecond'), (one) =>
    one.number('a number above 0, at most 100000', (value) => value > 0 && value <= 100_000),
  );
  if (every === undefined && perSecond === undefined)
    throw field.error('no rate: give "every", such as "1s", or "perSecond", such as 2');
  if (every !== undefined && perSecond !== undefined)
    throw (field.get('perSecond') as Field).error('"every" is there too; give one of the two');
  const onlyFor = (name: string, other: string, isThere: boolean) => {
    const one = field.get(name);
    if (one && !isThere) throw one.error(`has no effect without ${other}`);
    return one;
  };
  const spread = onlyFor('spread', '"every"', every !== undefined);
  const arrivals = onlyFor('arrivals', '"perSecond"', perSecond !== undefined);
  if (spread && typeof spread.value !== 'boolean') throw spread.expected('true or false');
  return {
    every,
    perSecond,
    burst: optional(field.get('burst'), (one) => one.number(COUNT, isCount)) ?? 1,
    spread: spread?.value === true,
    arrivals: arrivals?.oneOf(['even', 'random'] as const, 'distribution') ?? 'random',
  };
}

function readParams(field: Field | undefined): { readonly [name: string]: unknown } {
  if (field === undefined) return {};
  if (field.kind !== 'object') throw field.expected('an object of parameters');
  return field.value as { readonly [name: string]: unknown };
}

function readOwnSymbols(
  field: Field,
  job: Pick<JobSpec, 'path' | 'params'>,
  { hasSymbols }: Context,
): readonly string[] | undefined {
  const own = field.get('symbols');
  if (own && !usesSymbols(job))
    throw own.error(`has no effect: neither the path nor the params have ${SYMBOL}`);
  if (!own && !hasSymbols && usesSymbols(job))
    throw field.error(`it has ${SYMBOL}, but neither the job nor the file has "symbols"`);
  return own && readSymbols(own);
}

function readCost(field: Field, { profile, name }: VenueSpec): ThrottleCost {
  const costs = field.fields('costs by rule, such as { "REQUEST_WEIGHT": 5 }').map(([id, one]) => {
    if (ruleOf(profile.rules, id) === undefined) {
      const ids = profile.rules.map((rule) => rule.id);
      const known = suggestion(id, ids) || `; its rules: ${ids.slice(0, 12).join(', ')}`;
      throw one.error(`${name} has no rule ${JSON.stringify(id)}${known}`);
    }
    const isCost = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
    return [id, one.number('a number of 0 or more', isCost)] as const;
  });
  return Object.fromEntries(costs);
}

/** Checks that the profile knows what the endpoint costs. */
function checkEndpoint(field: Field, method: string, path: string, venue: VenueSpec): void {
  const { costs } = venue.profile;
  const { name } = venue;
  if (name === OWN)
    throw field.error(
      'under "rules" of the file, a job needs its costs in "cost": { rule: number }',
    );
  if (costs.has(method, path.replaceAll(SYMBOL, 'SYMBOL'))) return;
  const bare = path.split('?')[0] as string;
  const other = METHODS.find((one) => costs.has(one, path.replaceAll(SYMBOL, 'SYMBOL')));
  const hint = other
    ? `; it has ${other} ${bare}`
    : suggestion(`${method} ${bare}`, costs.endpoints);
  throw field.error(
    `${name} has no endpoint ${method} ${bare}${hint || '.'} ` +
      'An endpoint that the profile lacks needs its costs in "cost": { rule: number }',
  );
}
