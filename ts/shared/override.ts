/** Restores what an override replaced. Idempotent. */
export type Restore = () => void;

/**
 * Puts a value in place of a property of an object. The returned function restores the property as
 * it was, unless another value has replaced this one meanwhile.
 */
export function override(target: object, name: string, value: unknown): Restore {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  let restored = false;
  return () => {
    if (restored || (target as { [name: string]: unknown })[name] !== value) return;
    restored = true;
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}

/** Overrides several properties; the returned function restores them all. */
export function overrideAll(target: object, values: { readonly [name: string]: unknown }): Restore {
  const restores = Object.entries(values).map(([name, value]) => override(target, name, value));
  return () => {
    for (const restore of restores) restore();
  };
}
