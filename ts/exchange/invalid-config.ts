import { InvalidConfigError } from '../index.js';
import { kindOf, shown } from '../shared/shown.js';

/** The error for an argument that is not what it must be. */
export function invalidConfig(field: string, expected: string, value: unknown): InvalidConfigError {
  const message = `${field} must be ${expected}, got ${shown(value)}`;
  return new InvalidConfigError(message, 'INVALID_CONFIG', { field, value: kindOf(value) ?? value });
}
