// Installs the package as it is published: packs pkg/ and installs the tarball into a separate
// folder.

import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../scripts/lib/run.mjs';

/** Packs and installs the package. The folder is removed when the process ends. */
export async function installPackage() {
  const temp = mkdtempSync(join(realpathSync(tmpdir()), 'multi-throttler-bench-'));
  process.once('exit', () => rmSync(temp, { recursive: true, force: true }));
  await npm(['pack', './pkg', '--pack-destination', temp]);
  const tarball = readdirSync(temp).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack wrote no tarball');
  writeFileSync(join(temp, 'package.json'), '{ "private": true }\n');
  await npm(['install', '--prefix', temp, '--no-audit', '--no-fund', join(temp, tarball)]);
  // A module beside the package resolves it by name, as a program does; that is part of a cold
  // start.
  writeFileSync(join(temp, 'entry.mjs'), "export * from 'multi-throttler';\n");
  return {
    folder: join(temp, 'node_modules', 'multi-throttler'),
    entry: pathToFileURL(join(temp, 'entry.mjs')).href,
  };
}

/** @param {string[]} args */
async function npm(args) {
  const { code, text } = await run(['npm', ...args], { minutes: 3 });
  if (code !== 0) throw new Error(`npm ${args[0]} failed\n${text}`);
}
