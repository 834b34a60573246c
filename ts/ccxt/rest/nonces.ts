import type { SignedRequest } from './methods.js';

/**
 * Exchanges whose nonce has no name in the request. Bitso's is in a header,
 * `Authorization: Bitso key:nonce:signature`.
 */
const UNNAMED = ['bitso'];

/**
 * Keeps the nonces of an exchange strictly rising in the order in which requests are signed.
 *
 * ccxt takes nonces from the clock. Its own throttler leaves a pause between requests; a burst puts
 * several into the same millisecond, and exchanges reject a nonce that does not rise. A nonce at or
 * below the last one becomes the next number above it. Timestamps stay as they are: they need not
 * rise, and must not run ahead of the clock. A number is a nonce where the request calls it so.
 *
 * Order of calls: `begin`, `draw` for each number that `sign` takes, `end` with the signed request.
 */
export class Nonces {
  /** The largest nonce of the requests signed so far. */
  #last = Number.NEGATIVE_INFINITY;
  /** The largest nonce of the request that is being signed. */
  #drawn = Number.NEGATIVE_INFINITY;
  /** Whether requests bear a nonce, by group of endpoints: decided by the first that took one. */
  readonly #bearers = new Map<string, boolean>();
  #group = '';

  begin(group: string): void {
    this.#group = group;
    this.#drawn = Number.NEGATIVE_INFINITY;
  }

  /** Returns the nonce to use in place of the one that the clock gave. */
  draw(value: unknown): unknown {
    if (typeof value !== 'number' || !Number.isFinite(value)) return value;
    const stale = this.#bearers.get(this.#group) === true && value <= this.#last;
    const nonce = stale ? above(this.#last) : value;
    this.#drawn = Math.max(this.#drawn, nonce);
    return nonce;
  }

  end(exchangeId: string, request: SignedRequest): void {
    if (this.#drawn === Number.NEGATIVE_INFINITY) return;
    this.#last = Math.max(this.#last, this.#drawn);
    if (this.#bearers.has(this.#group)) return;
    this.#bearers.set(this.#group, UNNAMED.includes(exchangeId) || namesNonce(request));
  }
}

/** The next number of at least 1 more that a double can tell from this one. */
function above(value: number): number {
  let step = 1;
  while (value + step <= value) step *= 2;
  return value + step;
}

/** Whether a request has a field or a header for a nonce, also within a payload in Base64. */
function namesNonce({ url, headers, body }: SignedRequest): boolean {
  const text = [url, body, headers]
    .map((part) => (typeof part === 'string' ? part : (JSON.stringify(part) ?? '')))
    .join('\n');
  const payloads = text.match(/[A-Za-z\d+/]{16,}={0,2}/g) ?? [];
  return [text, ...payloads.map(decoded)].some((part) => /nonce/i.test(part));
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    // The text only looks like Base64.
    return '';
  }
}
