import type { Sample } from './sample.js';

/** The names of labels, in Prometheus and in OpenTelemetry. */
export const LABELS = {
  throttler: 'multi_throttler.name',
  rule: 'multi_throttler.rule.id',
  priority: 'multi_throttler.priority',
  mode: 'multi_throttler.mode',
  quantile: 'multi_throttler.quantile',
  code: 'error.type',
  status: 'http.response.status_code',
} as const;

export type Label = keyof typeof LABELS;

/** A value with its labels, without that of the throttler. */
export type Value = readonly [labels: { readonly [L in Label]?: string | number }, value: number];

/** A metric, under both of its names. */
export interface Definition {
  /** A counter only grows, a sum can be added up over programs, a gauge cannot. */
  readonly kind: 'counter' | 'sum' | 'gauge';
  /** The name in Prometheus, without the prefix. */
  readonly prometheus: string;
  /** The name in OpenTelemetry, without the prefix. */
  readonly openTelemetry: string;
  /** The unit in OpenTelemetry, in the code of UCUM. */
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly Label[];
  readonly values: (sample: Sample) => readonly Value[];
}

const seconds = (ms: number) => ms / 1000;

/** The values of all rules under their ids. */
const byRule =
  (of: (rule: { used: number; limit: number; peak: number }) => number) =>
  ({ rules }: Sample): readonly Value[] =>
    [...rules].map(([rule, sample]): Value => [{ rule }, of(sample)]);

export const DEFINITIONS: readonly Definition[] = [
  {
    kind: 'counter',
    prometheus: 'granted_total',
    openTelemetry: 'request.granted',
    unit: '{request}',
    help: 'Requests that were granted',
    labels: [],
    values: ({ granted }) => [[{}, granted]],
  },
  {
    kind: 'counter',
    prometheus: 'rejected_total',
    openTelemetry: 'request.rejected',
    unit: '{request}',
    help: 'Requests that the throttler rejected, by the code of the error',
    labels: ['code'],
    values: ({ rejected }) => Object.entries(rejected).map(([code, count]) => [{ code }, count]),
  },
  {
    kind: 'counter',
    prometheus: 'aborted_total',
    openTelemetry: 'request.aborted',
    unit: '{request}',
    help: 'Waiting requests that the program cancelled',
    labels: [],
    values: ({ aborted }) => [[{}, aborted]],
  },
  {
    kind: 'counter',
    prometheus: 'refused_total',
    openTelemetry: 'response.refused',
    unit: '{response}',
    help: 'Refusals (429) and bans (418) of the server that paused rules',
    labels: ['status'],
    values: ({ refused }) => [...refused].map(([status, count]) => [{ status }, count]),
  },
  {
    kind: 'sum',
    prometheus: 'waiting',
    openTelemetry: 'request.waiting',
    unit: '{request}',
    help: 'Requests that wait, by class',
    labels: ['priority'],
    values: ({ waiting }) =>
      Object.entries(waiting).map(([priority, count]) => [{ priority }, count]),
  },
  {
    kind: 'gauge',
    prometheus: 'wait_seconds',
    openTelemetry: 'request.wait',
    unit: 's',
    help: 'Waits of granted requests since the start, by quantile; 1 is the longest',
    labels: ['quantile'],
    values: ({ wait: { p50, p95, p99, max } }) =>
      Object.entries({ 0.5: p50, 0.95: p95, 0.99: p99, 1: max }).map(([quantile, wait]) => [
        { quantile },
        seconds(wait),
      ]),
  },
  {
    kind: 'sum',
    prometheus: 'rule_used',
    openTelemetry: 'rule.usage',
    unit: '{token}',
    help: 'Tokens in use; of a family, those of the member that is used most',
    labels: ['rule'],
    values: byRule(({ used }) => used),
  },
  {
    kind: 'sum',
    prometheus: 'rule_limit',
    openTelemetry: 'rule.limit',
    unit: '{token}',
    help: 'Limit in force, by share and mode',
    labels: ['rule'],
    values: byRule(({ limit }) => limit),
  },
  {
    kind: 'gauge',
    prometheus: 'rule_utilization_ratio',
    openTelemetry: 'rule.utilization',
    unit: '1',
    help: 'Used fraction of the limit in force',
    labels: ['rule'],
    values: byRule(({ used, limit }) => used / limit),
  },
  {
    kind: 'gauge',
    prometheus: 'rule_peak_utilization_ratio',
    openTelemetry: 'rule.peak_utilization',
    unit: '1',
    help: 'Largest used fraction since the start',
    labels: ['rule'],
    values: byRule(({ peak }) => peak),
  },
  {
    kind: 'gauge',
    prometheus: 'pause_remaining_seconds',
    openTelemetry: 'pause.remaining',
    unit: 's',
    help: 'Rest of the longest pause in force; 0 if nothing is paused, infinite until resumed',
    labels: [],
    values: ({ pausedFor }) => [[{}, seconds(pausedFor)]],
  },
  {
    kind: 'gauge',
    prometheus: 'consecutive_refusals',
    openTelemetry: 'response.consecutive_refusals',
    unit: '{response}',
    help: 'Refusals (429) in a row',
    labels: [],
    values: ({ consecutive429 }) => [[{}, consecutive429]],
  },
  {
    kind: 'gauge',
    prometheus: 'mode',
    openTelemetry: 'mode.active',
    unit: '1',
    help: '1 for the mode in force',
    labels: ['mode'],
    values: ({ mode }) => [[{ mode }, 1]],
  },
];
