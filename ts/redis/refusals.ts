import { InvalidConfigError, ThrottlerError } from '../index.js';
import type { Refusal } from './wire.js';

/** Returns the error for a refusal of the ledger. @param version of the rules here */
export function refusalOf({ err, is, v }: Refusal, version: number): ThrottlerError {
  if (err === 'TOO_OLD') {
    const message = `The server is of version ${is}; multi-throttler/redis needs Redis 6.2 or Valkey`;
    return new ThrottlerError(message, 'SERVER_TOO_OLD');
  }
  return new InvalidConfigError(
    `rules differ from those that other processes share under this key in version ${v}; ` +
      'give changed rules a higher version',
    'RULES_DIFFER',
    { field: 'rules', value: version },
  );
}

/** Returns the error for a server that may evict the ledger. */
export function evicts(policy: string): ThrottlerError {
  return new ThrottlerError(
    `The server may evict the ledger (maxmemory-policy ${policy}); use noeviction, or another server`,
    'SERVER_EVICTS',
  );
}

/** Returns the error for a server that refuses; undefined if another attempt may succeed. */
export function unusable(error: unknown): ThrottlerError | undefined {
  const text = String((error as Error | undefined)?.message ?? error);
  if (
    !/NOAUTH|WRONGPASS|NOPERM|ACL failure|permission|can't run this command|unknown command|OOM/i.test(
      text,
    )
  )
    return undefined;
  return new ThrottlerError(`The server refuses the ledger's calls: ${text}`, 'SERVER_REFUSES', {
    cause: error,
  });
}
