import type { Settings } from './options.js';

/** Why a request is not allowed. */
export interface Refused {
  readonly status: 401 | 403;
  readonly reason: string;
}

/** Returns the origin of another site that the monitor allows, if the request is from there. */
export function allowedOrigin(request: Request, { origins }: Settings): string | undefined {
  const origin = request.headers.get('origin');
  return origin !== null && origins.includes(origin) ? origin : undefined;
}

/**
 * Returns why a request may not give commands; undefined if it may. A page of another site is
 * refused even with the token: a browser sends it along if it is in a proxy's cookie or in the
 * page's own hands, and the page has no business with this monitor.
 */
export async function refusal(request: Request, settings: Settings): Promise<Refused | undefined> {
  if (settings.token === undefined) {
    const reason = 'this monitor takes no commands: it was made without a token';
    return { status: 403, reason };
  }
  if (allowedOrigin(request, settings) === undefined && isFromElsewhere(request)) {
    return { status: 403, reason: 'requests of other sites are refused: see the option origin' };
  }
  if (await isAuthorized(request, settings)) return undefined;
  const reason = 'a command needs the token of the monitor: "Authorization: Bearer <token>"';
  return { status: 401, reason };
}

/** Whether a page of another origin has made the request. Programs other than browsers never do. */
function isFromElsewhere({ headers, url }: Request): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = headers.get('origin');
  if (origin === null) return false;
  // Only the hosts are compared, as a proxy may take TLS off.
  return hostOf(origin) !== (headers.get('host') ?? hostOf(url));
}

function hostOf(address: string): string | undefined {
  try {
    return new URL(address).host;
  } catch {
    return undefined;
  }
}

/** Whether a request has the token. */
export async function isAuthorized(request: Request, { token }: Settings): Promise<boolean> {
  const [, given] = /^Bearer +(.+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token === undefined || given === undefined) return false;
  return areEqual(await digest(given.trimEnd()), await digest(token));
}

/** Of equal length for all texts, so that the time of a comparison tells nothing of the token. */
async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** Compares all bytes, whichever differ. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
