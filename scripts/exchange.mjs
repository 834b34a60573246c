// `npm run exchange -- kraken`: a simulated exchange on this machine, to try a program against.
// `-- --help` lists the exchanges and options.

import { parseArgs } from 'node:util';
import { startExchange } from '../tests/simulator/venues/binance/exchange.mjs';
import { binanceFutures } from '../tests/simulator/venues/binance-futures.mjs';
import { binanceUs } from '../tests/simulator/venues/binance-us.mjs';
import { bitget } from '../tests/simulator/venues/bitget.mjs';
import { bitmex } from '../tests/simulator/venues/bitmex.mjs';
import { bybit } from '../tests/simulator/venues/bybit.mjs';
import { coinbaseAdvanced } from '../tests/simulator/venues/coinbase-advanced.mjs';
import { coinbaseExchange } from '../tests/simulator/venues/coinbase-exchange.mjs';
import { deribit } from '../tests/simulator/venues/deribit.mjs';
import { gate } from '../tests/simulator/venues/gate.mjs';
import { hyperliquid } from '../tests/simulator/venues/hyperliquid.mjs';
import { kraken } from '../tests/simulator/venues/kraken.mjs';
import { krakenFutures } from '../tests/simulator/venues/kraken-futures.mjs';
import { kucoin } from '../tests/simulator/venues/kucoin.mjs';
import { mexc } from '../tests/simulator/venues/mexc.mjs';
import { okx } from '../tests/simulator/venues/okx.mjs';
import { open } from '../tests/simulator/venues/venue.mjs';

/** @typedef {import('../tests/simulator/venues/venue.mjs').Venue} Venue */

/** @type {Record<string, () => Venue>} */
const VENUES = {
  'aster-futures': () => binanceFutures('aster'),
  'binance-us': binanceUs,
  'binance-usdm': () => binanceFutures('usdm'),
  bitget,
  bitmex,
  bybit,
  'coinbase-advanced': coinbaseAdvanced,
  'coinbase-exchange': coinbaseExchange,
  deribit,
  gate,
  hyperliquid,
  kraken,
  'kraken-futures': krakenFutures,
  kucoin,
  mexc,
  okx: () => okx('rolling'),
};
/** The one exchange whose endpoints have bodies like the real ones, and which bans addresses. */
const SPOT = 'binance-spot';
const NAMES = [SPOT, ...Object.keys(VENUES)].sort();

const HELP = `npm run exchange -- NAME [--port PORT]

Starts a simulated exchange on 127.0.0.1 that counts as the real one does, until Ctrl-C.
Requests count under the address in X-Forwarded-For, if there is one.

  NAME     ${NAMES.join(', ')}
  --port   0 to 65535; by default a free one
`;

const { name, port } = optionsOrExit();
const exchange = await startOrExit();
process.stdout.write(`${name} on ${exchange.url}, until Ctrl-C\n`);
process.once('SIGINT', async () => {
  await exchange.close();
  process.stdout.write(`\nrefused: ${exchange.refused()}\n`);
});

async function startOrExit() {
  try {
    return await (name === SPOT ? spot(port) : venue(VENUES[name]?.(), port));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    process.stderr.write(`cannot listen on port ${port}: ${error.message}\n`);
    process.exit(2);
  }
}

/** @param {number} port */
async function spot(port) {
  const { limiter, ...server } = await startExchange({ port });
  return { ...server, refused: () => limiter.refused };
}

/** @param {Venue | undefined} venue @param {number} port */
async function venue(venue, port) {
  if (!venue) throw new TypeError(`no simulated exchange ${name}`);
  return { ...(await open(venue, Date.now, port)), refused: () => venue.refused };
}

function optionsOrExit() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const [name = '', ...more] = positionals;
    if (!NAMES.includes(name) || more.length > 0)
      throw new Error(
        `the exchange must be one of ${NAMES.join(', ')}, got "${positionals.join(' ')}"`,
      );
    const port = Number(values.port);
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new Error(`--port must be a whole number from 0 to 65535, got "${values.port}"`);
    return { name, port };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}
