import { parseJson } from '../shared/params.js';

/** No refusal is as long; so answers full of data are not parsed twice. */
const LONGEST = 10_000;

/** The body as an object: parsed if it is a text; empty if it is none. */
export function fieldsOf(body: unknown): { readonly [field: string]: unknown } {
  const parsed = typeof body === 'string' ? parseJson(body.slice(0, LONGEST)) : body;
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
}
