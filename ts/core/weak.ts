/**
 * Returns a reference that does not keep its target alive. Some edge runtimes have no `WeakRef`;
 * there a throttler is collected only after it was closed.
 */
export function weak<T extends object>(target: T): { deref(): T | undefined } {
  return typeof WeakRef === 'undefined' ? { deref: () => target } : new WeakRef(target);
}
