// The package as its users get it: packed once, and installed into an empty folder from the tarball alone.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program that has to succeed.
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 * @returns {string} what it prints
 */
export function run(cwd, program, ...args) {
  // On Windows npm is a script, which only a shell can run.
  const shell = process.platform === 'win32' && program === 'npm';
  const child = spawnSync(program, args, { cwd, shell, encoding: 'utf8', timeout: 120_000 });
  if (child.status !== 0) {
    const end = child.error?.message ?? child.signal ?? `exit code ${child.status}`;
    throw new Error(`${[program, ...args].join(' ')}: ${end}\n${child.stdout}${child.stderr}`);
  }
  return child.stdout;
}

/**
 * Packs the package and installs it.
 * @returns {{ folder: string, packed: { filename: string, size: number, files: { path: string }[] }, fixture(name: string): string, remove(): void }}
 */
export function install() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'multi-throttler-')));
  // A cache of its own, and offline: nothing may be taken from anywhere else.
  const npm = (/** @type {string[]} */ ...args) =>
    run(folder, 'npm', ...args, '--offline', '--no-audit', '--no-fund', '--cache', join(folder, '.npm'));
  const [packed] = JSON.parse(npm('pack', join(root, 'pkg'), '--json'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  npm('install', `./${packed.filename}`);
  return {
    folder,
    packed,
    /** A copy of a fixture, in which the installed package is found. */
    fixture(name) {
      const copy = join(folder, name);
      cpSync(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)), copy, { recursive: true });
      return copy;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
