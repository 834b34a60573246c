// The packages whose figures are compared: pinned, fetched by npm and pip, unpacked into
// .tools/figures, never run.

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolsDir } from '../lib/project.mjs';
import { run } from '../lib/run.mjs';

const FOLDER = join(toolsDir, 'figures');

/**
 * Versions with their dates of publication, as far as the registries have them; they date the
 * figures.
 */
export const PACKAGES = /** @type {const} */ ({
  npm: {
    ccxt: { version: '4.5.84', date: '2026-10' },
    '@binance/spot': { version: '32.0.4', date: '2026-09' },
    '@binance/derivatives-trading-usds-futures': { version: '38.1.1', date: '2026-09-22' },
    '@binance/derivatives-trading-coin-futures': { version: '8.0.1', date: '2026-01-15' },
    '@binance/derivatives-trading-portfolio-margin': { version: '19.0.0', date: '2026-09-21' },
    '@binance/wallet': { version: '16.0.2', date: '2026-09' },
    'kucoin-universal-sdk': { version: '1.3.0', date: '2025-08' },
  },
  // Binance's SDKs for Python are a month newer than those for JavaScript, and also cover options
  // and sapi.
  pypi: {
    ccxt: { version: '4.5.90', date: '2026-10' },
    'binance-sdk-spot': { version: '13.3.0', date: '2026-10' },
    'binance-sdk-derivatives-trading-usds-futures': { version: '18.1.0', date: '2026-10' },
    'binance-sdk-derivatives-trading-coin-futures': { version: '14.1.0', date: '2026-10' },
    'binance-sdk-derivatives-trading-options': { version: '8.7.0', date: '2026-10' },
    'binance-sdk-derivatives-trading-portfolio-margin': { version: '16.1.0', date: '2026-10' },
    'binance-sdk-derivatives-trading-portfolio-margin-pro': { version: '9.1.0', date: '2026-10' },
    'binance-sdk-algo': { version: '3.9.0', date: '2026-10' },
    'binance-sdk-c2c': { version: '5.7.0', date: '2026-10' },
    'binance-sdk-convert': { version: '5.7.0', date: '2026-10' },
    'binance-sdk-copy-trading': { version: '3.7.0', date: '2026-10' },
    'binance-sdk-crypto-loan': { version: '6.1.0', date: '2026-10' },
    'binance-sdk-dual-investment': { version: '4.2.0', date: '2026-10' },
    'binance-sdk-fiat': { version: '6.7.0', date: '2026-10' },
    'binance-sdk-gift-card': { version: '3.7.0', date: '2026-10' },
    'binance-sdk-margin-trading': { version: '8.9.0', date: '2026-10' },
    'binance-sdk-mining': { version: '4.7.0', date: '2026-10' },
    'binance-sdk-nft': { version: '2.11.0', date: '2026-06' },
    'binance-sdk-pay': { version: '5.7.0', date: '2026-10' },
    'binance-sdk-rebate': { version: '3.7.0', date: '2026-10' },
    'binance-sdk-simple-earn': { version: '9.7.0', date: '2026-10' },
    'binance-sdk-staking': { version: '6.7.0', date: '2026-10' },
    'binance-sdk-sub-account': { version: '8.5.0', date: '2026-10' },
    'binance-sdk-vip-loan': { version: '7.7.0', date: '2026-10' },
    'binance-sdk-wallet': { version: '13.8.0', date: '2026-10' },
    'kucoin-universal-sdk': { version: '1.3.2', date: '2026-09' },
    // Packages of third parties. `okx` quotes the limits of OKX's documentation at its date.
    okx: { version: '2.1.2', date: '2025-03' },
    hummingbot: { version: '20260922', date: '2026-09-22' },
    nautilus_trader: { version: '1.231.0', date: '2026-08' },
  },
});

/**
 * Packages that are too large for every run, or built from source by pip: `--second-opinions` adds
 * them.
 */
const SECOND_OPINIONS = ['hummingbot', 'nautilus_trader'];

/** @typedef {'npm' | 'pypi'} Registry */

/**
 * The folder of an unpacked package; undefined if it is missing.
 * @param {Registry} registry
 * @param {string} name
 */
export function folderOf(registry, name) {
  const folder = join(FOLDER, registry, `${name.replace('/', '+')}@${versionOf(registry, name)}`);
  return existsSync(folder) ? folder : undefined;
}

/**
 * @param {Registry} registry
 * @param {string} name
 */
export function versionOf(registry, name) {
  const versions = /** @type {Record<string, { version: string, date: string }>} */ (
    PACKAGES[registry]
  );
  return versions[name]?.version ?? 'unknown';
}

/**
 * The date of the package that a source is named after, such as `ccxt 4.5.90`. The installed ccxt
 * states another version than the registry does.
 * @param {string} source
 */
export function dateOf(source) {
  const [name = ''] = source.split(' ');
  const version = source.split(' ').at(-1);
  const found = [PACKAGES.npm, PACKAGES.pypi]
    .map(
      (packages) =>
        /** @type {Record<string, { version: string, date: string }>} */ (packages)[name],
    )
    .find((one) => one?.version === version);
  return found?.date ?? PACKAGES.npm.ccxt.date;
}

/**
 * Fetches the missing packages.
 * @param {{ secondOpinions: boolean, say: (text: string) => void }} options
 */
export async function bringPackages({ secondOpinions, say }) {
  for (const registry of /** @type {Registry[]} */ (Object.keys(PACKAGES))) {
    for (const name of Object.keys(PACKAGES[registry])) {
      if (folderOf(registry, name)) continue;
      if (!secondOpinions && SECOND_OPINIONS.includes(name)) continue;
      say(`${registry}: ${name} ${versionOf(registry, name)}`);
      await bring(registry, name);
    }
  }
}

/**
 * @param {Registry} registry
 * @param {string} name
 */
async function bring(registry, name) {
  const version = versionOf(registry, name);
  const folder = join(FOLDER, registry, `${name.replace('/', '+')}@${version}`);
  const download = join(FOLDER, 'download');
  rmSync(download, { recursive: true, force: true });
  mkdirSync(download, { recursive: true });
  const fetch =
    registry === 'npm'
      ? ['npm', 'pack', '--silent', `${name}@${version}`, '--pack-destination', download]
      : [...PIP, ...(WHEELS[name] ?? []), '--dest', download, `${name}==${version}`];
  await must(fetch);
  const [archive = ''] = readdirSync(download);
  const unpacked = `${folder}.part`;
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const path = join(download, archive);
  await must(
    archive.endsWith('gz')
      ? ['tar', '-xzf', path, '-C', unpacked]
      : ['python3', '-m', 'zipfile', '-e', path, unpacked],
  );
  // The folder gets its name last, so that an existing one is complete.
  await must(['mv', unpacked, folder]);
  rmSync(download, { recursive: true, force: true });
}

// Downloads one package, in the form that fits this machine's Python, without its dependencies.
const PIP = [
  'python3',
  '-m',
  'pip',
  'download',
  '--quiet',
  '--disable-pip-version-check',
  '--no-deps',
  '--no-cache-dir',
];

/**
 * Options for packages whose wheels need a newer Python than set-up does. They are only unpacked.
 *
 * @type {Record<string, string[]>}
 */
const WHEELS = { nautilus_trader: ['--only-binary=:all:', '--python-version', '3.13'] };

/** @param {string[]} argv */
async function must(argv) {
  const { code, text } = await run(argv, { minutes: 10 });
  if (code !== 0) throw new Error(`${argv.join(' ')} failed\n${text}`);
}
