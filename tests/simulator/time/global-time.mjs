/**
 * Puts a virtual time in the place of the clock and the timers of this process, for code that takes none: what is
 * imported afterwards knows no other. There is no way back.
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
        super(...(args.length > 0 ? /** @type {[number]} */ (args) : /** @type {[number]} */ ([unixNow()])));
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

/** As Node's timers do: whole milliseconds, at least one. */
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
