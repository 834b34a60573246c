// Measures what a gated call of an SDK costs above the same call of the bare SDK, over HTTP.

import { createServer } from 'node:http';
import { runtime, runtimes } from '../../../scripts/setup/runtimes.mjs';
import { start } from '../lib/child.mjs';
import { groups, median, quantile } from '../lib/statistics.mjs';

/** SDKs by what they send with. */
const SDKS = {
  binance: 'axios',
  'bybit-api': 'axios',
  'okx-api': 'axios',
  'node-binance-api': 'fetch',
};

/** Ways to call, with the number of calls that are under way at once. */
const WAYS = { 'one at a time': 1, '20 at once': 20 };

/** Pairs of batches in a round, and calls of a batch. */
const PAIRS = 12;
const CALLS = 100;

/** Answers of the exchanges, by the beginning of the path. */
const ANSWERS = /** @type {const} */ ([
  ['/api/v5/', '{"code":"0","data":[],"msg":""}'],
  ['/v5/', '{"retCode":0,"retMsg":"OK","result":{"list":[]},"retExtInfo":{},"time":1}'],
  ['/', '[]'],
]);

/**
 * @typedef {{ cpu: number, wall: number }} Batch microseconds for each call
 *
 * @typedef {object} Row
 * @property {string} node version of Node
 * @property {string} sdk
 * @property {string} via
 * @property {string} way
 * @property {number} atOnce
 * @property {{ bare: Batch, gated: Batch }[]} pairs
 */

/** @type {import('../types.ts').Measure} */
export const clients = {
  name: 'clients',
  about: 'a gated call of an exchange SDK beside the bare one, over HTTP',

  async run({ effort, installed, say }) {
    const { url, close } = await serve();
    /** @type {Row[]} */
    const rows = [];
    try {
      for (const program of programs()) {
        for (const [sdk, via] of Object.entries(SDKS)) {
          /** @type {Row[]} */
          const own = Object.entries(WAYS).map(([way, atOnce]) => ({
            ...{ node: '', sdk, via, way, atOnce, pairs: [] },
          }));
          rows.push(...own);
          for (const rounds of groups(effort.rounds)) {
            const child = start('clients', [sdk, url], installed.folder, program);
            try {
              // Code that runs once a call takes thousands of calls until it is compiled.
              await child.call('pairs', 10, 10 * effort.batch, 20);
              for (let round = 0; round < rounds; round++) {
                for (const row of own) {
                  say(`${sdk}, ${row.way}, round ${round + 1} of ${rounds}`);
                  const { pairs, version } = await child.call('pairs', PAIRS, CALLS, row.atOnce);
                  row.node = version.split('.', 1)[0].replace('v', 'Node ');
                  row.pairs.push(...pairs);
                }
              }
            } finally {
              child.stop();
            }
          }
        }
      }
    } finally {
      close();
    }
    return result(rows);
  },
};

/** The Node that runs this, and that of set-up with context frames, if it is installed. */
function programs() {
  const own = Number(process.versions.node.split('.', 1)[0]);
  const isThere = own < 24 && !runtimes.find().includes('NODE24');
  return isThere ? [process.execPath, runtime('NODE24')] : [process.execPath];
}

/** Serves answers in another process than the SDKs. */
async function serve() {
  const server = createServer(({ url = '/' }, response) => {
    const [, body = ''] = ANSWERS.find(([start]) => url.startsWith(start)) ?? [];
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-mbx-used-weight-1m': '1',
    });
    response.end(body);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/**
 * @param {Row[]} measured
 * @returns {import('../types.ts').Result}
 */
function result(measured) {
  const rows = measured.map(({ node, sdk, via, way, atOnce, pairs }) => {
    const above = (/** @type {'cpu' | 'wall'} */ time) =>
      pairs.map(({ bare, gated }) => gated[time] - bare[time]);
    const least = (/** @type {'bare' | 'gated'} */ kind) =>
      quantile(
        pairs.map((pair) => pair[kind].cpu),
        0.1,
      );
    const cpu = above('cpu');
    return {
      node,
      sdk,
      via,
      way,
      atOnce,
      bare: median(pairs.map(({ bare }) => bare.cpu)),
      above: median(cpu),
      spread: [quantile(cpu, 0.25), quantile(cpu, 0.75)],
      // Batches that nothing else disturbed: a quiet machine.
      least: least('gated') - least('bare'),
      // Of calls at once each waits for the others.
      later: atOnce === 1 ? median(above('wall')) : undefined,
    };
  });
  const nodes = [...new Set(rows.map(({ node }) => node))];
  const text = (/** @type {number | undefined} */ us) =>
    us === undefined ? '' : `${us.toFixed(1)} µs`;
  const worst = (/** @type {string} */ node, /** @type {number} */ atOnce) =>
    Math.max(
      ...rows.filter((row) => row.node === node && row.atOnce === atOnce).map(({ above }) => above),
    );
  return {
    figures: {
      microseconds: Object.fromEntries(
        rows.map(({ node, sdk, way, bare, above, spread, least, later }) => [
          `${node}, ${sdk}, ${way}`,
          { bare, above, spread, least, later },
        ]),
      ),
    },
    tables: [
      {
        title: 'A gated call of an SDK, over HTTP',
        about:
          'Time of the processor for one call that is granted at once, above that of the bare call: the median of ' +
          'the differences of neighbouring batches, half of which lie in the spread, and the difference of the ' +
          'quickest tenth of the batches. Both kinds are in one process, from which the gate is removed for the ' +
          'bare ones; the server is in another. "Later" is by the wall clock.',
        head: ['', 'sends with', 'bare', 'above', 'spread', 'quickest tenth', 'later'],
        rows: rows.map(
          ({ node, sdk, way, via, bare, above, spread: [low = 0, high = 0], least, later }) => [
            `${node}, ${sdk}, ${way}`,
            via,
            text(bare),
            text(above),
            `${text(low)} to ${text(high)}`,
            text(least),
            text(later),
          ],
        ),
      },
    ],
    targets: nodes.flatMap((node) =>
      Object.entries(WAYS).map(([way, atOnce]) => ({
        what: `a gated call above the bare SDK, ${way}, ${node}, processor time of the slowest SDK`,
        figure: text(worst(node, atOnce)),
        target: '<= 20 µs',
        reached: worst(node, atOnce) <= 20,
      })),
    ),
  };
}
