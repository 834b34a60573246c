import type { Call } from '../types.js';

/** Returns a call; the path gets a slash at its start, which some clients leave out. */
export function callOf(method: unknown, path: unknown, params?: unknown): Call {
  return {
    method: String(method),
    path: withSlash(String(path)),
    params: params as Call['params'],
  };
}

/** Paths with a slash by those without: clients have few, as literals. */
const slashed = /* @__PURE__ */ new Map<string, string>();

/** Number of paths that are kept, lest ids in them fill the memory. */
const MOST_PATHS = 1000;

/** A text that is joined anew for each call would be hashed anew, to look for it in a table. */
function withSlash(path: string): string {
  if (path.startsWith('/')) return path;
  const known = slashed.get(path);
  if (known !== undefined) return known;
  const made = `/${path}`;
  if (slashed.size < MOST_PATHS) slashed.set(path, made);
  return made;
}

/** Returns the path of a URL, or of a path that may lack its first slash. */
export function pathOf(url: unknown): string {
  return String(url).replace(/^[a-z]+:\/\/[^/?#]*/i, '');
}
