/** Reads a job file. */

import { MultiThrottler, type MultiThrottlerConfig, ThrottlerError } from '../../index.js';
import { Field } from '../json/field.js';
import { parseJson, Source } from '../json/parse.js';
import { readJobs } from './job-fields.js';
import { OWN, readOwnRules } from './own-rules.js';
import { PROFILES, profileOf } from './profiles.js';
import { optional, readExchange, readSymbols, readTime } from './readers.js';
import { type PlanSpec, usesSymbols, type VenueSpec } from './spec.js';

const FIELDS = [
  'exchange',
  'exchanges',
  'rules',
  'symbols',
  'duration',
  'latency',
  'seed',
  'throttler',
  'jobs',
];
/** Whether a field of the configuration stands in a job file; the others are of a program. */
const CONFIG_FIELDS = {
  maxCapacity: true,
  ordering: true,
  share: true,
  modes: true,
  overflow: true,
  aging: true,
  adaptive: true,
  backoff: true,
  delay: false,
  clock: false,
  headers: false,
  unref: false,
  timerWorker: false,
  // A field that is missing here, or unknown, fails the compilation.
} as const satisfies { readonly [field in keyof Required<MultiThrottlerConfig>]: boolean };

const THROTTLER_FIELDS = (Object.keys(CONFIG_FIELDS) as (keyof MultiThrottlerConfig)[]).filter(
  (field) => CONFIG_FIELDS[field],
);

const DEFAULT_LATENCY = [5, 50] as const;

/**
 * Reads the text of a job file.
 *
 * @throws {UserError} names line, field and value
 */
export function readJobFile(name: string, text: string): PlanSpec {
  const source = new Source(name, text);
  const file = new Field(source, parseJson(source)).known(FIELDS, 'a job file');
  const own = file.get('exchange');
  const rules = file.get('rules');
  if (own && rules)
    throw rules.error('"exchange" is there too; give one of the two, and name it in other jobs');
  const venues = new Map<string, VenueSpec>();
  if (rules) venues.set(OWN, readOwnRules(rules));
  const fallback = rules ? OWN : own && readExchange(own);
  const venueOf = (exchange: string): VenueSpec => {
    const known = venues.get(exchange);
    if (known) return known;
    const venue = readVenue(exchange, file.get('exchanges'));
    venues.set(exchange, venue);
    return venue;
  };
  const symbols = file.get('symbols');
  const list = symbols && readSymbols(symbols);
  const jobsField = file.get('jobs');
  if (jobsField === undefined)
    throw file.error('the field "jobs" is missing: a list of the requests that the bot makes');
  const jobs = readJobs(jobsField, { fallback, venueOf, hasSymbols: list !== undefined });
  if (symbols && !jobs.some((job) => job.symbols === undefined && usesSymbols(job)))
    throw symbols.error('no job uses them: write {symbol} into the path or the params of one');
  if (rules && !jobs.some((job) => job.exchange === OWN))
    throw rules.error('no job uses them: a job that names an exchange has the rules of that');
  checkVenues(file.get('exchanges'), venues);
  return {
    venues,
    jobs,
    symbols: list,
    latency: readLatency(file.get('latency')),
    duration: optional(file.get('duration'), readTime),
    seed: optional(file.get('seed'), (field) => field.number('a whole number', isWhole)) ?? 1,
    throttler: readThrottler(file.get('throttler')),
  };
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function readVenue(name: string, exchanges: Field | undefined): VenueSpec {
  const profile = profileOf(name);
  const field = exchanges?.get(name);
  if (field === undefined) return { name, options: {}, profile };
  field.known(['tier', 'jitter', 'limits', 'rules'], `exchanges.${name}`);
  const options = field.value as VenueSpec['options'];
  try {
    const changed = profile.with(options);
    // The fields of rules are checked by the engine.
    new MultiThrottler(changed.rules).close();
    return { name, options, profile: changed };
  } catch (error) {
    if (error instanceof ThrottlerError) throw field.error(error.message);
    throw error;
  }
}

/** Checks that options are given to exchanges that a job uses. */
function checkVenues(field: Field | undefined, venues: ReadonlyMap<string, VenueSpec>): void {
  for (const [name, options] of field?.known([...PROFILES.keys()], '"exchanges"').fields('') ?? [])
    if (!venues.has(name)) throw options.error('no job uses this exchange');
}

function readLatency(field: Field | undefined): readonly [number, number] {
  if (field === undefined) return DEFAULT_LATENCY;
  const expected = 'milliseconds of one way, or [shortest, longest]';
  const isTime = (value: number) => value >= 0 && value <= 60_000;
  if (field.kind !== 'array') {
    const ms = field.number(expected, isTime);
    return [ms, ms];
  }
  const [least = -1, most = -1, ...more] = field.items(expected).map((item) => item.value);
  const isPair = more.length === 0 && typeof least === 'number' && typeof most === 'number';
  if (!isPair || !isTime(least) || !isTime(most) || most < least) throw field.expected(expected);
  return [least, most];
}

function readThrottler(field: Field | undefined): MultiThrottlerConfig {
  if (field === undefined) return {};
  const config = field.known(THROTTLER_FIELDS, '"throttler"').value as MultiThrottlerConfig;
  try {
    new MultiThrottler([], config).close();
  } catch (error) {
    if (error instanceof ThrottlerError) throw field.error(error.message);
    throw error;
  }
  return config;
}
