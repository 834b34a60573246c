export type {
  Occurrence,
  Pause,
  PauseReading,
  Reading,
  RuleReading,
  WaitingReading,
} from '../shared/watch/reading.js';
export { createMonitorHandler, type MonitorHandler } from './handler.js';
export type { MonitorMessage, NamedReading } from './message.js';
export { nodeListener } from './node.js';
export type { MetricsRegistry, Monitored, MonitorOptions } from './options.js';
