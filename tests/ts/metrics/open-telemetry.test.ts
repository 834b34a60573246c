// The instruments of a throttler with the SDK of OpenTelemetry.

import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { MultiThrottler } from 'multi-throttler';
import { registerOpenTelemetry } from 'multi-throttler/metrics';
import { afterEach, expect, test, vi } from 'vitest';
import { busyThrottler } from './support.ts';

const providers: MeterProvider[] = [];
afterEach(async () => {
  await Promise.all(providers.splice(0).map((provider) => provider.shutdown()));
});

/** A meter, and a function that collects: points by the name of their instrument. */
function setUp() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({ readers: [reader] });
  providers.push(provider);
  return {
    meter: provider.getMeter('test'),
    async collect() {
      exporter.reset();
      await reader.forceFlush();
      const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
      return new Map(
        scopes
          .flatMap(({ metrics }) => metrics)
          .map(({ descriptor, dataPoints }) => [
            descriptor.name,
            {
              unit: descriptor.unit,
              points: dataPoints.map(({ attributes, value }) => [attributes, value]),
            },
          ]),
      );
    },
  };
}

test('a collection has usage, limit and utilization of each rule, and the requests', async () => {
  const { throttler } = await busyThrottler();
  const { meter, collect } = setUp();
  registerOpenTelemetry(throttler, meter, { attributes: { exchange: 'binance' } });
  const all = await collect();
  const common = { exchange: 'binance', 'multi_throttler.name': 'default' };
  expect(all.get('multi_throttler.request.granted')).toEqual({
    unit: '{request}',
    points: [[common, 2]],
  });
  expect(all.get('multi_throttler.request.rejected')?.points).toEqual([
    [{ ...common, 'error.type': 'UNKNOWN_RULE' }, 1],
  ]);
  expect(all.get('multi_throttler.request.waiting')?.points).toContainEqual([
    { ...common, 'multi_throttler.priority': 'critical' },
    1,
  ]);
  const weight = { ...common, 'multi_throttler.rule.id': 'WEIGHT' };
  expect(all.get('multi_throttler.rule.usage')?.points).toContainEqual([weight, 50]);
  expect(all.get('multi_throttler.rule.limit')?.points).toContainEqual([weight, 100]);
  expect(all.get('multi_throttler.rule.utilization')).toMatchObject({ unit: '1' });
  expect(all.get('multi_throttler.rule.utilization')?.points).toContainEqual([weight, 0.5]);
  expect(all.get('multi_throttler.response.refused')?.points).toContainEqual([
    { ...common, 'http.response.status_code': 429 },
    0,
  ]);
});

test('names and units are those of the semantic conventions', async () => {
  const { throttler } = await busyThrottler();
  const { meter, collect } = setUp();
  registerOpenTelemetry(throttler, meter);
  const all = await collect();
  expect(all.size).toBe(13);
  for (const [name, { unit, points }] of all) {
    // Lower case, dots between namespaces; no unit and no `total` in the name.
    expect(name).toMatch(/^multi_throttler(\.[a-z]+(_[a-z]+)*)+$/);
    expect(name).not.toMatch(/total|seconds|ratio/);
    expect(unit).toMatch(/^(s|1|\{[a-z]+\})$/);
    for (const [attributes] of points) {
      for (const attribute of Object.keys(attributes as object)) {
        expect(attribute).toMatch(
          /^(multi_throttler\.[a-z.]+|error\.type|http\.response\.status_code)$/,
        );
      }
    }
  }
});

test('the throttler is read once for a collection, not without one, and not after the end', async () => {
  const { throttler } = await busyThrottler();
  const { meter, collect } = setUp();
  const reads = vi.spyOn(throttler, 'getStats');
  const remove = registerOpenTelemetry(throttler, meter);
  expect(reads).toHaveBeenCalledTimes(0);
  await collect();
  expect(reads).toHaveBeenCalledTimes(1);
  remove();
  await collect();
  expect(reads).toHaveBeenCalledTimes(1);
});

test('a value that is no meter and an unknown option are rejected', () => {
  const throttler = new MultiThrottler([]);
  expect(() => registerOpenTelemetry(throttler, {} as never)).toThrow(/a meter of OpenTelemetry/);
  const { meter } = setUp();
  expect(() => registerOpenTelemetry(throttler, meter, { labels: {} } as object)).toThrow(
    'unknown field "labels"',
  );
});
