// Installs packages on Debian and its derivatives.

import { which } from '../lib/project.mjs';

/**
 * The commands that install packages; none without apt-get.
 * @param {...string} packages
 * @returns {import('./step.mjs').Command[]}
 */
export function fromDebian(...packages) {
  if (!which('apt-get')) return [];
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  return [
    { argv: [...asRoot, 'apt-get', 'update'], env, minutes: 5 },
    {
      argv: [...asRoot, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages],
      env,
      minutes: 10,
    },
  ];
}
