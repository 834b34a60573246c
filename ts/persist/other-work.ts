/** Resolves when other tasks of the program had their turn of the loop. */
export function otherWork(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve);
    else setImmediate(resolve);
  });
}
