// A bot that saturates each exchange through an SDK: no refusal, and nearly all that is possible.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import * as lists from 'multi-throttler/client';
import { throttleClient } from 'multi-throttler/client';
import { seededRandom } from '../../ts/simulator/random.mjs';
import { IP } from '../exchange/support/rig.mjs';
import { saturate } from '../exchange/support/saturated.mjs';
import { CASES, delayOf } from '../exchange/support/saturated-cases.mjs';
import { load } from './support/load.mjs';
import { SDKS, sdkOf } from './support/sdks.mjs';

/**
 * @typedef {object} Path
 * @property {string} sdk
 * @property {string} funnel method that sends, as an SDK's own methods do
 * @property {(client: any) => any} target the object that has it
 * @property {(request: { method: string, path: string, params: any }, url: string) => unknown[]}
 *   args
 * @property {(url: string) => Promise<{ client: any }>} [make]
 */

/** @type {Path['args']} */
const plain = ({ method, path, params }) => [method, path, params, true];

/** @param {string} sdk @returns {Path} */
const siebly = (sdk, args = plain) => ({ sdk, funnel: '_call', target: (client) => client, args });

/**
 * A client of Advanced Trade, which signs with a key of an elliptic curve.
 *
 * @param {string} baseUrl
 */
async function advancedTrade(baseUrl) {
  const { CBAdvancedTradeClient } = await load('coinbase-api');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const apiSecret = privateKey.export({ type: 'sec1', format: 'pem' });
  return { client: new CBAdvancedTradeClient({ apiKey: 'key', apiSecret, baseUrl }) };
}

/** By the name of a case. @type {Record<string, Path>} */
const PATHS = {
  'Binance spot, market data': {
    sdk: '@binance/spot',
    funnel: 'sendRequest',
    target: (client) => client.restAPI,
    args: ({ method, path, params }) => [path, method, params],
  },
  'Binance spot, orders': siebly('binance', ({ method, path, params }) => [
    method,
    path.slice(1),
    params,
    true,
  ]),
  'Binance USD-M futures': {
    sdk: '@binance/derivatives-trading-usds-futures',
    funnel: 'sendSignedRequest',
    target: (client) => client.restAPI,
    args: ({ method, path, params }) => [path, method, params],
  },
  'Binance.US': {
    sdk: 'node-binance-api',
    funnel: 'publicRequest',
    target: (client) => client,
    args: ({ method, path, params }, url) => [url + path, params, method],
  },
  Bybit: siebly('bybit-api'),
  'OKX, if its windows are rolling': siebly('okx-api', ({ method, path, params }) => [
    method,
    path,
    params,
    false,
  ]),
  KuCoin: {
    sdk: 'kucoin-universal-sdk',
    funnel: 'call',
    target: (client) => client.restService().getSpotService().transport,
    args: ({ method, path }) => [
      'spot',
      false,
      method,
      path,
      undefined,
      { fromObject: () => ({ setCommonResponse() {} }) },
      false,
    ],
  },
  'Coinbase Exchange': siebly('coinbase-api'),
  'Coinbase Advanced Trade': {
    ...siebly('coinbase-api', ({ method, path, params }) => [
      method,
      path,
      params,
      path.includes('/market/'),
    ]),
    make: advancedTrade,
  },
  Bitget: siebly('bitget-api'),
  Gate: siebly('gateio-api', ({ method, path, params }) => [
    method,
    path.replace('/api/v4', ''),
    method === 'GET' ? { query: params } : { body: params },
    false,
  ]),
  'Gate, market data': siebly('gateio-api', ({ method, path, params }) => [
    method,
    path.replace('/api/v4', ''),
    { query: params },
    true,
  ]),
  Hyperliquid: {
    sdk: '@nktkas/hyperliquid',
    funnel: 'l2Book',
    target: (client) => client,
    args: ({ params: { coin } }) => [{ coin }],
    make: async (apiUrl) => {
      const { HttpTransport, InfoClient } = await load('@nktkas/hyperliquid');
      return { client: new InfoClient({ transport: new HttpTransport({ apiUrl }) }) };
    },
  },
};

/**
 * Sends the requests of a case through an SDK. Time stands still while a granted request is on its
 * way, but for the delays that it is given.
 *
 * @param {Path} path
 * @param {number} delay the longest in each direction, ms
 * @returns {import('../exchange/support/senders.mjs').Sender}
 */
const bySdk =
  ({ sdk, funnel, target, args, make = sdkOf(sdk).make }, delay) =>
  ({ venue: { profile }, url, throttler, time }) => {
    if (time === undefined) throw new TypeError('an SDK needs the time to stand still');
    const { calls } = sdkOf(sdk);
    const random = seededRandom(1);
    const longest = Math.max(0, delay - 0.001);
    const draw = () => Math.min(1, random() * 1.5) * longest;
    const made = time
      .real(() => make(url))
      .then(({ client }) => {
        identify(client);
        const object = target(client);
        const send = object[funnel];
        object[funnel] = async function (/** @type {unknown[]} */ ...sent) {
          await time.sleep(draw());
          try {
            return await time.real(() => send.apply(this, sent));
          } finally {
            await time.sleep(draw());
          }
        };
        throttleClient(client, throttler, { profile, calls });
        return object;
      });
    return async ({ request, body }) => {
      const object = await made;
      const [method = '', target = ''] = request.split(' ');
      const { pathname, searchParams } = new URL(target, url);
      const params = body === undefined ? Object.fromEntries(searchParams) : JSON.parse(body);
      return object[funnel](...args({ method, path: pathname, params }, url));
    };
  };

/**
 * Gives a client the address and the account of the bot, by headers where the exchange counts them.
 *
 * @param {any} client
 */
function identify(client) {
  const headers =
    client.globalRequestOptions?.headers ?? client.restAPI?.configuration.baseOptions.headers;
  if (headers) Object.assign(headers, { 'X-Forwarded-For': IP, 'X-MBX-APIKEY': 'account' });
}

/** Simulated exchanges that none of the listed SDKs is for. */
const WITHOUT_SDK = ['asterFutures', 'bitmex', 'deribit', 'kraken', 'krakenFutures', 'mexc'];

/** @param {string} name of a case */
function caseOf(name) {
  const found = CASES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new TypeError(`${name} is not a case`);
  return found;
}

describe('exchanges that are saturated with an SDK', () => {
  const saturated = new Set(Object.keys(PATHS).map((name) => caseOf(name).profile.name));

  it('are all that an SDK is tried with', () => {
    const missing = SDKS.filter(({ profile }) => !saturated.has(profile.name));
    assert.deepEqual(
      missing.map(({ name, profile }) => `${name}: ${profile.name}`),
      [],
    );
  });

  it('are all that are simulated, but for those without an SDK', () => {
    const simulated = new Set(CASES.map(({ profile }) => profile.name));
    assert.deepEqual([...simulated].sort(), [...saturated, ...WITHOUT_SDK].sort());
  });

  it('have each SDK that there is a list of', () => {
    const packages = Object.values(lists).flatMap((list) =>
      'package' in list ? list.package : [],
    );
    assert.deepEqual([...new Set(packages)].sort(), SDKS.map(({ name }) => name).sort());
  });
});

describe('saturating bot with an SDK gets 97 % without refusals', () => {
  for (const [name, path] of Object.entries(PATHS)) {
    const one = caseOf(name);
    it(`${name}: ${path.sdk}`, () => saturate(one, bySdk(path, delayOf(one))));
  }
});
