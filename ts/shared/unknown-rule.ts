/**
 * Whether a throttler has rejected a rule that it does not have. By its code, as a throttler may be
 * of another copy of the package: of its ES modules or its CommonJS modules.
 */
export function isUnknownRule(error: unknown): boolean {
  return (Object(error) as { code?: unknown }).code === 'UNKNOWN_RULE';
}
