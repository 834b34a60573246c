/**
 * Replaces the clock and the timers of this process by a virtual time, for code that takes no
 * clock. Modules that are imported afterwards use it. It cannot be undone.
 *
 * @param {import('./time.mjs').Time} time
 */
export function replaceGlobals(time) {
  const RealDate = Date;
  const unixNow = () => Math.floor(time.wallNow());
  globalThis.Date = /** @type {any} */ (
    class extends RealDate {
      /** @param {any[]} args */
      constructor(...args) {
        super(
          ...(args.length > 0
            ? /** @type {[number]} */ (args)
            : /** @type {[number]} */ ([unixNow()])),
        );
      }

      /** @override */
      static now = unixNow;
    }
  );
  performance.now = time.now;
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {(...args: any[]) => void} */ callback, ms = 0, /** @type {any[]} */ ...args) => {
      const timer = new Timer();
      timer.handle = time.setTimeout(() => callback(...args), whole(ms));
      return timer;
    }
  );
  globalThis.setInterval = /** @type {any} */ (
    (/** @type {(...args: any[]) => void} */ callback, ms = 0, /** @type {any[]} */ ...args) => {
      const timer = new Timer();
      const again = () => {
        timer.handle = time.setTimeout(again, whole(ms));
        callback(...args);
      };
      timer.handle = time.setTimeout(again, whole(ms));
      return timer;
    }
  );
  globalThis.clearTimeout = (timer) => time.clearTimeout(/** @type {any} */ (timer)?.handle);
  globalThis.clearInterval = globalThis.clearTimeout;
}

/** Rounds as Node's timers do: to whole milliseconds, at least one. */
function whole(/** @type {number} */ ms) {
  return Math.max(1, Math.trunc(ms) || 0);
}

class Timer {
  /** @type {unknown} */
  handle;

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return true;
  }
}
