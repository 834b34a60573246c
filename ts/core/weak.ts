/**
 * A reference that keeps nothing alive. Some edge runtimes have no `WeakRef`; there a throttler has to be closed to be
 * collected.
 */
export function weak<T extends object>(target: T): { deref(): T | undefined } {
  return typeof WeakRef === 'undefined' ? { deref: () => target } : new WeakRef(target);
}
