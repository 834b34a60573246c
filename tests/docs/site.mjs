// The built site behind a server, and a page of it in Chromium.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { SITE } from '../../scripts/docs.mjs';
import { findBrowser } from '../../scripts/setup/browser.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};

/** Serves the site; addresses have no `.html`. */
export async function serveSite() {
  const server = createServer(({ url = '/' }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, 'http://site').pathname));
    const plain = path.endsWith('/') ? `${path}index.html` : path;
    const file = join(SITE, extname(plain) === '' ? `${plain}.html` : plain);
    const found = existsSync(file);
    const name = found ? file : join(SITE, '404.html');
    response.writeHead(found ? 200 : 404, { 'content-type': TYPES[extname(name)] ?? 'text/plain' });
    response.end(readFileSync(name));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Starts the Chromium of the system. */
export function startBrowser() {
  const executablePath = findBrowser()?.chrome;
  if (executablePath === undefined) throw new Error('no Chromium found');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
