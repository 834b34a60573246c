/** Returns the text by which an error shows a value. */
export function shown(value: unknown): string {
  return kindOf(value) ?? (typeof value === 'string' ? JSON.stringify(value) : String(value));
}

/**
 * Returns the kind of a value in words, such as "an array"; undefined for a text, a number or a
 * boolean, which show themselves.
 */
export function kindOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return undefined;
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
}
