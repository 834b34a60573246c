/** The exchange SDKs, each with two requests and what an exchange answers. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_LOADER } from '../../../scripts/setup/clients.mjs';
import { BINANCE } from './makers/binance.mjs';
import { OTHERS } from './makers/others.mjs';
import { SIEBLY } from './makers/siebly.mjs';

/**
 * @typedef {object} Sdk
 * @property {string} name
 * @property {import('multi-throttler/client').ClientCalls} calls
 * @property {import('multi-throttler/exchange').ExchangeProfile} profile
 * @property {unknown | ((received: import('./server.mjs').Received) => unknown)} success body of an
 *   answer that the SDK accepts
 * @property {unknown} tooMany body of a 429
 * @property {(url: string) => Promise<Made>} make
 * @property {boolean} [hasOwnMethods] whether the methods are properties of the client itself
 *
 * @typedef {object} Made
 * @property {any} client that is throttled
 * @property {() => Promise<unknown>} open sends a request that is not signed
 * @property {() => Promise<unknown>} signed sends one that is
 * @property {() => void} breakKey makes the client unable to sign
 * @property {() => void} [stop] ends what the client has begun
 */

/** @type {Sdk[]} */
export const SDKS = [...SIEBLY, ...BINANCE, ...OTHERS];

/**
 * The body of an answer that an SDK accepts.
 *
 * @param {Sdk} sdk
 * @param {import('./server.mjs').Received} received
 */
export function successOf({ success }, received) {
  return typeof success === 'function' ? success(received) : success;
}

/**
 * @param {string} name
 */
export function sdkOf(name) {
  const found = SDKS.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`${name} is none of the SDKs`);
  return found;
}

/**
 * The version of a package that set-up has installed.
 *
 * @param {string} name
 */
export function installedVersion(name) {
  const file = join(CLIENT_LOADER, '..', 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
