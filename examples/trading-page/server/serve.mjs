/**
 * Serves the trading page and its simulated exchange: a listener for a server of Node. The page is
 * bundled when it is first asked for, with the package as it is installed.
 */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Exchange } from '../../../tests/simulator/venues/binance/exchange.mjs';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { Market } from './market.mjs';

/** Low limits in short windows, so that one person at a page meets them. */
const LIMITS = /** @type {const} */ ([
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'SECOND', intervalNum: 10, limit: 600 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 5 },
  { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
]);

/** A client that goes on after 40 refusals is banned for half a minute. */
const BANS = { banAfter: 40, banBase: 30_000 };

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript' };

/** No inline scripts and styles, as pages that trade should have it. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
  "connect-src 'self'; img-src data:";

/** @param {string} name of a file of the page */
const pathOf = (name) => fileURLToPath(new URL(`../page/${name}`, import.meta.url));

/**
 * Returns a listener for the paths `/trading/` and `/api/`; it returns whether it took a request.
 *
 * @param {import('../../../tests/simulator/venues/binance/exchange.mjs').ExchangeOptions} [options]
 *   of the exchange
 */
export function tradingPage(options = {}) {
  const { random = seededRandom(Date.now() % 2 ** 31), now = Date.now } = options;
  const exchange = new Exchange({
    limits: LIMITS,
    delay: [15, 60],
    ...BANS,
    ...options,
    market: new Market({ now: now(), random }),
  });
  /** @type {Promise<string> | undefined} */
  let script;
  /** @param {string} name */
  const content = (name) => {
    if (name !== 'main.js') return readFile(pathOf(name), 'utf8');
    script ??= bundle();
    return script;
  };
  return {
    exchange,
    /**
     * @param {import('node:http').IncomingMessage} request
     * @param {import('node:http').ServerResponse} response
     */
    listener(request, response) {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (pathname.startsWith('/api/')) {
        exchange.handle(request, response).catch(() => response.destroy());
        return true;
      }
      if (!pathname.startsWith('/trading/')) return false;
      const name = pathname.slice('/trading/'.length) || 'index.html';
      if (!['index.html', 'style.css', 'main.js'].includes(name)) return false;
      const type = TYPES[/** @type {keyof typeof TYPES} */ (name.split('.')[1])];
      content(name).then(
        (text) => {
          response.writeHead(200, {
            'content-type': `${type}; charset=utf-8`,
            'content-security-policy': POLICY,
          });
          response.end(text);
        },
        (error) => response.writeHead(500).end(String(error)),
      );
      return true;
    },
    close: () => exchange.stop(),
  };
}

async function bundle() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [pathOf('main.tsx')],
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
