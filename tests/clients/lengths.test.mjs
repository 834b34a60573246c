// Costs that go by the length of an answer: charged for the longest, and given back in part.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { throttledAxios } from 'multi-throttler/client';
import { hyperliquid } from 'multi-throttler/exchange';
import { setUp } from './support/http.mjs';
import { load } from './support/load.mjs';
import { rig, usageOf } from './support/rig.mjs';
import { sdkOf } from './support/sdks.mjs';

/** An answer of so many fills. */
const fills = (/** @type {number} */ count) => ({
  body: Array.from({ length: count }, (_, tid) => ({ tid, dir: '[1, 2]' })),
});
const USER = `0x${'1'.repeat(40)}`;
/** The weight of a list of 2000 and of 40. */
const LONGEST = 120;
const OF_40 = 22;

const nktkas = {
  ...sdkOf('@nktkas/hyperliquid'),
  make: async (/** @type {string} */ apiUrl) => {
    const { HttpTransport, InfoClient } = await load('@nktkas/hyperliquid');
    const client = new InfoClient({ transport: new HttpTransport({ apiUrl }) });
    return {
      client,
      open: () => client.userFills({ user: USER }),
      signed: () => client.userFills({ user: USER }),
      breakKey: () => {},
    };
  },
};
const community = sdkOf('hyperliquid');
const READS = [
  { sdk: nktkas, read: (/** @type {any} */ client) => client.userFills({ user: USER }) },
  { sdk: community, read: (/** @type {any} */ client) => client.info.getUserFills(USER, true) },
];

for (const { sdk, read } of READS) {
  describe(`a list that ${sdk.name} returns`, () => {
    it('costs what its length costs, once it has come', async (t) => {
      /** @type {number[]} */
      const charged = [];
      const { client, throttler } = await rig(t, sdk, {
        answer: () => {
          charged.push(usageOf(throttler).IP);
          return fills(40);
        },
      });
      assert.equal((await read(client)).length, 40);
      assert.deepEqual([...charged, usageOf(throttler).IP], [LONGEST, OF_40]);
    });

    it('costs the most where the answer is an error', async (t) => {
      const { client, throttler } = await rig(t, sdk, {
        answer: () => ({ status: 500, body: 'null' }),
      });
      await assert.rejects(read(client));
      assert.equal(usageOf(throttler).IP, LONGEST);
    });
  });
}

describe('a list that axios returns', () => {
  const post = async (
    /** @type {any} */ t,
    /** @type {import('./support/server.mjs').Answer} */ answer,
    options = {},
  ) => {
    const { default: axios } = await load('axios');
    const { server, throttler } = await setUp(t, () => answer, undefined, [...hyperliquid.rules]);
    const adapter = throttledAxios(throttler, {
      adapter: axios.getAdapter('http'),
      profile: hyperliquid,
      ...options,
    });
    const api = axios.create({ baseURL: server.url, adapter, validateStatus: () => true });
    const { data } = await api.post('/info', { type: 'userFills', user: USER });
    return { data, weight: usageOf(throttler).IP };
  };

  it('costs what its length costs', async (t) => {
    const { data, weight } = await post(t, fills(40));
    assert.deepEqual([data.length, weight], [40, OF_40]);
  });

  it('costs the most where the answer is no list, or an error', async (t) => {
    for (const answer of [{ body: '[1, 2' }, { body: {} }, { ...fills(1), status: 400 }]) {
      assert.equal((await post(t, answer)).weight, LONGEST);
    }
  });

  it('costs what the program says if it has costs of its own', async (t) => {
    const { weight } = await post(t, fills(40), { costs: () => ({ IP: 77 }) });
    assert.equal(weight, 77);
  });
});
