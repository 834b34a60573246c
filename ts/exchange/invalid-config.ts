import { InvalidConfigError } from '../index.js';
import { kindOf, shown, unknownField } from '../shared/shown.js';

/** The error for an argument that is not what it must be. */
export function invalidConfig(field: string, expected: string, value: unknown): InvalidConfigError {
  const message = `${field} must be ${expected}, got ${shown(value)}`;
  return new InvalidConfigError(message, 'INVALID_CONFIG', { field, value: kindOf(value) ?? value });
}

/** Refuses fields that do not exist. `path` stands before their names. */
export function checkKnown(fields: object, known: readonly string[], path = ''): void {
  const [name, expected] = unknownField(fields, known) ?? [];
  if (name === undefined || expected === undefined) return;
  throw invalidConfig(path + name, expected, (fields as Record<string, unknown>)[name]);
}
