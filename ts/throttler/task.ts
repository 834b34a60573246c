import type { AcquireOptions } from '../config.js';
import type { Permit } from '../permit.js';

/**
 * The function that {@link MultiThrottler.wrap} returns: of the same type if it returns a promise,
 * else one that returns a promise.
 */
// biome-ignore lint/suspicious/noExplicitAny: a parameter without a type is any, as in p-throttle
export type Wrapped<F extends (...args: any[]) => unknown> = F extends (
  // biome-ignore lint/suspicious/noExplicitAny: a function of any parameters
  ...args: any[]
) => Promise<unknown>
  ? F
  : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;

/** Runs a task with a granted permit, and releases it, also when the task fails. */
export async function runTask<T>(
  permit: Permit,
  task: (permit: Permit) => T | PromiseLike<T>,
  options: AcquireOptions | undefined,
): Promise<T> {
  const signal = options?.signal;
  if (signal?.aborted) {
    // Aborted in the tick of its grant.
    permit.release({ refund: true });
    throw signal.reason;
  }
  try {
    if (options?.timeout === undefined) return await task(permit);
    return await untilAborted(task(permit), permit.signal);
  } finally {
    try {
      permit.release();
    } catch {
      // A clock failed. The result of the task must not be lost for it; the next call reports it.
    }
  }
}

/** Returns a function with the name and the length of `fn` that runs it by `run`. */
// biome-ignore lint/suspicious/noExplicitAny: a function of any parameters
export function wrapped<F extends (...args: any[]) => unknown, C extends object>(
  fn: F,
  cost: C | ((...args: Parameters<F>) => C),
  run: (cost: C, task: () => unknown) => Promise<unknown>,
): Wrapped<F> {
  const wrapper = async function (this: unknown, ...args: Parameters<F>): Promise<unknown> {
    const costs = typeof cost === 'function' ? cost(...args) : cost;
    return run(costs, () => fn.apply(this, args));
  };
  for (const name of ['name', 'length'] as const) {
    Object.defineProperty(wrapper, name, { value: fn[name], configurable: true });
  }
  return wrapper as Wrapped<F>;
}

/** Settles like `result`, or rejects with the reason of `signal` when that aborts. */
async function untilAborted<T>(result: T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
