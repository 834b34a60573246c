import { parseJson } from './params.js';

/** The body as an object: parsed if it is a text; empty if it is none. */
export function fieldsOf(body: unknown): { readonly [field: string]: unknown } {
  const parsed = typeof body === 'string' ? parseJson(body) : body;
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
}
