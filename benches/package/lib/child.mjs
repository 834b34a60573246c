// Runs work in separate processes: the parent calls `start`, the child calls `serve`.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Child
 * @property {(method: string, ...args: unknown[]) => Promise<any>} call
 * @property {() => void} stop
 */

/**
 * Starts a module of children/. Its output goes to the screen.
 * @param {string} name
 * @param {string[]} args
 * @param {string} entry the package under test
 * @param {string} [program] the Node to run it with; default the one that runs this
 * @returns {Child}
 */
export function start(name, args, entry, program = process.execPath) {
  const path = fileURLToPath(new URL(`../children/${name}.mjs`, import.meta.url));
  const child = fork(path, args, {
    execPath: program,
    // gc() is called between measurements, never within them.
    execArgv: ['--expose-gc'],
    env: { ...cleanEnv(), BENCH_PACKAGE: entry },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  /** @type {{ resolve: (value: unknown) => void, reject: (error: Error) => void } | undefined} */
  let asked;
  child.on('message', (/** @type {{ value?: unknown, error?: string }} */ { value, error }) => {
    const { resolve, reject } = asked ?? {};
    asked = undefined;
    if (error === undefined) resolve?.(value);
    else reject?.(new Error(`${name} ${args.join(' ')}: ${error}`));
  });
  child.once('exit', (code, signal) => {
    asked?.reject(new Error(`${name} ${args.join(' ')} ended: ${signal ?? code}`));
  });
  return {
    call: (method, ...rest) =>
      new Promise((resolve, reject) => {
        asked = { resolve, reject };
        child.send({ method, args: rest }, (error) => error && reject(error));
      }),
    stop: () => void child.kill(),
  };
}

/** The environment without variables that change how Node compiles or runs code. */
export function cleanEnv() {
  const { NODE_OPTIONS: _options, NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  return env;
}

/**
 * Serves the calls of the parent, and exits with it.
 * @param {Record<string, (...args: any[]) => unknown>} methods
 */
export function serve(methods) {
  process.once('disconnect', () => process.exit());
  process.on(
    'message',
    async (/** @type {{ method: string, args: unknown[] }} */ { method, args }) => {
      try {
        process.send?.({ value: await methods[method]?.(...args) });
      } catch (error) {
        process.send?.({ error: error instanceof Error ? error.stack : String(error) });
      }
    },
  );
}

/**
 * Loads the module of a subject.
 * @param {string | undefined} name
 * @returns {Promise<import('../types.ts').Subject>}
 */
export const load = (name) => import(`../subjects/${name}.mjs`);

export const collectGarbage = () => globalThis.gc?.();
