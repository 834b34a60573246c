/**
 * Calls a user's listener of errors, which may be asynchronous. Errors of its own go to `failed`:
 * an unhandled rejection would end a Node process.
 */
export function tellError(
  listener: (error: unknown) => unknown,
  error: unknown,
  failed: (own: unknown) => void,
): void {
  try {
    Promise.resolve(listener(error)).catch(failed);
  } catch (own) {
    failed(own);
  }
}
