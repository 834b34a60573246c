// Serves the pages of these tests, the built package, axe, the trading page, and a monitor that can
// go away.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { fixedWindow, MultiThrottler, rollingWindow } from 'multi-throttler';
import { createMonitorHandler, nodeListener } from 'multi-throttler/monitor';
import { tradingPage } from '../../examples/trading-page/server/serve.mjs';
import { seededRandom } from '../../ts/simulator/random.mjs';
import { root } from '../packaging/project.mjs';

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
});

/** A policy without inline scripts and styles, as pages that trade should have. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src *; frame-src 'self'; " +
  'img-src data:';

/** Folders by the first part of a path. */
const FOLDERS = /** @type {Record<string, string>} */ ({
  pkg: join(root, 'pkg'),
  axe: join(root, 'node_modules', 'axe-core'),
  pages: join(root, 'tests', 'dashboard', 'pages'),
});

export const MODES = {
  normal: { reserve: 0.2 },
  burst: { reserve: 0.1 },
  liquidation: { buffer: 0.05 },
};
export const TOKEN = 'the token of the test';

/** Limits of the trading page's exchange, in windows whose end a test can wait for. */
const LIMITS = /** @type {const} */ ([
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'SECOND', intervalNum: 4, limit: 600 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 4, limit: 3 },
]);

const make = () =>
  new MultiThrottler(
    [
      fixedWindow({ id: 'WEIGHT', limit: 1000, interval: 3_600_000 }),
      rollingWindow({ id: 'ORDERS', limit: 50, interval: 3_600_000, scope: 'account' }),
    ],
    { modes: MODES },
  );

/** @param {import('../simulator/venues/binance/exchange.mjs').ExchangeOptions} [exchange] */
export async function startServer(exchange = { limits: LIMITS }) {
  const trading = tradingPage({ random: seededRandom(5), ...exchange });
  /** @type {Record<string, MultiThrottler>} */
  let throttlers = {};
  /** @type {Record<string, import('multi-throttler/monitor').MonitorHandler>} */
  let monitors = {};
  let isAway = false;

  /** Ends monitors and throttlers: a request that waits would keep this process alive. */
  const closeAll = () => {
    for (const monitor of Object.values(monitors)) monitor.close();
    for (const throttler of Object.values(throttlers)) throttler.close();
  };

  /** The requests of pages to this server, by the last part of the path. */
  const controls = /** @type {Record<string, (argument: any) => unknown>} */ ({
    // Every check begins with new throttlers.
    reset() {
      closeAll();
      throttlers = { spot: make(), futures: make() };
      const { spot } = throttlers;
      monitors = {
        open: createMonitorHandler(/** @type {any} */ (spot), { token: TOKEN }),
        silent: createMonitorHandler(/** @type {any} */ (spot)),
        both: createMonitorHandler(throttlers, { token: TOKEN }),
      };
      isAway = false;
    },
    throttle: ({ name = 'spot', cost }) => throttlers[name]?.throttle(cost).catch(() => {}),
    wait: ({ cost, priority }) =>
      void throttlers.spot?.throttle(cost, { priority }).catch(() => {}),
    report: (response) => throttlers.spot?.report(response),
    away() {
      isAway = true;
      // Not before this request is answered.
      setTimeout(() => server.closeAllConnections(), 100);
    },
    back() {
      isAway = false;
    },
    stats: () => throttlers.spot?.getStats(),
    close: () => throttlers.spot?.close(),
  });
  controls.reset?.(undefined);

  const server = createServer(async (request, response) => {
    if (trading.listener(request, response)) return;
    const path = new URL(request.url ?? '', 'http://localhost').pathname;
    const [, first = '', second = ''] = path.split('/');
    if (first === 'control') {
      const body = await text(request);
      const answer = await controls[second]?.(body === '' ? undefined : JSON.parse(body));
      return void response.end(JSON.stringify(answer ?? null));
    }
    if (first === 'monitor') {
      const monitor = monitors[second];
      if (isAway || monitor === undefined) return void response.destroy();
      return nodeListener(monitor)(request, response);
    }
    const folder = FOLDERS[first];
    const file = join(folder ?? '', normalize(path).slice(first.length + 2));
    try {
      if (folder === undefined) throw new Error('no such folder');
      const body = readFileSync(file);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'text/plain',
        'content-security-policy': POLICY,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      closeAll();
      trading.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
