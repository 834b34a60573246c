// Set-up of Chromium or Chrome, and the chromedriver of the same major version.

import { join } from 'node:path';
import { which } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';
import { fromDebian } from './debian.mjs';

const { CHROME, CHROMEDRIVER, CHROMEWEBDRIVER } = process.env;

/**
 * Candidates for the browser: the one named by the variable CHROME, or else the usual names.
 * @returns {string[]}
 */
function browsers() {
  if (CHROME) return [CHROME];
  return [
    ...['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'].map(which),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ].filter((path) => path !== undefined);
}

/** @returns {string[]} */
function drivers() {
  if (CHROMEDRIVER) return [CHROMEDRIVER];
  // On GitHub's runners, CHROMEWEBDRIVER names the folder with the driver of their Chrome.
  const named = CHROMEWEBDRIVER ? join(CHROMEWEBDRIVER, 'chromedriver') : undefined;
  return [named, which('chromedriver')].filter((path) => path !== undefined);
}

/**
 * The programs that run, with their major versions.
 * @param {string[]} paths
 */
function withMajor(paths) {
  return paths.flatMap((path) => {
    const major = / (\d+)\./.exec(ask(path, ['--version']) ?? '')?.[1];
    return major === undefined ? [] : [{ path, major }];
  });
}

/**
 * A browser and a driver of the same major version; drivers refuse any other.
 * @returns {{ chrome: string, chromedriver: string } | undefined}
 */
export function findBrowser() {
  const candidates = withMajor(browsers());
  for (const driver of withMajor(drivers())) {
    const chrome = candidates.find(({ major }) => major === driver.major);
    if (chrome) return { chrome: chrome.path, chromedriver: driver.path };
  }
  return undefined;
}

const byHand =
  'install Chrome or Chromium and the chromedriver of its major version (Debian: `apt-get install chromium ' +
  'chromium-driver`, macOS: `brew install --cask google-chrome chromedriver`), or set the variables ' +
  'CHROME and CHROMEDRIVER to their paths';

/** @type {import('./step.mjs').Step} */
export const browser = {
  name: 'browser',

  find() {
    return findBrowser() ? [] : ['Chromium and a chromedriver of the same major version'];
  },

  install: () => (CHROME || CHROMEDRIVER ? [] : fromDebian('chromium', 'chromium-driver')),

  byHand: () => byHand,
};
