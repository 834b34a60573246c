/** Reads a log of requests: NDJSON, an object in each line, or a HAR file. */

import { Field } from '../json/field.js';
import { parseJson, Source } from '../json/parse.js';
import { UserError } from '../user-error.js';
import { readHar } from './har.js';
import { readLine } from './ndjson.js';
import type { LogRecord } from './record.js';

export interface Log {
  /** Requests in the order in which they were sent. */
  readonly records: readonly LogRecord[];
  /** Whether the last line was left out, as it has no end: the log was still being written. */
  readonly isCut: boolean;
}

/**
 * Reads the text of a log.
 *
 * @throws {UserError} names line and field
 */
export function readLog(name: string, text: string): Log {
  const log = isHar(text)
    ? { records: readHar(fieldOf(name, text)), isCut: false }
    : readLines(name, text);
  if (log.records.length === 0) throw new UserError(`${name}: the log has no requests`);
  return { ...log, records: [...log.records].sort((a, b) => a.sent - b.sent) };
}

/** A HAR file is one object with the field `log`, of several lines or of one. */
function isHar(text: string): boolean {
  return /^\uFEFF?\s*\{\s*"log"\s*:/.test(text);
}

function fieldOf(name: string, text: string): Field {
  const source = new Source(name, text);
  return new Field(source, parseJson(source));
}

function readLines(name: string, text: string): Log {
  const lines = text.split('\n');
  const records: LogRecord[] = [];
  let isCut = false;
  lines.forEach((line, i) => {
    if (line.trim() === '') return;
    const source = new Source(name, line, i);
    try {
      records.push(readLine(new Field(source, parseJson(source))));
    } catch (error) {
      if (!(error instanceof UserError) || i < lines.length - 1 || i === 0) {
        throw i === 0 && isWhole(text) ? notLog(name) : error;
      }
      isCut = true;
    }
  });
  return { records, isCut };
}

/** Whether a text is one value in JSON, and no log with a value in each line. */
function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function notLog(name: string): UserError {
  return new UserError(
    `${name}: this is one JSON value, and no log: a log has an object in each line (NDJSON), ` +
      'or is a HAR file. A job file goes without --from',
  );
}
