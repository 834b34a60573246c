// Redis servers for tests: each on a free port, with a password, and ended by its process id.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findRedisServer } from '../../../scripts/setup/redis.mjs';
import { REDIS_CLIENT_LOADER } from '../../../scripts/setup/redis-clients.mjs';

/** Imports a client of Redis. */
export const { load } = await import(pathToFileURL(REDIS_CLIENT_LOADER).href);

/** A port that nothing listens on. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * @typedef {object} RedisServer
 * @property {number} port
 * @property {string} password
 * @property {number} pid
 * @property {(options?: object) => Promise<import('./types.d.ts').Ioredis>} connect an ioredis
 *   client, closed with the server
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {() => Promise<void>} kill ends the process, as a crash does
 * @property {() => Promise<void>} start starts it again, empty, on the same port
 * @property {() => Promise<void>} stop ends everything
 */

/**
 * Starts a server.
 * @param {string[]} [options] arguments of the server
 * @param {{ program?: string | undefined, env?: NodeJS.ProcessEnv }} [more] another server, and
 *   further variables of it
 * @returns {Promise<RedisServer>}
 */
export async function startRedis(options = [], more = {}) {
  const { program = findRedisServer(), env } = more;
  if (program === undefined) {
    throw new Error('no Redis server: install one (Debian: `apt-get install redis-server`)');
  }
  const { Redis } = await load('ioredis');
  let port = await freePort();
  // A cluster also listens on the port 10 000 above.
  while (port > 55_000) port = await freePort();
  const password = randomBytes(12).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  /** @type {Set<import('./types.d.ts').Ioredis>} */
  const clients = new Set();
  /** @type {import('node:child_process').ChildProcess} */
  let child;
  // No server outlives the process that started it.
  const killNow = () => void child?.kill('SIGKILL');
  process.once('exit', killNow);

  /** @param {object} [more] */
  const connect = async (more) => {
    const client = new Redis({ port, host: '127.0.0.1', password, ...more });
    client.on('error', () => {});
    clients.add(client);
    return client;
  };

  const start = async () => {
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--requirepass', password];
    child = spawn(program, [...args, '--save', '', '--appendonly', 'no', ...options], {
      stdio: 'ignore',
      cwd: folder,
      env: { ...process.env, ...env },
    });
    const { pid } = child;
    const client = await connect({ retryStrategy: () => 20, maxRetriesPerRequest: null });
    const info = await client.info('server');
    clients.delete(client);
    client.disconnect();
    // Another server on the port would make every test of a fault pass.
    const told = Number(/process_id:(\d+)/.exec(info)?.[1]);
    if (told !== pid) throw new Error(`port ${port} belongs to process ${told}, not ${pid}`);
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };

  await start();
  return {
    port,
    password,
    get pid() {
      return Number(child.pid);
    },
    connect,
    signal: (name) => void child.kill(name),
    kill,
    start,
    async stop() {
      for (const client of clients) client.disconnect();
      await kill();
      process.removeListener('exit', killNow);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
