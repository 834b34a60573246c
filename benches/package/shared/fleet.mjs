// Processes that share a limit, and what Redis was asked meanwhile.

import { start } from '../lib/child.mjs';

/** Numbers the keys, so that no run counts what an earlier one used. */
let keys = 0;

/**
 * @typedef {object} Bench the surroundings of all measurements
 * @property {import('../../../tests/shared/support/server.mjs').RedisServer} server
 * @property {any} client of the server
 * @property {string} folder of the installed package
 *
 * @typedef {Pick<import('./subjects.mjs').Setting, 'limit' | 'interval' | 'kind' | 'jitter' |
 *   'waits'>} Limits
 *
 * @typedef {(method: string, ...args: unknown[]) => Promise<any[]>} All calls in each process
 */

/**
 * Starts processes of a subject under one limit.
 * @param {Bench} bench
 * @param {string} name of the subject
 * @param {number} processes
 * @param {Limits} limits
 */
export async function makeFleet({ server, folder }, name, processes, limits) {
  const children = Array.from({ length: processes }, () => start('shared', [name], folder));
  const { port, password } = server;
  const fleet = {
    /** Calls a method in each process. */
    all: (/** @type {string} */ method, /** @type {unknown[]} */ ...args) =>
      Promise.all(children.map((child) => child.call(method, ...args))),
    stop() {
      for (const child of children) child.stop();
    },
  };
  try {
    await fleet.all('make', { port, password, key: `bench${keys++}`, ...limits });
    return fleet;
  } catch (error) {
    fleet.stop();
    throw error;
  }
}

/**
 * Runs work with processes of a subject under one limit, and ends them.
 * @template T
 * @param {Bench} bench
 * @param {string} name of the subject
 * @param {number} processes
 * @param {Limits} limits
 * @param {(all: All) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFleet(bench, name, processes, limits, work) {
  const fleet = await makeFleet(bench, name, processes, limits);
  try {
    return await work(fleet.all);
  } finally {
    fleet.stop();
  }
}

/**
 * Works, and returns the number of scripts and of all commands that Redis ran meanwhile, and the
 * time of a script in microseconds.
 * @param {Bench} bench
 * @param {() => Promise<unknown>} work
 */
export async function commandsDuring({ client }, work) {
  await client.config('RESETSTAT');
  await work();
  const text = await client.info('commandstats');
  /** @type {Record<string, number>} */
  const calls = {};
  let micros = 0;
  for (const [, name = '', count, time] of text.matchAll(
    /cmdstat_([\w|-]+):calls=(\d+),usec=(\d+)/g,
  )) {
    calls[name] = Number(count);
    if (name === 'evalsha' || name === 'eval') micros += Number(time);
  }
  const { evalsha = 0, eval: byText = 0 } = calls;
  const others = Object.entries(calls).filter(([name]) => !/^(config|info)/.test(name));
  return {
    scripts: evalsha + byText,
    micros: micros / (evalsha + byText),
    /** Commands within scripts included. */
    all: others.reduce((sum, [, count]) => sum + count, 0),
  };
}
