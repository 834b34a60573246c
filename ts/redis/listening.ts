import type { HeaderReader } from '../index.js';

/** Returns a reader that also tells the usage that it read. */
export function listening(
  reader: HeaderReader,
  tell: (rule: string, used: number) => void,
): HeaderReader {
  return (...args) => {
    const usage = reader(...args);
    for (const { rule, used, limit, remaining } of usage) {
      const known = used ?? (limit === undefined ? undefined : limit - (remaining ?? limit));
      if (known !== undefined && known > 0) tell(rule, known);
    }
    return usage;
  };
}
