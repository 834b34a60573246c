// Measures what a gated call of an SDK costs above the same call of the bare SDK, over HTTP.

import { createServer } from 'node:http';
import { start } from '../lib/child.mjs';
import { groups, inTurns, median, quantile } from '../lib/statistics.mjs';

/** SDKs by what they send with. */
const SDKS = { binance: 'axios', 'bybit-api': 'axios', 'node-binance-api': 'fetch' };

/** Pairs of batches in a round. */
const PAIRS = 6;

/** @type {import('../types.ts').Measure} */
export const clients = {
  name: 'clients',
  about: 'a gated call of an exchange SDK beside the bare one, over HTTP',

  async run({ effort, installed, say }) {
    const server = createServer((_, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': '2',
        'x-mbx-used-weight-1m': '1',
      });
      response.end('{}');
    });
    server.keepAliveTimeout = 60_000;
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const url = `http://127.0.0.1:${port}`;
    const rows = Object.entries(SDKS).map(([sdk, via]) => ({
      sdk,
      via,
      /** @type {Record<string, number[]>} */
      cpu: { bare: [], gated: [] },
    }));
    try {
      for (const row of rows) {
        for (const rounds of groups(effort.rounds)) {
          const children = Object.keys(row.cpu).map((kind) => ({
            kind,
            child: start('clients', [row.sdk, kind, url], installed.folder),
          }));
          try {
            // Code that runs once a call takes thousands of calls until it is compiled.
            for (const { child } of children) await child.call('round', 100 * effort.batch);
            await inTurns(PAIRS * rounds, children, async ({ kind, child }, pair) => {
              say(`${row.sdk}, ${kind}, pair ${pair + 1} of ${PAIRS * rounds}`);
              row.cpu[kind]?.push(await child.call('round', 2 * effort.batch));
            });
          } finally {
            for (const { child } of children) child.stop();
          }
        }
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return result(rows);
  },
};

/**
 * @param {{ sdk: string, via: string, cpu: Record<string, number[]> }[]} measured
 * @returns {import('../types.ts').Result}
 */
function result(measured) {
  const rows = measured.map(({ sdk, via, cpu: { bare = [], gated = [] } }) => {
    const above = gated.map((us, pair) => us - (bare[pair] ?? Number.NaN));
    return {
      sdk,
      via,
      bare: median(bare),
      gated: median(gated),
      above: median(above),
      spread: [quantile(above, 0.25), quantile(above, 0.75)],
    };
  });
  const worst = Math.max(...rows.map(({ above }) => above));
  const text = (/** @type {number} */ us) => `${us.toFixed(1)} µs`;
  return {
    figures: {
      microseconds: Object.fromEntries(
        rows.map(({ sdk, bare, gated, above, spread }) => [sdk, { bare, gated, above, spread }]),
      ),
    },
    tables: [
      {
        title: 'A gated call of an SDK, over HTTP',
        about:
          'Time of the processor for one call that is granted at once: the medians of batches in turns, and of the ' +
          'differences of their pairs, half of which lie in the spread. Each kind has processes of its own, and so ' +
          'has the server. The wall clock mostly measures the network.',
        head: ['', 'sends with', 'bare', 'gated', 'above', 'spread'],
        rows: rows.map(({ sdk, via, bare, gated, above, spread: [low = 0, high = 0] }) => [
          sdk,
          via,
          text(bare),
          text(gated),
          text(above),
          `${text(low)} to ${text(high)}`,
        ]),
      },
    ],
    targets: [
      {
        what: 'a gated call above the bare SDK, in turns',
        figure: text(worst),
        target: '<= 20 µs',
        reached: worst <= 20,
      },
    ],
  };
}
