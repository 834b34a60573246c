/** Deno's timers are numbers, as those of browsers; Node's are objects. */
interface DenoTimers {
  unrefTimer(id: number): void;
}

/** Makes a timer one that does not keep a process alive, where there are processes. */
export function unref<T>(timer: T): T {
  if (typeof timer === 'object') (timer as { unref?: () => void } | null)?.unref?.();
  else (globalThis as { Deno?: DenoTimers }).Deno?.unrefTimer(timer as number);
  return timer;
}
