/**
 * A context that was entered, for `using` and `await using`. Its end does nothing, as the exit of
 * the Python contexts does nothing: only time gives capacity back.
 */
export interface Entered {
  /** Does nothing. */
  [Symbol.dispose](): void;
  /** Does nothing. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Returns a context with the symbols that the runtime has. */
export function entered(): Entered {
  const context = {} as { [symbol: symbol]: unknown };
  if (Symbol.dispose) context[Symbol.dispose] = () => {};
  if (Symbol.asyncDispose) context[Symbol.asyncDispose] = async () => {};
  return context as unknown as Entered;
}
