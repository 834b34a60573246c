// Calls an exchange SDK, bare and gated in turns: the gate is put on and taken off in between.

import { Agent } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLIENT_LOADER } from '../../../scripts/setup/clients.mjs';
import { serve } from '../lib/child.mjs';

const [sdk = '', url = ''] = process.argv.slice(2);
const folder = process.env.BENCH_PACKAGE ?? '';
const ours = (/** @type {string} */ entry) =>
  import(pathToFileURL(join(folder, `${entry}.mjs`)).href);
const { load } = await import(pathToFileURL(CLIENT_LOADER).href);

/**
 * @type {Record<string, () => Promise<{ client: any, profile: string, calls: string,
 *   send: () => Promise<unknown> }>>}
 */
const MAKE = {
  'bybit-api': async () => {
    const { RestClientV5 } = await load('bybit-api');
    const httpAgent = new Agent({ keepAlive: true });
    const client = new RestClientV5({ key: 'key', secret: 'secret', baseUrl: url }, { httpAgent });
    const send = () => client.getActiveOrders({ category: 'linear', symbol: 'BTCUSDT' });
    return { client, profile: 'bybit', calls: 'bybitApiCalls', send };
  },
  'okx-api': async () => {
    const { RestClient } = await load('okx-api');
    const httpAgent = new Agent({ keepAlive: true });
    const keys = { apiKey: 'key', apiSecret: 'secret', apiPass: 'pass', baseUrl: url };
    const client = new RestClient(keys, { httpAgent });
    const send = () => client.getOrderList({ instType: 'SPOT', instId: 'BTC-USDT' });
    return { client, profile: 'okx', calls: 'okxApiCalls', send };
  },
  binance: async () => {
    const { MainClient } = await load('binance');
    const httpAgent = new Agent({ keepAlive: true });
    const keys = { api_key: 'key', api_secret: 'secret', baseUrl: url };
    const client = new MainClient(keys, { httpAgent });
    const send = () => client.getOpenOrders({ symbol: 'BTCUSDT' });
    return { client, profile: 'binanceSpot', calls: 'binanceCalls', send };
  },
  'node-binance-api': async () => {
    const { default: Binance } = await load('node-binance-api');
    const client = new Binance({
      APIKEY: 'key',
      APISECRET: 'secret',
      urls: { base: `${url}/api/` },
    });
    const send = () => client.openOrders('BTCUSDT');
    return { client, profile: 'binanceSpot', calls: 'nodeBinanceApiCalls', send };
  },
};

const made = await MAKE[sdk]?.();
if (made === undefined) throw new TypeError(`${sdk} is none of the SDKs`);
const { MultiThrottler } = await ours('index');
const { [made.profile]: known } = await ours('exchange');
const entry = await ours('client');
// No call waits.
const ids = known.rules
  .filter((/** @type {any} */ rule) => rule.algorithm !== 'concurrency')
  .map((/** @type {any} */ rule) => rule.id);
const limits = Object.fromEntries(ids.map((/** @type {string} */ id) => [id, 1e9]));
const profile = known.with({ limits });
const throttler = new MultiThrottler(profile.rules, { headers: profile.headers });
const options = { profile, calls: entry[made.calls] };

serve({
  /**
   * Measures pairs of batches, the gated one first in every other pair. Nothing of the gate is at
   * work in a bare batch, no hooks of its `AsyncLocalStorage` either.
   *
   * @param {number} count
   * @param {number} calls of a batch
   * @param {number} atOnce how many calls are under way at any time
   */
  async pairs(count, calls, atOnce) {
    const pairs = [];
    for (let pair = 0; pair < count; pair++) {
      const bare = pair % 2 === 0 ? await round(calls, atOnce) : undefined;
      const { detach } = entry.throttleClient(made.client, throttler, options);
      const gated = await round(calls, atOnce);
      detach();
      pairs.push({ bare: bare ?? (await round(calls, atOnce)), gated });
    }
    return { pairs, version: process.version };
  },
});

/**
 * Microseconds for each call of a batch, by the wall clock and of the processor: of all threads of
 * this process, so with the collection of garbage and the compiler, and without the server. Garbage
 * is not collected by force before, as compiled code goes with it, to be compiled anew in the
 * batch.
 *
 * @param {number} calls
 * @param {number} atOnce how many are under way at any time
 */
async function round(calls, atOnce) {
  let left = calls;
  const callInTurn = async () => {
    while (left-- > 0) await made?.send();
  };
  const start = performance.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: atOnce }, callInTurn));
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / calls, wall: ((performance.now() - start) * 1000) / calls };
}
