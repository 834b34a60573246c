/** Reads a HAR file, as browsers and proxies export it. */

import { readHeaders } from '../../shared/headers.js';
import type { Field } from '../json/field.js';
import { readTime } from './ndjson.js';
import type { LogRecord } from './record.js';

/** Reads the requests of a HAR file; other fields are ignored. */
export function readHar(file: Field): LogRecord[] {
  const entries = child(child(file, 'log'), 'entries').items('a list of requests');
  return entries.map(readEntry);
}

function readEntry(entry: Field): LogRecord {
  const started = readTime(child(entry, 'startedDateTime'));
  const request = child(entry, 'request');
  const response = child(entry, 'response');
  // -1 stands for a phase that did not happen.
  const phase = (name: string) =>
    Math.max(0, Number(entry.get('timings')?.get(name)?.value ?? 0) || 0);
  // A connection is made before the request is sent.
  const before = phase('blocked') + phase('dns') + phase('connect');
  const time = Number(entry.get('time')?.value);
  const status = Number(response.get('status')?.value);
  return {
    sent: started + before,
    received: Number.isFinite(time) && time > 0 ? started + time : undefined,
    method: child(request, 'method').text('a method').toUpperCase(),
    url: child(request, 'url').text('a URL'),
    params: readBody(request.get('postData')?.get('text')),
    // 0 stands for a request without a response.
    status: status >= 100 ? status : undefined,
    headers: readHeaders(pairsOf(response.get('headers'))) ?? new Headers(),
  };
}

function readBody(field: Field | undefined): string | undefined {
  const value = field?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list of `{ name, value }` as pairs. */
function pairsOf(headers: Field | undefined): (readonly [unknown, unknown])[] {
  const list = headers?.items('a list of headers') ?? [];
  return list.map((one) => [one.get('name')?.value, one.get('value')?.value]);
}

function child(field: Field, name: string): Field {
  const found = field.get(name);
  if (found === undefined) throw field.error(`the field "${name}" is missing`);
  return found;
}
