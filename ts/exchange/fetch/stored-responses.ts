import { isCached } from '../../shared/cached.js';
import { serverTime } from '../../shared/http-date.js';
import { deliveryOf, lifetimeOf, mayBeStored } from './http-cache.js';

/** Difference between the clocks of servers behind one address, and the cut of `Date`: ms. */
const TOLERANCE = 3000;

/** Number of servers whose times are remembered. */
const MOST_SERVERS = 100;

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  readonly url: string;
  /** Cache mode of the request, if the platform has one. */
  readonly cache?: unknown;
  /** When it was sent, and when its response came, in milliseconds of `performance.now()`. */
  readonly sentAt: number;
  readonly now: number;
}

/** The time of a server, read at an instant of this clock. */
interface ServerClock {
  readonly date: number;
  readonly at: number;
}

/** A response that may be a copy, as nothing was known of its server yet. */
interface Doubtful extends ServerClock {
  readonly request: AnsweredRequest;
}

/**
 * Recognises responses out of an HTTP cache that does not say so. A browser's cache adds no `Age`:
 * the `Date` of such a response is older than the request.
 *
 * 1. A browser tells of some responses whether they came out of its cache, when their bodies have
 *    come ({@link deliveryOf}).
 * 2. A server's clock is known from its earlier responses: it has advanced since by the time that
 *    has passed here. A response that was sent later, may be stored and bears an earlier `Date` is
 *    a copy.
 * 3. Nothing is known of a server before its first response, as after a reload of a page. In a
 *    browser, such a response is doubtful if it would be still fresh at its age by this clock. It
 *    counts as a copy. An older one cannot be a copy, which a cache would have revalidated: this
 *    clock is ahead.
 *
 * A doubtful response whose server is known to be alive by other responses costs nothing but its
 * own figures. It is not believed later either, except that 1 may show that it was none.
 */
export class StoredResponses {
  readonly #clocks = new Map<string, ServerClock>();
  readonly #doubtful = new Map<string, Doubtful>();

  /** Returns the headers of a response, with an `Age` if it is out of a cache. */
  marked(headers: Headers, request: AnsweredRequest): Headers {
    if (isCached(headers)) return headers;
    const delivery = deliveryOf(request);
    if (delivery === 'cache') return aged(headers);
    const date = serverTime(headers);
    if (date === undefined) return headers;
    const server = originOf(request.url);
    this.#clear(server);
    if (delivery === undefined && this.#isCopy(server, date, headers, request))
      return aged(headers);
    this.#learn(server, { date, at: request.now });
    return headers;
  }

  #isCopy(server: string, date: number, headers: Headers, request: AnsweredRequest): boolean {
    if (!mayBeStored(headers, request)) return false;
    const { sentAt, now } = request;
    const clock = this.#clocks.get(server);
    if (clock) return clock.at <= sentAt && date < clock.date + (sentAt - clock.at) - TOLERANCE;
    const age = Date.now() - date;
    const isDoubtful = age > TOLERANCE && age < lifetimeOf(headers) + TOLERANCE;
    if (isDoubtful) remember(this.#doubtful, server, { date, at: now, request });
    return isDoubtful;
  }

  /** Believes a doubtful response of a server, if the browser tells by now that it was no copy. */
  #clear(server: string): void {
    const doubtful = this.#doubtful.get(server);
    if (doubtful === undefined) return;
    const delivery = deliveryOf(doubtful.request);
    if (delivery === undefined) return;
    this.#doubtful.delete(server);
    if (delivery === 'network') this.#learn(server, doubtful);
  }

  #learn(server: string, { date, at }: ServerClock): void {
    const clock = this.#clocks.get(server);
    if (clock === undefined || date >= clock.date) remember(this.#clocks, server, { date, at });
  }
}

/** Sets an entry of a map that has a bounded number of servers. */
function remember<T>(map: Map<string, T>, server: string, value: T): void {
  if (map.size >= MOST_SERVERS && !map.has(server)) map.clear();
  map.set(server, value);
}

function aged(headers: Headers): Headers {
  const copy = new Headers(headers);
  copy.set('age', '1');
  return copy;
}

/** Returns the origin of a URL; empty for responses of mocks, which may have none. */
function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? '';
}
