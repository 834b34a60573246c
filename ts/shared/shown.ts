/** A value as an error names it. */
export function shown(value: unknown): string {
  return kindOf(value) ?? (typeof value === 'string' ? JSON.stringify(value) : String(value));
}

/**
 * What to say of the first field that is none of these, for a mistyped limit is no limit: its name and what it must be.
 */
export function unknownField(fields: object, known: readonly string[]): [string, string] | undefined {
  const name = Object.keys(fields).find((field) => !known.includes(field));
  return name === undefined ? undefined : [name, `left out: known are ${known.join(', ')}`];
}

/** The name of the kind of a value that does not show by itself what it is. */
export function kindOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return undefined;
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object';
  return `a ${typeof value}`;
}
