import { parseJson } from '../../shared/params.js';

/** The fields of a body or a message. */
export interface Fields {
  readonly [field: string]: unknown;
}

/** No refusal is as long; so answers full of data are not parsed twice. */
const LONGEST = 10_000;

/** The body as an object: parsed if it is a text; empty if it is none. */
export function fieldsOf(body: unknown, longest = LONGEST): Fields {
  const parsed = typeof body === 'string' ? parseJson(body.slice(0, longest)) : body;
  return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : {};
}

/** The elements of a list; none if it is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
