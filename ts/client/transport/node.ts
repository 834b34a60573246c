/** The parts of Node's modules that are used. The package has no types of Node. */

export interface AsyncLocalStorage<T> {
  run<A extends unknown[], R>(store: T, callback: (...args: A) => R, ...args: A): R;
  getStore(): T | undefined;
  disable?(): void;
}

export interface DiagnosticsChannel {
  subscribe(name: string, listener: (message: unknown) => void): void;
  unsubscribe(name: string, listener: (message: unknown) => void): boolean;
}

interface Builtins {
  'node:async_hooks': { AsyncLocalStorage: new <T>() => AsyncLocalStorage<T> };
  'node:diagnostics_channel': DiagnosticsChannel;
  'node:fs': { readFileSync(path: string, encoding: 'utf8'): string };
  'node:module': {
    createRequire(path: string): { resolve: { paths(name: string): string[] | null } };
  };
}

interface Process {
  readonly argv?: readonly string[];
  readonly versions?: { readonly [name: string]: string | undefined };
  cwd?(): string;
  getBuiltinModule?(name: string): unknown;
}

/** The global `process`, of Node and of runtimes that resemble it. */
export function processOf(): Process | undefined {
  const { process } = globalThis as { process?: Process };
  return typeof process === 'object' && process !== null ? process : undefined;
}

/**
 * Returns a built-in module; undefined where there is none. No import names it, so bundlers for
 * browsers never look for it. Node has `getBuiltinModule` since 20.16 and 22.3.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  const process = processOf();
  if (typeof process?.getBuiltinModule !== 'function') return undefined;
  return process.getBuiltinModule(name) as Builtins[Name] | undefined;
}

/** Runtimes that resemble Node, and have a `fetch` of their own that publishes nothing. */
const LOOKALIKES = ['bun', 'deno', 'electron', 'nw'];

/**
 * Whether every request over HTTP/1 is published on channels: in Node itself, but not in runtimes
 * that resemble it, such as Bun, Electron, and Workers with the compatibility for Node.
 */
export function publishesAll(): boolean {
  const versions = processOf()?.versions;
  if (versions?.node === undefined || 'WebSocketPair' in globalThis) return false;
  return LOOKALIKES.every((name) => versions[name] === undefined);
}
