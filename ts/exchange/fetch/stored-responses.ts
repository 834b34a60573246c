import { isCached } from '../../shared/cached.js';
import { serverTime } from '../../shared/http-date.js';

/** Difference between the clocks of servers behind one address, and the cut of `Date`: ms. */
const TOLERANCE = 3000;

/** Number of servers whose times are remembered. */
const MOST_SERVERS = 100;

/** Headers without which no cache may store a response. */
const STORABLE = ['cache-control', 'expires', 'etag', 'last-modified'];

/**
 * Recognises responses out of an HTTP cache that does not say so. A browser's cache adds no `Age`:
 * the `Date` of such a response is older than the request.
 *
 * A server's clock is known from its earlier responses: it has advanced since by the time that has
 * passed here. A response that was sent later, may be stored and bears an earlier `Date` is a copy.
 */
export class StoredResponses {
  readonly #clocks = new Map<string, { readonly date: number; readonly at: number }>();

  /**
   * Returns the headers of a response, with an `Age` if it is out of a cache.
   *
   * @param url of the response
   * @param sentAt when its request was sent, in milliseconds of a monotonic clock
   * @param now when the response came
   */
  marked(headers: Headers, url: string, sentAt: number, now: number): Headers {
    const date = serverTime(headers);
    if (date === undefined || isCached(headers)) return headers;
    const server = originOf(url);
    const clock = this.#clocks.get(server);
    const isEarlier =
      clock && clock.at <= sentAt && date < clock.date + (sentAt - clock.at) - TOLERANCE;
    if (isEarlier && STORABLE.some((name) => headers.has(name))) {
      const copy = new Headers(headers);
      copy.set('age', '1');
      return copy;
    }
    if (clock === undefined || date >= clock.date) {
      if (this.#clocks.size >= MOST_SERVERS) this.#clocks.clear();
      this.#clocks.set(server, { date, at: now });
    }
    return headers;
  }
}

/** Returns the origin of a URL; empty for responses of mocks, which may have none. */
function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? '';
}
