import { readHeaders } from '../../shared/headers.js';
import { copyOf, readableBody } from './request-body.js';

/** The arguments of one call of `fetch`. */
export interface Call {
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
}

/**
 * Returns a copy of a call that later changes by the caller do not reach. `fetch` reads its
 * arguments at the call, a throttled one when the request is granted: an `init` that is used for
 * several calls, with another body or signature each time, must not send the last one each time.
 *
 * A `Request` and unknown objects are passed on as they are. So are all members of `init` but
 * headers and body, such as `dispatcher`, `agent`, `cf`, `next`, `proxy` and `tls`.
 */
export function snapshot({ input, init }: Call): Call {
  const url = input instanceof URL ? new URL(input) : input;
  if (init === undefined || init === null) return { input: url, init: undefined };
  if (!isPlain(init)) return { input: url, init };
  const copy: RequestInit = { ...init };
  if (copy.headers !== undefined) copy.headers = copyOfHeaders(copy.headers);
  if (copy.body !== undefined) copy.body = copyOf(copy.body);
  return { input: url, init: copy };
}

/**
 * Returns the request of a call as `costs` and `priority` see it. It is never sent: a `Request`
 * that was passed alone, or else one of its own with URL, method and headers.
 *
 * @param isStrict whether the platform decides what a request is. A custom `fetch` may accept
 *   paths, credentials in a URL, or a GET with a body.
 * @throws {TypeError} `fetch` would reject with it, before it sends
 */
export function viewOf({ input, init }: Call, isStrict: boolean): Request {
  const request = requestOf(input);
  const body = init?.body ?? undefined;
  // The constructor has the platform's error for it.
  if (request?.bodyUsed && body === undefined) return new Request(request);
  if (request && init === undefined) return request;
  const url = request?.url ?? String(input);
  const method = init?.method ?? request?.method ?? 'GET';
  const headers = init?.headers ?? request?.headers ?? {};
  const hasBody = body !== undefined || (request?.body ?? undefined) !== undefined;
  try {
    // A stream could be read only once, but a body of any kind is an error for GET.
    const standIn = hasBody ? (readableBody(body) ?? new Blob()) : null;
    return new Request(url, { method, headers, body: standIn });
  } catch (error) {
    if (isStrict || !/^(\/|[a-z]+:\/\/.)/i.test(url)) throw error;
    const view = {
      url,
      method: method.toUpperCase(),
      headers: readHeaders(headers) ?? new Headers(),
    };
    return view as Request;
  }
}

/**
 * Returns the signal of a call: that of `init`, which may be null for none, or of the `Request`.
 */
export function signalOf({ input, init }: Call): AbortSignal | undefined {
  const signal = init?.signal;
  return (signal === undefined ? requestOf(input)?.signal : signal) ?? undefined;
}

/** Returns the input if it is a `Request`, of this platform or of a library. */
export function requestOf(input: unknown): Request | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { url, method } = input as { url?: unknown; method?: unknown };
  return typeof url === 'string' && typeof method === 'string' ? (input as Request) : undefined;
}

/** Whether all members of an object are its own, as in a literal of any realm. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function copyOfHeaders(headers: HeadersInit): HeadersInit {
  if (headers instanceof Headers) return new Headers(headers);
  if (Array.isArray(headers)) return headers.map((pair) => [...pair] as [string, string]);
  if (typeof headers !== 'object' || headers === null) return headers;
  if (isPlain(headers)) return { ...headers };
  // `Headers` of a library, which that library's fetch reads as pairs as well.
  const isIterable = Symbol.iterator in headers;
  return isIterable ? [...(headers as unknown as Iterable<[string, string]>)] : headers;
}
