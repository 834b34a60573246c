// Workers in workerd, the runtime of Cloudflare Workers, with the package as their tools bundle it.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { runtime } from '../../scripts/setup/runtimes.mjs';

/** The wasm file keeps its name and its query; tools of Cloudflare do the same. */
const ENGINE = 'engine.wasm?module';

/**
 * A worker or an edge function in one file, without the engine.
 * @param {string} file
 * @param {string[]} conditions those of the runtime
 * @param {'esm' | 'cjs'} [format]
 */
export async function bundleForEdge(file, conditions, format = 'esm') {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format,
    conditions,
    external: ['*.wasm?module'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * The engine as a file of the installed package.
 * @param {string} project the folder of the project
 */
export const engineOf = (project) =>
  join(project, 'node_modules', 'multi-throttler', 'edge', 'engine.wasm');

/**
 * A running worker.
 * @typedef {object} Served
 * @property {string} url without a slash at the end
 * @property {() => string} errors the error output of workerd
 * @property {() => Promise<void>} close
 */

/**
 * Starts a worker.
 * @param {string} file its module, in a folder of the project
 * @param {object} options
 * @param {string} options.project the folder in which the package is installed
 * @param {string} options.date the compatibility date
 * @param {string} [options.objects] class of its Durable Objects; their binding is `env.LIMITER`
 * @returns {Promise<Served>}
 */
export async function serveWorker(file, { project, date, objects }) {
  const folder = mkdtempSync(join(dirname(file), 'workerd-'));
  writeFileSync(join(folder, 'worker.mjs'), await bundleForEdge(file, ['workerd']));
  copyFileSync(engineOf(project), join(folder, 'engine.wasm'));
  const durable = objects
    ? `durableObjectNamespaces = [(className = "${objects}", uniqueKey = "key")],
       durableObjectStorage = (inMemory = void),
       bindings = [(name = "LIMITER", durableObjectNamespace = "${objects}")],`
    : '';
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .app)],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const app :Workerd.Worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "${ENGINE}", wasm = embed "engine.wasm"),
      ],
      ${durable}
      compatibilityDate = "${date}",
    );`,
  );
  const child = spawn(runtime('WORKERD'), ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
  });
  const [, , stderr, control] = child.stdio;
  let errors = '';
  stderr?.on('data', (text) => {
    errors += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const port = await new Promise((resolve, reject) => {
    ended.then((code) => reject(new Error(`workerd ended with ${code}: ${errors}`)));
    // workerd reports its port once.
    control?.once('data', (line) => resolve(JSON.parse(String(line)).port));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    errors: () => errors,
    async close() {
      child.kill();
      await ended;
    },
  };
}
