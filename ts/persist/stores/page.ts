import { ThrottlerError } from '../../index.js';
import { inUse } from '../record.js';

/** The part of `navigator.locks` that is used; workers have it too. */
interface Locks {
  request(
    name: string,
    options: { ifAvailable: true },
    callback: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

/**
 * Claims a name among the pages and workers of an origin, by a Web Lock. The browser gives it back
 * when the page ends. Returns a function that gives it back.
 *
 * @throws {ThrottlerError} of code `STORE_IN_USE`, or `NEEDS_LOCKS`: the page is not secure (HTTPS
 *   or localhost)
 */
export async function claim(name: string): Promise<() => Promise<void>> {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } };
  const locks = navigator?.locks;
  if (locks === undefined)
    throw new ThrottlerError('the store needs Web Locks: HTTPS or localhost', 'NEEDS_LOCKS');
  return new Promise((resolve, reject) => {
    let release = () => {};
    const held = locks.request(`multi-throttler ${name}`, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        reject(inUse(name, 'another page or worker'));
        return undefined;
      }
      const end = new Promise<void>((ended) => {
        release = ended;
      });
      resolve(async () => {
        release();
        await held;
      });
      return end;
    });
    held.catch(reject);
  });
}

/** Calls `save` when a page is hidden, and with true when it ends. Does nothing in a worker. */
export function atEndOfPage(save: (isLast: boolean) => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const onHidden = () => {
    if (document.visibilityState === 'hidden') save(false);
  };
  // A page that the browser keeps may come back.
  const onPageHide = ({ persisted }: PageTransitionEvent) => save(!persisted);
  document.addEventListener('visibilitychange', onHidden);
  addEventListener('pagehide', onPageHide);
  return () => {
    document.removeEventListener('visibilitychange', onHidden);
    removeEventListener('pagehide', onPageHide);
  };
}

/** Returns the key of a saved state that is set aside. */
export function asideOf(key: string): string {
  return `${key}.damaged-${new Date().toISOString()}`;
}
