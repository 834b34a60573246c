/**
 * The dashboard of the bot: a page with `<throttler-dashboard>`, the package that it imports, and
 * the monitor that it follows, on an address of this machine alone. The trading page of
 * `examples/trading-page` is served beside it, with an exchange of its own.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createMonitorHandler, nodeListener } from 'multi-throttler/monitor';
import { tradingPage } from '../../trading-page/server/serve.mjs';

const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>multi-throttler</title>
  <link rel="icon" href="data:," />
  <style>
    body { margin: 0 }
    throttler-dashboard { min-height: 100vh }
  </style>
  <main><throttler-dashboard src="/throttler"></throttler-dashboard></main>
  <script type="module" src="/package/dashboard.mjs"></script>
</html>
`;

/** The modules of the package that the page loads. */
const MODULES = ['dashboard.mjs', 'index.mjs'];

/**
 * Returns a function that serves the dashboard of a throttler and returns the addresses and the
 * token, in words; and one that ends it.
 */
export function serveDashboard() {
  /** @type {(() => void)[]} */
  const closing = [];
  /** @type {import('./run.mjs').Show} */
  async function show(throttler) {
    // Short enough to be typed in by hand, and this server lives for minutes only.
    const token = randomBytes(6).toString('hex');
    const monitor = createMonitorHandler(throttler, { token });
    const toMonitor = nodeListener(monitor);
    const trading = tradingPage();
    const server = createServer(async (request, response) => {
      if (trading.listener(request, response)) return;
      const path = request.url ?? '/';
      if (path.startsWith('/throttler/')) return toMonitor(request, response);
      const [, name = ''] = /^\/package\/([\w.-]+)$/.exec(path) ?? [];
      if (path !== '/' && !MODULES.includes(name)) return void response.writeHead(404).end();
      const type = path === '/' ? 'text/html' : 'text/javascript';
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
      response.end(path === '/' ? PAGE : await moduleText(name));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      monitor.close();
      trading.close();
      server.closeAllConnections();
      server.close();
    });
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const address = `http://127.0.0.1:${port}/`;
    return `Dashboard: ${address} (token of its controls: ${token})
Trading page: ${address}trading/`;
  }
  return {
    show,
    close() {
      for (const close of closing.splice(0)) close();
    },
  };
}

/** @param {string} name of a module of the package */
function moduleText(name) {
  const folder = new URL('./', import.meta.resolve('multi-throttler'));
  return readFile(fileURLToPath(new URL(name, folder)));
}
