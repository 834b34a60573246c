import type { Priority, RequestPriority } from '../index.js';

/** Returns the class of a request's priority. */
export function classOf(priority: unknown): Priority {
  const ranked = priority as RequestPriority | undefined;
  return (typeof ranked === 'object' ? ranked?.class : ranked) ?? 'normal';
}
