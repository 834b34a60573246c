/** A value as an error names it. */
export function shown(value: unknown): string {
  return kindOf(value) ?? (typeof value === 'string' ? JSON.stringify(value) : String(value));
}

/** The name of the kind of a value that does not show by itself what it is. */
export function kindOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return undefined;
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
}
