import { checkFields, invalidConfig } from '../index.js';
import { DEFINITIONS, type Definition, LABELS, type Label } from './definitions.js';
import { type MeasuredThrottlers, Sampler } from './sample.js';

/** The attributes of a measurement. */
export interface Attributes {
  [name: string]: string | number;
}

/** Takes the measurements of one collection. */
export interface BatchObserver {
  // biome-ignore lint/suspicious/noExplicitAny: an instrument of the meter
  observe(instrument: any, value: number, attributes?: Attributes): void;
}

/** The part of a meter of `@opentelemetry/api` that is used. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options: InstrumentOptions): unknown;
  createObservableUpDownCounter(name: string, options: InstrumentOptions): unknown;
  createObservableGauge(name: string, options: InstrumentOptions): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: instruments of the meter
  addBatchObservableCallback(callback: (observer: BatchObserver) => void, instruments: any[]): void;
  removeBatchObservableCallback(
    callback: (observer: BatchObserver) => void,
    // biome-ignore lint/suspicious/noExplicitAny: instruments of the meter
    instruments: any[],
  ): void;
}

/** How an instrument is described. */
export interface InstrumentOptions {
  description: string;
  unit: string;
}

/** The options of {@link registerOpenTelemetry}. */
export interface OpenTelemetryOptions {
  /**
   * Attributes of all measurements, such as the exchange.
   *
   * @defaultValue none
   */
  readonly attributes?: Attributes | undefined;
}

/**
 * Registers instruments for a throttler, or for several by name, with a meter of OpenTelemetry.
 * They are read when a reader of the program collects, and cost nothing until then. Names and units
 * follow its semantic conventions: `multi_throttler.rule.usage`, `.limit`, `.utilization`.
 *
 * @returns a function that removes them
 * @throws {InvalidConfigError} an option is invalid or unknown
 *
 * @example
 * import { metrics } from '@opentelemetry/api';
 * registerOpenTelemetry(throttler, metrics.getMeter('bot'));
 */
export function registerOpenTelemetry(
  throttler: MeasuredThrottlers,
  meter: OpenTelemetryMeter,
  options: OpenTelemetryOptions = {},
): () => void {
  checkFields(options, ['attributes'], 'options of registerOpenTelemetry');
  if (typeof meter?.createObservableGauge !== 'function')
    throw invalidConfig('meter', 'a meter of OpenTelemetry', meter);
  const sampler = new Sampler(throttler);
  const instruments = DEFINITIONS.map((definition) => create(meter, definition));
  const callback = (observer: BatchObserver) => {
    for (const [name, sample] of sampler.read()) {
      const common = { ...options.attributes, [LABELS.throttler]: name };
      for (const [index, { values }] of DEFINITIONS.entries()) {
        for (const [labels, value] of values(sample))
          observer.observe(instruments[index], value, { ...common, ...attributesOf(labels) });
      }
    }
  };
  meter.addBatchObservableCallback(callback, instruments);
  return () => {
    meter.removeBatchObservableCallback(callback, instruments);
    sampler.close();
  };
}

function create(
  meter: OpenTelemetryMeter,
  { kind, openTelemetry, unit, help }: Definition,
): unknown {
  const name = `multi_throttler.${openTelemetry}`;
  const options = { description: help, unit };
  if (kind === 'counter') return meter.createObservableCounter(name, options);
  if (kind === 'sum') return meter.createObservableUpDownCounter(name, options);
  return meter.createObservableGauge(name, options);
}

function attributesOf(labels: { readonly [L in Label]?: string | number }): Attributes {
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [LABELS[label as Label], value]),
  );
}
