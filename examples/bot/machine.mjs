/**
 * The time of this machine and a connection over its network: what a bot and the demo run on, unless they are given
 * something else. The tests give them a time that passes only while nothing else is under way.
 *
 * @typedef {object} World
 * @property {import('multi-throttler').Clock} clock
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} travel how the exchange lets a request take its time
 * @property {(url: string, headers: Record<string, string>) => Pick<Client, 'send' | 'close'>} connect
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.mjs';

/** @type {World} */
export const machine = {
  clock: {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (handle) => clearTimeout(/** @type {NodeJS.Timeout} */ (handle)),
  },
  travel: (ms, signal) => sleep(ms, undefined, { signal }),
  connect: (url, headers) => new Client(url, headers),
};
