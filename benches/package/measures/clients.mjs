// Measures what a gated call of an SDK costs above the same call of the bare SDK, over HTTP.

import { createServer } from 'node:http';
import { start } from '../lib/child.mjs';
import { groups, inTurns, median, quantile } from '../lib/statistics.mjs';

/** SDKs by what they send with. */
const SDKS = {
  binance: 'axios',
  'bybit-api': 'axios',
  'okx-api': 'axios',
  'node-binance-api': 'fetch',
};

/** Ways to call, with the number of calls that are under way at once. */
const WAYS = { 'one at a time': 1, '20 at once': 20 };

/** Pairs of batches in a round. */
const PAIRS = 6;

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
 * @property {string} sdk
 * @property {string} via
 * @property {string} way
 * @property {number} atOnce
 * @property {{ bare: Batch[], gated: Batch[] }} batches
 */

/** @type {import('../types.ts').Measure} */
export const clients = {
  name: 'clients',
  about: 'a gated call of an exchange SDK beside the bare one, over HTTP',

  async run({ effort, installed, say }) {
    const { url, close } = await serve();
    /** @type {Row[]} */
    const rows = Object.entries(SDKS).flatMap(([sdk, via]) =>
      Object.entries(WAYS).map(([way, atOnce]) => ({
        sdk,
        via,
        way,
        atOnce,
        batches: { bare: [], gated: [] },
      })),
    );
    try {
      for (const sdk of Object.keys(SDKS)) {
        const own = rows.filter((row) => row.sdk === sdk);
        for (const rounds of groups(effort.rounds)) {
          const children = /** @type {const} */ (['bare', 'gated']).map((kind) => ({
            kind,
            child: start('clients', [sdk, kind, url], installed.folder),
          }));
          try {
            // Code that runs once a call takes thousands of calls until it is compiled.
            for (const { child } of children) await child.call('round', 200 * effort.batch, 20);
            await inTurns(PAIRS * rounds, children, async ({ kind, child }, pair) => {
              say(`${sdk}, ${kind}, pair ${pair + 1} of ${PAIRS * rounds}`);
              for (const { atOnce, batches } of own)
                batches[kind].push(await child.call('round', 2 * effort.batch, atOnce));
            });
          } finally {
            for (const { child } of children) child.stop();
          }
        }
      }
    } finally {
      close();
    }
    return result(rows);
  },
};

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
  const rows = measured.map(({ sdk, via, way, atOnce, batches: { bare, gated } }) => {
    const above = (/** @type {'cpu' | 'wall'} */ time) =>
      gated.map((batch, pair) => batch[time] - (bare[pair]?.[time] ?? Number.NaN));
    const cpu = above('cpu');
    return {
      sdk,
      via,
      way,
      atOnce,
      bare: median(bare.map((batch) => batch.cpu)),
      above: median(cpu),
      spread: [quantile(cpu, 0.25), quantile(cpu, 0.75)],
      // A batch that nothing else disturbed: what a quiet machine takes.
      least: quantile(gated.map(cpuOf), 0.1) - quantile(bare.map(cpuOf), 0.1),
      // Of calls at once each waits for the others.
      later: atOnce === 1 ? median(above('wall')) : undefined,
    };
  });
  const text = (/** @type {number | undefined} */ us) =>
    us === undefined ? '' : `${us.toFixed(1)} µs`;
  const worst = (/** @type {number} */ atOnce) =>
    Math.max(...rows.filter((row) => row.atOnce === atOnce).map(({ above }) => above));
  return {
    figures: {
      microseconds: Object.fromEntries(
        rows.map(({ sdk, way, bare, above, spread, least, later }) => [
          `${sdk}, ${way}`,
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
          'quickest tenth of the batches. Each kind has processes of its own, and so has the server. "Later" is ' +
          'by the wall clock.',
        head: ['', 'sends with', 'bare', 'above', 'spread', 'quickest tenth', 'later'],
        rows: rows.map(
          ({ sdk, way, via, bare, above, spread: [low = 0, high = 0], least, later }) => [
            `${sdk}, ${way}`,
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
    targets: Object.entries(WAYS).map(([way, atOnce]) => ({
      what: `a gated call above the bare SDK, ${way}, processor time of the slowest SDK`,
      figure: text(worst(atOnce)),
      target: '<= 20 µs',
      reached: worst(atOnce) <= 20,
    })),
  };
}

/** @param {Batch} batch */
function cpuOf({ cpu }) {
  return cpu;
}
