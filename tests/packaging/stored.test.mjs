// Responses out of the caches of real browsers, which have no `Age`: the first one after a reload,
// when nothing is known of the server yet.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, serve, visit } from './pages.mjs';
import { install } from './project.mjs';

const project = install();
project.fixture('stored');
/** @type {(() => unknown)[]} */
const closing = [project.remove];
after(async () => {
  for (const close of closing.reverse()) await close();
});

/** Headers that let pages of other origins read a response. */
const READABLE = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'date, x-ratelimit-remaining',
};

/**
 * A server under a limit whose responses may be stored. Their texts are numbers that rise.
 * @param {Record<string, string>} headers
 */
async function limited(headers) {
  let requests = 0;
  const server = createServer((_, response) => {
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/plain',
      'cache-control': 'max-age=600',
      'x-ratelimit-remaining': '50',
    });
    response.end(String(++requests));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** @type {Record<string, string>} */
const pages = {};

before(async () => {
  const { url, close } = await serve(project.folder, {
    'x-ratelimit-remaining': '50',
    'cache-control': 'max-age=600',
  });
  closing.push(close);
  const other = await limited(READABLE);
  const timed = await limited({ ...READABLE, 'timing-allow-origin': '*' });
  /** @param {string} asked @param {number} shift milliseconds between the two pages */
  const page = (asked, shift) => {
    const parameters = new URLSearchParams({ asked, shift: String(shift) });
    return `${url}/stored/index.html?${parameters}`;
  };
  pages['of its own origin'] = page(`${url}/package.json`, 0);
  pages['of an origin that allows timing'] = page(timed, 0);
  pages['of another origin, after 25 s'] = page(other, 25_000);
});

for (const browser of Object.keys(BROWSERS)) {
  describe(`${browser}: a response out of the cache tells nothing of usage`, () => {
    test('pages', async (t) => {
      const reports = await visit(browser, pages);
      for (const name of Object.keys(pages)) {
        await t.test(name, () => {
          const [first, second] = /** @type {{ tokens: number, text: string }[]} */ (reports[name]);
          assert.equal(first?.tokens, 50);
          assert.equal(second?.tokens, 99);
          // It was the same response.
          assert.equal(second?.text, first?.text);
        });
      }
    });
  });
}
