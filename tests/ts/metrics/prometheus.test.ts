// The metrics of a throttler in a registry of prom-client.

import { readFileSync } from 'node:fs';
import { MultiThrottler, tokenBucket } from 'multi-throttler';
import { registerPrometheus } from 'multi-throttler/metrics';
import { createMonitorHandler } from 'multi-throttler/monitor';
import client from 'prom-client';
import { expect, test, vi } from 'vitest';
import { get } from '../monitor/support.ts';
import { busyThrottler } from './support.ts';

async function lines(registry: client.Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => /^[^#]/.test(line));
}

test('a collection has the state of each rule, class and code', async () => {
  const { throttler } = await busyThrottler();
  const registry = new client.Registry();
  registerPrometheus(throttler, client, { registry });
  throttler.report({ status: 429, headers: { 'retry-after': '30' } });
  await vi.waitFor(async () =>
    expect(await lines(registry)).toContain(
      'multi_throttler_refused_total{throttler="default",status="429"} 1',
    ),
  );
  const all = await lines(registry);
  expect(all).toEqual(
    expect.arrayContaining([
      'multi_throttler_granted_total{throttler="default"} 2',
      'multi_throttler_rejected_total{throttler="default",code="UNKNOWN_RULE"} 1',
      'multi_throttler_aborted_total{throttler="default"} 1',
      'multi_throttler_refused_total{throttler="default",status="418"} 0',
      'multi_throttler_waiting{throttler="default",priority="critical"} 1',
      'multi_throttler_waiting{throttler="default",priority="low"} 0',
      'multi_throttler_wait_seconds{throttler="default",quantile="0.99"} 0',
      'multi_throttler_rule_used{throttler="default",rule="WEIGHT"} 50',
      'multi_throttler_rule_limit{throttler="default",rule="WEIGHT"} 100',
      'multi_throttler_rule_utilization_ratio{throttler="default",rule="WEIGHT"} 0.5',
      'multi_throttler_consecutive_refusals{throttler="default"} 1',
      'multi_throttler_mode{throttler="default",mode="burst"} 1',
    ]),
  );
  // A family has the figures of its member that is used most; members have none of their own.
  expect(all).toContain('multi_throttler_rule_used{throttler="default",rule="order:*"} 8');
  expect(all.filter((line) => line.includes('order:')).length).toBe(4);
});

test('counters go on, and the mode before is gone', async () => {
  const { throttler } = await busyThrottler();
  const registry = new client.Registry();
  registerPrometheus(throttler, client, { registry });
  await registry.metrics();
  await throttler.throttle({ WEIGHT: 1 });
  throttler.setMode('normal');
  throttler.removeRule('WEIGHT');
  const all = await lines(registry);
  expect(all).toContain('multi_throttler_granted_total{throttler="default"} 3');
  expect(all.filter((line) => line.startsWith('multi_throttler_mode'))).toEqual([
    'multi_throttler_mode{throttler="default",mode="normal"} 1',
  ]);
  expect(all.filter((line) => line.includes('WEIGHT'))).toEqual([]);
});

test('several throttlers have their names, and one that is closed keeps its counts', async () => {
  const make = () => new MultiThrottler([tokenBucket({ id: 'a', capacity: 2, refillRate: 0 })]);
  const throttlers = { spot: make(), 'fu"tures': make() };
  const registry = new client.Registry();
  registerPrometheus(throttlers, client, { registry, prefix: 'bot_' });
  await throttlers.spot.throttle({ a: 1 });
  throttlers.spot.close();
  const all = await lines(registry);
  expect(all).toContain('bot_granted_total{throttler="spot"} 1');
  expect(all).toContain('bot_rule_used{throttler="fu\\"tures",rule="a"} 0');
});

test('the throttler is read once for a collection, and not without one', async () => {
  const { throttler } = await busyThrottler();
  const registry = new client.Registry();
  const reads = vi.spyOn(throttler, 'getStats');
  registerPrometheus(throttler, client, { registry });
  expect(reads).toHaveBeenCalledTimes(0);
  await registry.metrics();
  expect(reads).toHaveBeenCalledTimes(1);
  await registry.metrics();
  expect(reads).toHaveBeenCalledTimes(2);
});

test('the metrics can be removed, and registered again', async () => {
  const { throttler } = await busyThrottler();
  const registry = new client.Registry();
  const remove = registerPrometheus(throttler, client, { registry });
  remove();
  expect(await lines(registry)).toEqual([]);
  registerPrometheus(throttler, client, { registry });
  expect((await lines(registry)).length).toBeGreaterThan(10);
});

test('the default registry gets them, and a monitor answers with it', async () => {
  const { throttler } = await busyThrottler();
  const remove = registerPrometheus(throttler, client);
  const handler = createMonitorHandler(throttler, { registry: client.register });
  const response = await get(handler, 'metrics');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await response.text()).toContain('# TYPE multi_throttler_granted_total counter');
  remove();
});

test.each([
  [{ prefix: '1x' }, 'prefix'],
  [{ prefx: 'x' }, 'unknown field "prefx"'],
])('the options %j are rejected', (options, name) => {
  expect(() => registerPrometheus(new MultiThrottler([]), client, options as object)).toThrow(name);
});

test('a value that is no throttler and a module that is no prom-client are rejected', () => {
  expect(() => registerPrometheus({}, client)).toThrow(/a throttler, or throttlers by name/);
  expect(() => registerPrometheus({ a: 1 as never }, client)).toThrow(/a throttler/);
  expect(() => registerPrometheus(new MultiThrottler([]), {} as never)).toThrow(/prom-client/);
});

test('the dashboard for Grafana uses metrics and labels that exist, and all metrics', async () => {
  const { throttler } = await busyThrottler();
  const registry = new client.Registry();
  registerPrometheus(throttler, client, { registry });
  const metrics = await registry.getMetricsAsJSON();
  const file = new URL('../../../docs/guides/grafana-dashboard.json', import.meta.url);
  const dashboard = JSON.parse(readFileSync(file, 'utf8'));
  const expressions: { expr: string; legendFormat: string }[] = dashboard.panels.flatMap(
    (panel: { targets: object[] }) => panel.targets,
  );
  const queries = [
    ...expressions.map(({ expr }) => expr),
    dashboard.templating.list[1].query.query,
  ];
  const used = queries.flatMap((text: string) => text.match(/multi_throttler_\w+/g) ?? []);
  expect([...new Set(used)].sort()).toEqual(metrics.map(({ name }) => name).sort());

  const labels = new Map(
    metrics.map(({ name, values }) => [name, Object.keys(values[0]?.labels ?? {})]),
  );
  for (const { expr, legendFormat } of expressions) {
    const [name = ''] = expr.match(/multi_throttler_\w+/) ?? [];
    const named = [...`${legendFormat} ${expr}`.matchAll(/\{\{(\w+)\}\}|by \((\w+)\)/g)];
    for (const [, label, group] of named) expect(labels.get(name)).toContain(label ?? group);
  }
});
