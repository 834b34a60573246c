import { readHeaders } from '../../shared/headers.js';
import { override, type Restore } from '../../shared/override.js';
import type { CcxtExchange } from '../types.js';
import type { Methods, RestResponse, SignedRequest } from './methods.js';

/** A response, as far as it has come. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The text of the body; undefined while it has not come, and if it is not read as text. */
  content: string | undefined;
}

/** A call that is in flight. */
export interface InFlight {
  /** The request as it was passed to `fetch`; undefined if that was not seen. */
  readonly request: SignedRequest | undefined;
  /** Whether a response was heard for the present attempt. */
  readonly answered: boolean;
  hear(answer: Answer): void;
}

/**
 * Finds the call that a response belongs to.
 *
 * All calls of an exchange run on one instance, so `handleRestResponse` does not know whose
 * response it handles. Three marks identify the call, in this order:
 *
 * 1. The request: signatures, nonces and parameters make nearly all requests different.
 * 2. The result: a call settles with the very value or error that came of its response, also
 *    through a `fetch` that the user wrapped.
 * 3. The order: of equal requests whose results cannot be told apart, the oldest response belongs
 *    to the call that settles first. Equal requests have equal costs.
 */
export class Answers {
  readonly #exchange: Methods;
  readonly #calls = new Set<InFlight>();
  readonly #heard = new WeakSet<RestResponse>();
  readonly #byResult = new WeakMap<object, Answer>();
  /** Responses that the request did not identify, with that request if there is one. */
  readonly #loose = new Map<Answer, SignedRequest | undefined>();
  #hook: Methods['handleRestResponse'] | undefined;
  #restore: Restore | undefined;

  constructor(exchange: CcxtExchange) {
    this.#exchange = exchange as unknown as Methods;
  }

  /** Adds a call. The exchange is listened to while there is one. */
  add(call: InFlight): void {
    this.#calls.add(call);
    // Not while a hook of ours is in place; one that the user replaced is put in place again.
    if (this.#exchange.handleRestResponse !== this.#hook) this.#listen();
  }

  remove(call: InFlight): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    this.#loose.clear();
    this.#restore?.();
    this.#hook = undefined;
  }

  /** Takes the response of a call that has settled with this value or error. */
  take(call: InFlight, result: unknown): Answer | undefined {
    const own = isObject(result) ? this.#byResult.get(result) : undefined;
    const answer = own && this.#loose.has(own) ? own : this.#oldest(call.request);
    if (answer) this.#loose.delete(answer);
    return answer;
  }

  #oldest(request: SignedRequest | undefined): Answer | undefined {
    if (request === undefined) return undefined;
    const { url, method, body } = request;
    const [answer] =
      [...this.#loose].find(([, loose]) => loose && isOf(loose, url, method, body)) ?? [];
    return answer;
  }

  #listen(): void {
    const answers = this;
    const original = this.#exchange.handleRestResponse;
    this.#hook = function (this: Methods, response, url, method, ...rest) {
      const done = answers.#hear(response, url, method, rest[1]);
      const result = original.call(this, response, url, method, ...rest);
      if (done) Promise.resolve(result).then(done, done);
      return result;
    };
    this.#restore = override(this.#exchange, 'handleRestResponse', this.#hook);
  }

  /** Returns what is to be called with the value or error that comes of the response. */
  #hear(
    response: RestResponse,
    url: string,
    method: string,
    body: unknown,
  ): ((result: unknown) => void) | undefined {
    if (this.#calls.size === 0 || this.#heard.has(response)) return undefined;
    this.#heard.add(response);
    // As ccxt reads them, which takes headers of any implementation of `fetch`.
    const headers = readHeaders(this.#exchange.getResponseHeaders(response)) ?? new Headers();
    const answer: Answer = { status: response.status, headers, content: undefined };
    let delivered = false;
    const deliver = () => {
      if (!delivered) this.#deliver(answer, url, method, body);
      delivered = true;
    };
    tapText(response, (text) => {
      answer.content = text;
      deliver();
    });
    return (result) => {
      if (isObject(result)) this.#byResult.set(result, answer);
      // The body was not read as text, or did not come.
      deliver();
    };
  }

  #deliver(answer: Answer, url: string, method: string, body: unknown): void {
    const equal = [...this.#calls].filter(
      (call) => call.request && isOf(call.request, url, method, body),
    );
    const open = equal.filter(({ answered }) => !answered);
    const refused = answer.status === 429 || answer.status === 418;
    // A `fetch` that repeats requests by itself gets several responses for one call.
    const call = open.length > 1 && !refused ? undefined : (open[0] ?? equal.at(-1));
    if (call) call.hear(answer);
    else this.#loose.set(answer, open[0]?.request);
  }
}

/**
 * Whether `fetch` made this of the request. ccxt puts the URL of a proxy before that of the
 * request, which may be encoded then.
 */
function isOf(request: SignedRequest, url: string, method: string, body: unknown): boolean {
  if (request.method !== method || request.body !== body) return false;
  return (
    url === request.url ||
    url.endsWith(request.url) ||
    url.endsWith(encodeURIComponent(request.url))
  );
}

/** Reads along when the body of a response is read as text. */
function tapText(response: RestResponse, heard: (text: string) => void): void {
  const { text } = response;
  if (typeof text !== 'function' || !Object.isExtensible(response)) return;
  override(response, 'text', async () => {
    const content = await text.call(response);
    heard(content);
    return content;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
