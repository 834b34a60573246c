// Pages in real browsers. There is no driver: each page reports its result to the test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findBrowser } from '../../scripts/setup/browser.mjs';
import { findFirefox } from '../../scripts/setup/firefox.mjs';
import { findWebKit } from '../../scripts/setup/webkit.mjs';
import { root } from './project.mjs';

/** Timeout for a browser's start and all pages, in milliseconds. */
const PATIENCE = 90_000;

/** Preferences that keep Firefox from contacting its vendor and prompting at its first start. */
const FIREFOX_PREFERENCES = {
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

/** Lets a page open another one by itself. */
const POPUPS = {
  chromium: '--disable-popup-blocking',
  firefox: { 'dom.disable_open_during_load': false },
};

/** After this long, Chromium gives a hidden page one timer a minute. Default: five minutes. */
const GRACE_PERIOD = '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/5';

/**
 * Variables for WebKit. Its sandbox needs rights that a container may lack; without a language,
 * `Intl` throws.
 */
const WEBKIT_VARIABLES = ['WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1', 'LC_ALL=en_US.UTF-8'];

/** @param {string} profile */
function webKit(profile) {
  const folders = ['CONFIG', 'DATA', 'CACHE'].map((name) => `XDG_${name}_HOME=${profile}`);
  const program = ['env', ...WEBKIT_VARIABLES, ...folders, findWebKit() ?? 'no WebKit'];
  return [process.execPath, join(root, 'tests', 'packaging', 'on-display.mjs'), ...program];
}

/**
 * Command lines of browsers, without the address.
 * @type {Record<string, (profile: string) => string[]>}
 */
export const BROWSERS = {
  Chromium(profile) {
    const { args } = JSON.parse(readFileSync(join(root, 'webdriver.json'), 'utf8'))[
      'goog:chromeOptions'
    ];
    const program = findBrowser()?.chrome ?? 'no Chromium';
    return [program, ...args, POPUPS.chromium, GRACE_PERIOD, `--user-data-dir=${profile}`];
  },
  Firefox(profile) {
    const all = { ...FIREFOX_PREFERENCES, ...POPUPS.firefox };
    const preferences = Object.entries(all).map(
      ([name, value]) => `user_pref("${name}", ${value});`,
    );
    writeFileSync(join(profile, 'user.js'), preferences.join('\n'));
    return [findFirefox() ?? 'no Firefox', '--headless', '--no-remote', '--profile', profile];
  },
  // Debian alone has it as a program.
  ...(process.platform === 'linux' && { WebKit: webKit }),
};

const TYPES = /** @type {Record<string, string>} */ ({ '.html': 'text/html', '.css': 'text/css' });

/**
 * Serves the files of a folder.
 * @param {string} folder
 * @param {Record<string, string>} [headers] of each response
 * @returns {Promise<{ url: string, close(): void }>} `url` ends without a slash
 */
export async function serve(folder, headers = {}) {
  const server = createServer(({ url = '' }, response) => {
    const path = join(folder, new URL(url, 'http://localhost').pathname);
    try {
      const body = readFileSync(path);
      response.writeHead(200, {
        ...headers,
        'content-type': TYPES[extname(path)] ?? 'text/javascript',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return { url: await listen(server), close: () => server.close() };
}

/** @param {import('node:http').Server} server */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** Hides the pages when all have said that they are ready: puts another tab in front of them. */
const hideWhenReady = (/** @type {number} */ count) => `<script>
  let ready = 0;
  onmessage = () => ++ready === ${count} && open('about:blank');
</script>`;

/**
 * Opens pages in one browser at the same time, and collects their reports. A page finds the address
 * for its report in its parameter `report`. When each page has posted a message to its parent, all
 * are hidden.
 * @param {keyof typeof BROWSERS} browser
 * @param {Record<string, string>} pages addresses by name
 * @returns {Promise<Record<string, unknown>>} reports by name, without those that came too late
 */
export async function visit(browser, pages) {
  /** @type {Record<string, unknown>} */
  const reports = {};
  const profile = realpathSync(mkdtempSync(join(tmpdir(), 'multi-throttler-browser-')));
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      reports[decodeURIComponent(request.url?.slice(1) ?? '')] = JSON.parse(await text(request));
      if (Object.keys(reports).length === Object.keys(pages).length) server.emit('complete');
      response.end();
    } else {
      response.setHeader('content-type', 'text/html');
      const frames = Object.entries(pages).map(([name, url]) => {
        const source = new URL(url);
        source.searchParams.set('report', `${address}/${encodeURIComponent(name)}`);
        return `<iframe src="${source.href.replaceAll('&', '&amp;')}"></iframe>`;
      });
      response.end(hideWhenReady(frames.length) + frames.join(''));
    }
  });
  const address = await listen(server);
  const complete = once(server, 'complete', { signal: AbortSignal.timeout(PATIENCE) });
  const [program = '', ...args] = BROWSERS[browser]?.(profile) ?? [];
  // A separate process group, as browsers consist of many processes.
  const child = spawn(program, [...args, `${address}/`], { stdio: 'ignore', detached: true });
  const closed = once(child, 'close');
  try {
    // Pages without a report are missing in the result.
    await Promise.race([complete.catch(() => {}), closed]);
  } finally {
    if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await closed;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
  return reports;
}
