// Counts the timers that fire while requests wait for one token each.

import { serve } from '../lib/child.mjs';

const [name] = process.argv.slice(2);
let fired = 0;

// Timers are replaced before the limiter is loaded, as ccxt keeps the function that it finds then.
for (const timer of /** @type {const} */ (['setTimeout', 'setInterval'])) {
  const original = globalThis[timer];
  /** @type {any} */ (globalThis)[timer] = (
    /** @type {(...args: unknown[]) => void} */ callback,
    /** @type {number} */ ms,
    /** @type {unknown[]} */ ...args
  ) =>
    original(() => {
      fired++;
      callback(...args);
    }, ms);
}
const { load } = await import('../lib/child.mjs');
const subject = await load(name);

serve({ drain });

/**
 * @param {number} count
 * @param {number} step milliseconds per token
 */
async function drain(count, step) {
  const { request } = await subject.one({ limit: 1, interval: step });
  await request();
  fired = 0;
  const before = performance.now();
  await Promise.all(Array.from({ length: count }, () => request()));
  return { fired, seconds: (performance.now() - before) / 1000 };
}
