// No limiter: the cost of promises alone.

export const unlimited = true;

export function one() {
  return { request: () => Promise.resolve() };
}

export function backlog() {
  /** @type {(() => void)[]} */
  const resolves = [];
  return {
    /**
     * @param {unknown} _rank
     * @param {AbortSignal} [signal]
     * @returns {Promise<void>}
     */
    request: (_rank, signal) =>
      new Promise((resolve, reject) => {
        resolves.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    release: () => {
      for (const resolve of resolves) resolve();
    },
  };
}
