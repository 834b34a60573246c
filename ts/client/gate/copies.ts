import { invalidConfig, type Throttler } from '../../index.js';

/** An object with gated methods, as all copies of the package see it. */
interface Entry {
  readonly throttler: Throttler;
  /** The copy of the package that has gated them. */
  readonly copy: object;
}

type Entries = WeakMap<object, readonly Entry[]>;

/** This copy: its CommonJS and its ES modules are two. */
const COPY = {};

const KEY = /* @__PURE__ */ Symbol.for('multi-throttler.gated');

/** Returns the gated objects of this process; those of this copy where the global is frozen. */
function entries(): Entries {
  const all = globalThis as { [KEY]?: Entries };
  const found = all[KEY];
  if (found !== undefined) return found;
  const own: Entries = new WeakMap();
  Reflect.defineProperty(all, KEY, { value: own });
  return own;
}

/**
 * Notes that this copy of the package gates an object for a throttler. Returns a function that
 * undoes it. Two gates of one copy know of each other, so that a call pays once; those of two
 * copies do not, so each would take the cost and report the answer.
 *
 * @throws {InvalidConfigError} another copy of the package gates the object for the same throttler
 */
export function claim(target: object, throttler: Throttler): () => void {
  const all = entries();
  const before = all.get(target) ?? [];
  if (before.some((entry) => entry.throttler === throttler && entry.copy !== COPY)) {
    const other = 'one that no other copy of the package gates for this throttler, as both would';
    throw invalidConfig('client', `${other} take the cost; detach it first`, target);
  }
  const entry: Entry = { throttler, copy: COPY };
  all.set(target, [...before, entry]);
  return () => {
    const rest = all.get(target)?.filter((one) => one !== entry) ?? [];
    all.set(target, rest);
  };
}
