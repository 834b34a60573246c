import type { ThrottlerEvents } from '../events.js';
import { CODES, EVENTS, PRIORITIES } from './protocol.js';

export type EventName = keyof ThrottlerEvents;
export type AnyEvent = ThrottlerEvents[EventName];

/** Returns the number of kinds of events for the engine: the sum of their bits. */
export function kindsOf(names: Iterable<EventName>): number {
  let kinds = 0;
  for (const name of names) kinds |= 1 << EVENTS.indexOf(name);
  return kinds;
}

/**
 * Reads events as the engine writes them: for each its kind, value and detail, the number of its
 * names, and its names with their numbers.
 */
export function readEvents(flat: readonly unknown[]): AnyEvent[] {
  const events: AnyEvent[] = [];
  for (let at = 0; at < flat.length; ) {
    const [kind, value, detail, count] = flat.slice(at, at + 4) as [number, number, number, number];
    at += 4;
    const names = Array.from(
      { length: count },
      (_, n) => flat.slice(at + 2 * n, at + 2 * n + 2) as [string, number],
    );
    at += 2 * count;
    events.push({ type: EVENTS[kind], ...fieldsOf(kind, value, detail, names) } as AnyEvent);
  }
  return events;
}

function fieldsOf(
  kind: number,
  value: number,
  detail: number,
  names: readonly (readonly [string, number])[],
): object {
  const [[name, number] = []] = names;
  const rules = names.length > 0 ? names.map(([id]) => id) : undefined;
  switch (EVENTS[kind]) {
    case 'grant':
      return { priority: PRIORITIES[detail], waited: value, cost: Object.fromEntries(names) };
    case 'queue':
      return { priority: PRIORITIES[detail], cost: Object.fromEntries(names) };
    case 'reject':
      return { code: CODES[detail], rule: name };
    case 'mode':
      return { mode: name };
    case 'pause':
      return { rules, until: value, status: detail || undefined };
    case 'resume':
      return { rules };
    case 'sync':
      return { rule: name, used: number };
    case 'threshold':
      return { rule: name, level: value, utilization: number };
    default:
      return {};
  }
}
