// Calls an exchange SDK, bare or gated.

import { Agent } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLIENT_LOADER } from '../../../scripts/setup/clients.mjs';
import { collectGarbage, serve } from '../lib/child.mjs';

const [sdk = '', kind, url = ''] = process.argv.slice(2);
const folder = process.env.BENCH_PACKAGE ?? '';
const ours = (/** @type {string} */ entry) =>
  import(pathToFileURL(join(folder, `${entry}.mjs`)).href);
const { load } = await import(pathToFileURL(CLIENT_LOADER).href);

/**
 * @type {Record<string, () => Promise<{ client: any, calls: string, send: () => Promise<unknown>
 * }>>}
 */
const MAKE = {
  binance: async () => {
    const { MainClient } = await load('binance');
    const httpAgent = new Agent({ keepAlive: true });
    const keys = { api_key: 'key', api_secret: 'secret', baseUrl: url };
    const client = new MainClient(keys, { httpAgent });
    const send = () => client.getOpenOrders({ symbol: 'BTCUSDT' });
    return { client, calls: 'binanceCalls', send };
  },
  'node-binance-api': async () => {
    const { default: Binance } = await load('node-binance-api');
    const client = new Binance({
      APIKEY: 'key',
      APISECRET: 'secret',
      urls: { base: `${url}/api/` },
    });
    return { client, calls: 'nodeBinanceApiCalls', send: () => client.openOrders('BTCUSDT') };
  },
};

const made = await MAKE[sdk]?.();
if (made === undefined) throw new TypeError(`${sdk} is none of the SDKs`);
if (kind === 'gated') {
  const { MultiThrottler } = await ours('index');
  const { binanceSpot } = await ours('exchange');
  const client = await ours('client');
  const limits = { REQUEST_WEIGHT: 1e9, RAW_REQUESTS: 1e9 };
  const profile = binanceSpot.with({ limits });
  const throttler = new MultiThrottler(profile.rules, { headers: profile.headers });
  client.throttleClient(made.client, throttler, { profile, calls: client[made.calls] });
}

serve({ round });

/** Batches of a round. */
const BATCHES = 10;

/**
 * Microseconds of the processor for each call: the least of ten batches.
 *
 * @param {number} calls
 */
async function round(calls) {
  collectGarbage();
  const times = [];
  const each = Math.ceil(calls / BATCHES);
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = process.cpuUsage();
    for (let i = 0; i < each; i++) await made?.send();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / each);
  }
  return Math.min(...times);
}
