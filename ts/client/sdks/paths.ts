import type { Call } from '../types.js';

/** Returns a call; the path gets a slash at its start, which some clients leave out. */
export function callOf(method: unknown, path: unknown, params?: unknown): Call {
  const text = String(path);
  return {
    method: String(method),
    path: text.startsWith('/') ? text : `/${text}`,
    params: params as Call['params'],
  };
}

/** Returns the path of a URL, or of a path that may lack its first slash. */
export function pathOf(url: unknown): string {
  return String(url).replace(/^[a-z]+:\/\/[^/?#]*/i, '');
}
