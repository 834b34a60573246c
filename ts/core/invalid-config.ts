import { InvalidConfigError } from '../errors.js';
import { kindOf, shown } from '../shared/shown.js';

/** Returns the error for an argument that is not what it must be, worded as the engine does. */
export function invalidConfig(field: string, expected: string, value: unknown): InvalidConfigError {
  return error(`${field} must be ${expected}, got ${shown(value)}`, field, value);
}

/** @throws {InvalidConfigError} the value is no function */
export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidConfig(field, 'a function', value);
}

/**
 * Throws if `fields` has an own field that is not one of `known`: a mistyped limit would be no
 * limit. A field that is `undefined` counts as absent.
 *
 * @param subject names the object in the error: "request options"
 * @param path stands before the name in the error's `field`, for objects inside others
 * @throws {InvalidConfigError} names the field and the known ones
 */
export function checkFields(
  fields: object,
  known: readonly string[],
  subject: string,
  path = '',
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !known.includes(name))
      throw unknownField(name, value, subject, known, path);
  }
}

/**
 * Returns the error for a field that does not exist; the parameters are those of {@link
 * checkFields}.
 */
export function unknownField(
  name: string,
  value: unknown,
  subject: string,
  known: readonly string[],
  path = '',
): InvalidConfigError {
  const message = `unknown field "${name}" for ${subject}; known fields: ${known.join(', ')}`;
  return error(message, path + name, value);
}

function error(message: string, field: string, value: unknown): InvalidConfigError {
  return new InvalidConfigError(message, 'INVALID_CONFIG', {
    field,
    value: kindOf(value) ?? value,
  });
}
