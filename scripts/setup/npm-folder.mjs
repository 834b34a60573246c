// A folder of npm packages in .tools/ that have no place in the workspace, as they are other
// versions of its packages, or programs of one platform.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { read, root, toolsDir } from '../lib/project.mjs';

/**
 * The folder `.tools/<name>`, for the manifest and the lock file in `scripts/setup/<name>`.
 * @param {string} name
 */
export function npmFolder(name) {
  const folder = join(toolsDir, name);
  const manifests = ['package.json', 'package-lock.json'].map((file) =>
    join('scripts/setup', name, file),
  );
  return {
    modules: join(folder, 'node_modules'),

    /** Whether the installed manifest is the wanted one. */
    isFresh() {
      const isInstalled = existsSync(join(folder, 'node_modules'));
      return isInstalled && read(`.tools/${name}/package.json`) === read(manifests[0] ?? '');
    },

    /** @returns {import('./step.mjs').Command[]} */
    install: () => [
      { argv: ['mkdir', '-p', folder], minutes: 1 },
      { argv: ['cp', ...manifests.map((path) => join(root, path)), folder], minutes: 1 },
      {
        argv: ['npm', 'ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'],
        minutes: 10,
      },
    ],
  };
}
