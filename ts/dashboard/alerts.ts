import type { Occurrence, Reading, RuleReading } from '../shared/watch/reading.js';
import { CLASSES } from '../shared/watch/reading.js';
import { count, countdown, duration, percent } from './format.js';

export type Severity = 'info' | 'warning' | 'danger';

/** A state that needs attention as long as it lasts. */
export interface Alert {
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
}

/** More waiting critical requests than this are a queue that backs up. */
const CRITICAL_BACKLOG = 5;
/** A wait of this many milliseconds is a queue that backs up. */
const LONG_WAIT = 10_000;

/** Returns how serious a used fraction is. */
export function levelOf(utilization: number): Severity {
  return utilization >= 0.9 ? 'danger' : utilization >= 0.75 ? 'warning' : 'info';
}

/** Returns the alerts of a reading, the most serious first. */
export function alertsOf(reading: Reading): Alert[] {
  const alerts = [...pauseAlerts(reading), ...queueAlerts(reading), ...ruleAlerts(reading.rules)];
  return alerts.sort((a, b) => Number(b.severity === 'danger') - Number(a.severity === 'danger'));
}

function pauseAlerts({ pause, consecutive429 }: Reading): Alert[] {
  if (pause === null) return [];
  const all = pause.isOfAll ? 'All rules are paused' : 'Some rules are paused';
  if (pause.cause === 'ban')
    return [{ key: 'pause', severity: 'danger', text: 'The server has banned this address (418)' }];
  if (pause.cause === 'pause') return [{ key: 'pause', severity: 'warning', text: all }];
  const times = consecutive429 > 1 ? ` ${count(consecutive429)} times in a row` : '';
  const text = `The server has refused requests (429)${times}`;
  return [{ key: 'pause', severity: 'danger', text }];
}

function queueAlerts({ waiting }: Reading): Alert[] {
  return CLASSES.flatMap((name): Alert[] => {
    const { count: waiters, longest } = waiting[name];
    const isLong = longest >= LONG_WAIT;
    if (!isLong && !(name === 'critical' && waiters > CRITICAL_BACKLOG)) return [];
    const requests = `${count(waiters)} ${name} request${waiters === 1 ? '' : 's'} waiting`;
    const oldest = isLong ? `, the oldest for ${countdown(longest - 999)}` : '';
    const text = `The queue backs up: ${requests}${oldest}`;
    return [{ key: `queue ${name}`, severity: name === 'critical' ? 'danger' : 'warning', text }];
  });
}

function ruleAlerts(rules: readonly RuleReading[]): Alert[] {
  return rules.flatMap(({ id, used, limit }): Alert[] => {
    const utilization = used / limit;
    const severity = levelOf(utilization);
    if (severity === 'info') return [];
    const level =
      utilization >= 1
        ? 'is used up'
        : `is at or above ${percent(utilization >= 0.9 ? 0.9 : 0.75)}`;
    return [{ key: `rule ${id}`, severity, text: `${id} ${level}` }];
  });
}

/** Returns how serious an occurrence is. */
export function severityOf({ kind, level = 0 }: Occurrence): Severity {
  if (kind === 'ban' || kind === 'refusal' || kind === 'overflow') return 'danger';
  if (kind === 'threshold') return levelOf(level);
  return kind === 'pause' ? 'warning' : 'info';
}

/** Returns the words for an occurrence. */
export function wordsOf(occurrence: Occurrence): string {
  const { kind, rule, level = 0, rules, mode, until, at } = occurrence;
  const which = rules === undefined ? 'all rules' : rules.join(', ');
  const time = typeof until === 'number' ? ` for ${duration(Math.max(0, until - at))}` : '';
  switch (kind) {
    case 'threshold':
      return level >= 1 ? `${rule} used up` : `${rule} reached ${percent(level)}`;
    case 'ban':
      return `Banned (418): ${which} paused${time}`;
    case 'refusal':
      return `Refused (429): ${which} paused${time}`;
    case 'pause':
      return `Paused ${which}${time}`;
    case 'resume':
      return `Resumed ${which}`;
    case 'mode':
      return `Mode ${mode}`;
    case 'overflow':
      return 'Requests rejected: the queue is full';
  }
}
