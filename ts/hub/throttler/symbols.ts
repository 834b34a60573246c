/**
 * Makes throttlers work with `using`, where the runtime has it, gives them a tag, and makes
 * consoles show what `toJSON` returns.
 */
export function addSymbols(prototype: object): void {
  const dispose = function (this: { close(): unknown }) {
    this.close();
  };
  const show = function (this: { toJSON(): object }, ...parameters: unknown[]) {
    const inspect = parameters[2] as ((value: object) => string) | undefined;
    return `HubThrottler ${(inspect ?? JSON.stringify)(this.toJSON())}`;
  };
  for (const [symbol, value] of [
    [Symbol.dispose, dispose],
    [Symbol.toStringTag, 'HubThrottler'],
    [Symbol.for('nodejs.util.inspect.custom'), show],
  ] as const) {
    if (symbol !== undefined && !(symbol in prototype))
      Object.defineProperty(prototype, symbol, { value, configurable: true });
  }
}
