// Set-up of Firefox, for the fixtures that run in a page.

import { which } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';
import { fromDebian } from './debian.mjs';

const { FIREFOX } = process.env;

/**
 * The first Firefox that runs. If set, the variable FIREFOX names the only candidate.
 * @returns {string | undefined}
 */
export function findFirefox() {
  const candidates = FIREFOX
    ? [FIREFOX]
    : [which('firefox'), which('firefox-esr'), '/Applications/Firefox.app/Contents/MacOS/firefox'];
  return candidates.find((path) => path !== undefined && ask(path, ['--version']) !== undefined);
}

/** @type {import('./step.mjs').Step} */
export const firefox = {
  name: 'Firefox',
  find: () => (findFirefox() ? [] : ['Firefox']),
  install: () => (FIREFOX ? [] : fromDebian('firefox-esr')),
  byHand: () =>
    'install Firefox (Debian: `apt-get install firefox-esr`, macOS: `brew install --cask firefox`), or set the ' +
    'variable FIREFOX to its path',
};
