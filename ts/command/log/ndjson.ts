/** Reads a line of an NDJSON log. */

import { readHeaders } from '../../shared/headers.js';
import { unixMs } from '../../shared/instant.js';
import { readDuration } from '../duration.js';
import type { Field } from '../json/field.js';
import type { LogRecord } from './record.js';

/** Names by which logs know the same field, in the order in which they are looked for. */
const NAMES = {
  sent: ['time', 'sent', 'timestamp', 'ts', '@timestamp'],
  received: ['received', 'end'],
  duration: ['duration', 'elapsed', 'latency'],
  method: ['method', 'verb'],
  url: ['url', 'path', 'uri'],
  params: ['params', 'body', 'data'],
  status: ['status', 'statusCode', 'code'],
  headers: ['headers', 'responseHeaders'],
} as const;

const TIMES = 'an ISO 8601 time such as "2026-01-01T00:00:00.000Z", or Unix time in s or ms';

/** Reads a request: `{ time, method, url, status, headers, duration }`; others are ignored. */
export function readLine(line: Field): LogRecord {
  if (line.kind !== 'object') throw line.expected('an object, one for each request');
  const find = (names: readonly string[]) => {
    for (const name of names) {
      const field = line.get(name);
      if (field && field.value !== null) return field;
    }
    return undefined;
  };
  const needed = (names: readonly string[], what: string) => {
    const field = find(names);
    if (field === undefined) throw line.error(`the field "${names[0]}" is missing: ${what}`);
    return field;
  };
  const sent = readTime(needed(NAMES.sent, TIMES));
  const received = find(NAMES.received);
  const duration = find(NAMES.duration);
  const status = find(NAMES.status);
  const method = find(NAMES.method);
  return {
    sent,
    received: received ? readTime(received) : duration && sent + readElapsed(duration),
    method: method?.text('a method such as "GET"').toUpperCase() ?? 'GET',
    url: needed(NAMES.url, 'the URL or the path of the request').text('a URL or a path'),
    params: readParams(find(NAMES.params)),
    status: status?.number('a status of HTTP', (value) => value >= 100 && value <= 999),
    headers: readHeaders(find(NAMES.headers)?.value) ?? new Headers(),
  };
}

/** Reads a time as Unix ms. */
export function readTime(field: Field): number {
  const { value } = field;
  const isNumber =
    typeof value === 'number' || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value));
  const ms = isNumber ? unixMs(Number(value)) : Date.parse(String(value));
  if (!Number.isFinite(ms) || ms <= 0) throw field.expected(TIMES);
  return ms;
}

function readElapsed(field: Field): number {
  if (field.value === 0) return 0;
  const ms = readDuration(field.value);
  if (ms === undefined) throw field.expected('milliseconds, or a text such as "120ms"');
  return ms;
}

function readParams(field: Field | undefined): object | string | undefined {
  if (field === undefined) return undefined;
  const { value } = field;
  if (typeof value !== 'string' && typeof value !== 'object')
    throw field.expected('an object of parameters, or a text');
  return value ?? undefined;
}
