/** Facts that can be known of HTTP caches between a program and a server. */

import { parseHttpDate } from '../../shared/http-date.js';
import type { AnsweredRequest } from './stored-responses.js';

/** Headers without which no cache may store a response. */
const STORABLE = ['cache-control', 'expires', 'etag', 'last-modified'];

/** Cache modes of `fetch` in which a response is never a copy. */
const WITHOUT_COPIES: readonly unknown[] = ['no-store', 'reload', 'no-cache'];

/** Part of its age since the last change for which a response is fresh that says nothing else. */
const HEURISTIC = 0.1;

/**
 * Fields of an entry of resource timing. For other origins that do not allow timing they are 0,
 * except for the sizes of bodies, which all readable responses have.
 */
interface ResourceTiming {
  readonly startTime: number;
  readonly requestStart: number;
  readonly deliveryType?: string;
  readonly transferSize: number;
  readonly decodedBodySize: number;
  readonly nextHopProtocol?: string;
}

/** Whether a response may be a copy: of a GET, and of a kind that caches store. */
export function mayBeStored(headers: Headers, { method, cache }: AnsweredRequest): boolean {
  if (!/^(GET|HEAD)$/i.test(method) || WITHOUT_COPIES.includes(cache)) return false;
  // A service worker stores as it likes.
  if (isControlled()) return true;
  const control = headers.get('cache-control') ?? '';
  return !/no-store/i.test(control) && STORABLE.some((name) => headers.has(name));
}

/**
 * Returns for how many milliseconds from its `Date` on a browser's cache gives out copies of a
 * response without asking the server; 0 where no browser is.
 */
export function lifetimeOf(headers: Headers): number {
  if (!isBrowser()) return 0;
  if (isControlled()) return Number.POSITIVE_INFINITY;
  const control = headers.get('cache-control') ?? '';
  if (/no-cache/i.test(control)) return 0;
  const seconds = (name: string) =>
    Number(new RegExp(`(?:^|[\\s,])${name}="?(\\d+)`, 'i').exec(control)?.[1]);
  // Malformed dates are long past (RFC 9111, section 5.3).
  const dateOf = (name: string) => parseHttpDate(headers.get(name)) ?? Number.NEGATIVE_INFINITY;
  const date = dateOf('date');
  const maxAge = seconds('max-age');
  const stale = (seconds('stale-while-revalidate') || 0) * 1000;
  if (!Number.isNaN(maxAge)) return maxAge * 1000 + stale;
  if (headers.has('expires')) return Math.max(0, dateOf('expires') - date) + stale;
  if (!headers.has('last-modified')) return stale;
  return Math.max(0, date - dateOf('last-modified')) * HEURISTIC + stale;
}

/**
 * Returns where a response came from, if the browser tells: of the page's own origin, and of those
 * that send `Timing-Allow-Origin`, when the body has come.
 */
export function deliveryOf({ url, sentAt }: AnsweredRequest): 'cache' | 'network' | undefined {
  if (!isBrowser()) return undefined;
  const entries = performance.getEntriesByName(url, 'resource') as unknown as ResourceTiming[];
  // Both times are rounded.
  const entry = entries.find(({ startTime }) => startTime >= sentAt - 1);
  if (entry === undefined) return undefined;
  const { deliveryType, requestStart, transferSize, decodedBodySize, nextHopProtocol } = entry;
  if (deliveryType === 'cache') return 'cache';
  // WebKit tells of a copy neither a body nor a protocol, and counts 300 bytes of headers for it.
  if (requestStart > 0 && decodedBodySize === 0 && nextHopProtocol === '') return 'cache';
  if (transferSize > 0) return 'network';
  return requestStart > 0 && decodedBodySize > 0 ? 'cache' : undefined;
}

/** Whether this is a page or a worker of one, whose `fetch` has a cache. */
function isBrowser(): boolean {
  const scope = globalThis as { document?: unknown; importScripts?: unknown };
  return typeof scope.document === 'object' || typeof scope.importScripts === 'function';
}

/** Whether a service worker answers the requests of this page. */
function isControlled(): boolean {
  const scope = globalThis as { navigator?: { serviceWorker?: { controller?: unknown } } };
  return Boolean(scope.navigator?.serviceWorker?.controller);
}
