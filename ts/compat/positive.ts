import { invalidConfig } from '../index.js';

/**
 * Returns an amount as a limit that a rule can have. Python writes "no limit" as its largest
 * integer, `sys.maxsize`.
 *
 * @throws {InvalidConfigError} the value is no number above 0; the error names the field
 */
export function positive(field: string, value: number): number {
  if (!(typeof value === 'number' && value > 0)) throw invalidConfig(field, 'above 0', value);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}
