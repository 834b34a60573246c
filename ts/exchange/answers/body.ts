import { parseJson } from '../../shared/params.js';

/** Fields of a body or a message by name. */
export interface Fields {
  readonly [field: string]: unknown;
}

/**
 * Length above which a text is no refusal, in bytes. A bound keeps responses full of data from
 * being parsed twice; the longest refusals, batches of 20 orders, are half as long.
 */
export const LONGEST_REFUSAL = 10_000;

/** Returns the body as an object, parsed if it is a text; empty if it is neither. */
export function fieldsOf(body: unknown, longest = LONGEST_REFUSAL): Fields {
  const parsed = typeof body === 'string' ? parseJson(body.slice(0, longest)) : body;
  return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : {};
}

/** Returns the elements of a list; none for any other value. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
