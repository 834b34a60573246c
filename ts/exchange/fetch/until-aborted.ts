/**
 * Objects that must not be collected yet. Node follows the signal of a `Request` through weak
 * references: after a collection, a `fetch` whose arguments nobody holds is never aborted.
 */
const held = new Set<object>();

/**
 * Settles as `promise` does, or rejects with the reason of the first of `signals` that aborts
 * before.
 *
 * @param holding object that is kept alive meanwhile, as the signals are
 * @param late called with a value that comes after the abort
 */
export function untilAborted<T>(
  promise: Promise<T>,
  signals: readonly AbortSignal[],
  holding: object,
  late: (value: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const token = { holding, signals };
    let isAborted = false;
    const end = () => {
      held.delete(token);
      for (const signal of signals) signal.removeEventListener('abort', abort);
    };
    const abort = () => {
      isAborted = true;
      end();
      reject(signals.find(({ aborted }) => aborted)?.reason);
    };
    held.add(token);
    for (const signal of signals) signal.addEventListener('abort', abort);
    if (signals.some(({ aborted }) => aborted)) abort();
    promise.then(
      (value) => {
        if (isAborted) return late(value);
        end();
        resolve(value);
      },
      (error) => {
        end();
        reject(error);
      },
    );
  });
}
