export {
  type Attributes,
  type BatchObserver,
  type InstrumentOptions,
  type OpenTelemetryMeter,
  type OpenTelemetryOptions,
  registerOpenTelemetry,
} from './open-telemetry.js';
export {
  type PrometheusClient,
  type PrometheusConfiguration,
  type PrometheusMetric,
  type PrometheusOptions,
  registerPrometheus,
} from './prometheus.js';
export type { Measured, MeasuredThrottlers } from './sample.js';
