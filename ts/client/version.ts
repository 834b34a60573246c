import { attempt } from '../shared/attempt.js';
import { builtin, processOf } from './transport/node.js';
import type { ClientCalls } from './types.js';

/** Packages with their versions of which a warning has told. */
const warned = new Set<string>();

/**
 * Warns, once for each version, of a client whose version is not the tested one: other methods may
 * send its requests there. Another patch of the tested minor version counts as tested.
 *
 * @param version of the installed client; by default it is looked up
 */
export function checkVersion(list: ClientCalls, version = installed(list.package)): void {
  if (version === undefined || minorOf(version) === minorOf(list.version)) return;
  const name = `${list.package} ${version}`;
  if (warned.has(name)) return;
  warned.add(name);
  console.warn(
    `multi-throttler: ${name} was not tested with this version of multi-throttler, ` +
      `${list.package} ${list.version} was. Methods that are new in it are not throttled.`,
  );
}

function minorOf(version: string): string {
  return version.split('.', 2).join('.');
}

/** Returns the version of a package as the program would find it; undefined where it cannot. */
function installed(name: string): string | undefined {
  const createRequire = builtin('node:module')?.createRequire;
  const readFileSync = builtin('node:fs')?.readFileSync;
  const process = processOf();
  if (!createRequire || !readFileSync) return undefined;
  // A script from the standard input is named `-`, and the working directory may be gone.
  const places = [
    attempt(() => createRequire(`${process?.argv?.[1]}/index.js`)),
    attempt(() => createRequire(`${process?.cwd?.()}/index.js`)),
  ];
  for (const path of places.flatMap((place) => place?.resolve.paths(name) ?? [])) {
    const text = attempt(() => readFileSync(`${path}/${name}/package.json`, 'utf8'));
    const version = text && attempt(() => JSON.parse(text).version);
    if (typeof version === 'string') return version;
  }
  return undefined;
}
