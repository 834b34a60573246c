import { checkFields, invalidConfig } from '../index.js';
import { DEFINITIONS, type Definition } from './definitions.js';
import { type MeasuredThrottlers, Sampler } from './sample.js';

/** A metric of prom-client, in the calls that are used. */
export interface PrometheusMetric {
  reset(): void;
  inc(labels: object, value: number): void;
}

/** The configuration of a metric of prom-client. */
export interface PrometheusConfiguration {
  name: string;
  help: string;
  labelNames: string[];
  registers: Foreign[];
  collect(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: types of prom-client, no part of the package
type Foreign = any;

/** The part of the module `prom-client` that is used. */
export interface PrometheusClient {
  readonly Counter: new (configuration: Foreign) => PrometheusMetric;
  readonly Gauge: new (configuration: Foreign) => PrometheusMetric;
  readonly register: Foreign;
}

/** The options of {@link registerPrometheus}. */
export interface PrometheusOptions {
  /**
   * The registry that gets the metrics.
   *
   * @defaultValue `register` of prom-client
   */
  readonly registry?: { removeSingleMetric(name: string): void } | undefined;
  /**
   * The beginning of all names.
   *
   * @defaultValue `'multi_throttler_'`
   */
  readonly prefix?: string | undefined;
}

/**
 * Registers metrics of a throttler, or of several by name, with prom-client. They are read when the
 * registry is collected, and cost nothing until then. Members of families are left out; a family
 * has the figures of its member that is used most.
 *
 * @param client the module `prom-client`, version 14 or later
 * @returns a function that removes them
 * @throws {InvalidConfigError} an option is invalid or unknown
 *
 * @example
 * import client from 'prom-client';
 * registerPrometheus(throttler, client);
 * console.log(await client.register.metrics());
 */
export function registerPrometheus(
  throttler: MeasuredThrottlers,
  client: PrometheusClient,
  options: PrometheusOptions = {},
): () => void {
  checkFields(options, ['registry', 'prefix'], 'options of registerPrometheus');
  if (typeof client?.Gauge !== 'function') throw invalidConfig('client', 'prom-client', client);
  const { registry = client.register, prefix = 'multi_throttler_' } = options;
  if (typeof prefix !== 'string' || !/^[a-zA-Z_:][\w:]*$|^$/.test(prefix))
    throw invalidConfig('prefix', 'a prefix of names of Prometheus', prefix);
  const sampler = new Sampler(throttler);
  for (const definition of DEFINITIONS) register(client, registry, prefix, definition, sampler);
  return () => {
    sampler.close();
    for (const { prometheus } of DEFINITIONS) registry.removeSingleMetric(prefix + prometheus);
  };
}

function register(
  client: PrometheusClient,
  registry: unknown,
  prefix: string,
  { kind, prometheus, help, labels, values }: Definition,
  sampler: Sampler,
): void {
  const Metric = kind === 'counter' ? client.Counter : client.Gauge;
  const metric: PrometheusMetric = new Metric({
    name: prefix + prometheus,
    help,
    labelNames: ['throttler', ...labels],
    registers: [registry],
    collect() {
      // Values of rules that are gone must not stay.
      metric.reset();
      for (const [throttler, sample] of sampler.read()) {
        for (const [own, value] of values(sample)) metric.inc({ throttler, ...own }, value);
      }
    },
  } satisfies PrometheusConfiguration);
}
