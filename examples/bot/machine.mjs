/**
 * The clock and network of this machine, the default surroundings of a bot and of the demo. Tests
 * replace them with a virtual time that passes only while no other work is in progress.
 *
 * @typedef {object} World
 * @property {import('multi-throttler').Clock} clock
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} travel the delay of a request
 * @property {(url: string, headers: Record<string, string>) => Pick<Client, 'send' | 'close'>}
 *   connect
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
