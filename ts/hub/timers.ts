/** Deno's timers are numbers, as those of browsers; Node's are objects. */
interface DenoTimers {
  unrefTimer(id: number): void;
}

/** The global clock and timers, which do not keep a process alive. Looked up at each use. */
export const BACKGROUND = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout(callback: () => void, ms: number): unknown {
    const timer: unknown = setTimeout(callback, ms);
    if (typeof timer === 'object') (timer as { unref?: () => void } | null)?.unref?.();
    else (globalThis as { Deno?: DenoTimers }).Deno?.unrefTimer(timer as number);
    return timer;
  },
  clearTimeout(handle: unknown): void {
    clearTimeout(handle as number);
  },
};
