import type { HeaderView } from '../../shared/header-view.js';
import { NodeHeaders, RawHeaders } from './header-views.js';
import { type AsyncLocalStorage, builtin, type DiagnosticsChannel } from './node.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A request as the transport shows it, to be read and not to be kept. */
export interface SentRequest {
  readonly method: string;
  /** Path with the query; a whole URL if it is sent to a proxy. */
  readonly path: string;
}

/** Follows a request of a call. */
export interface RequestWatch {
  /** The status and the headers have come; the body may be still on its way. */
  answered(status: number, headers: HeaderView): void;
  /** The response has come whole. */
  ended(): void;
}

/** A call that is told of its requests. */
export interface Watcher {
  /** Returns what follows the request; undefined if nothing has to. */
  sent(request: SentRequest): RequestWatch | undefined;
}

interface HttpMessage {
  readonly request: object & { readonly method: string; readonly path: string };
  readonly response: {
    readonly statusCode: number;
    readonly headers: object;
    once(event: 'close', listener: () => void): void;
  };
}

interface UndiciMessage {
  readonly request: HttpMessage['request'];
  readonly response: { readonly statusCode: number; readonly headers: readonly unknown[] };
}

/**
 * Tells calls of the HTTP requests that are sent within them: those of `http` and `https`, which
 * axios, got and node-fetch use, and those of undici, of which Node's `fetch` is made. Node
 * publishes both on diagnostics channels. The call travels in an `AsyncLocalStorage`; a request
 * remembers it from its start, so that answers over shared sockets find their own call.
 */
export class Channels {
  readonly #storage: AsyncLocalStorage<Watcher>;
  readonly #channels: DiagnosticsChannel;
  readonly #watches = new WeakMap<object, RequestWatch>();
  #users = 0;

  private constructor(storage: AsyncLocalStorage<Watcher>, channels: DiagnosticsChannel) {
    this.#storage = storage;
    this.#channels = channels;
  }

  /** Returns the channels of this process; undefined where there are none. */
  static open(): Channels | undefined {
    const hooks = builtin('node:async_hooks');
    const channels = builtin('node:diagnostics_channel');
    if (hooks?.AsyncLocalStorage === undefined || channels?.subscribe === undefined)
      return undefined;
    return new Channels(new hooks.AsyncLocalStorage<Watcher>(), channels);
  }

  /** Calls a method, whose requests are those of `watcher`. */
  within(watcher: Watcher, method: Method, self: unknown, args: readonly unknown[]): unknown {
    return this.#storage.run(watcher, apply, method, self, args);
  }

  /** Returns the call within which this runs. */
  current(): Watcher | undefined {
    return this.#storage.getStore();
  }

  /** Subscribes, and follows calls, while there is a user: a gate, or a call under way. */
  retain(): void {
    if (this.#users++ > 0) return;
    for (const [name, listener] of this.#listeners) this.#channels.subscribe(name, listener);
  }

  release(): void {
    if (--this.#users > 0) return;
    for (const [name, listener] of this.#listeners) this.#channels.unsubscribe(name, listener);
    // In Node 20 and 22 each promise of the process costs more while a storage is in use.
    this.#storage.disable?.();
  }

  readonly #start = (message: unknown) => {
    const watcher = this.#storage.getStore();
    if (watcher === undefined) return;
    const { request } = message as HttpMessage;
    // The tunnel through a proxy is no request of the exchange.
    const watch = request.method === 'CONNECT' ? undefined : watcher.sent(request);
    if (watch) this.#watches.set(request, watch);
  };

  readonly #httpAnswer = (message: unknown) => {
    const { request, response } = message as HttpMessage;
    const watch = this.#watches.get(request);
    if (watch === undefined) return;
    this.#watches.delete(request);
    watch.answered(response.statusCode, new NodeHeaders(response.headers));
    // Only a refusal may have to be reported before its call settles.
    if (response.statusCode >= 400) response.once('close', () => watch.ended());
  };

  readonly #undiciAnswer = (message: unknown) => {
    const { request, response } = message as UndiciMessage;
    this.#watches.get(request)?.answered(response.statusCode, new RawHeaders(response.headers));
  };

  readonly #undiciEnd = (message: unknown) => {
    const { request } = message as UndiciMessage;
    const watch = this.#watches.get(request);
    if (watch === undefined) return;
    this.#watches.delete(request);
    watch.ended();
  };

  readonly #listeners: readonly [name: string, listener: (message: unknown) => void][] = [
    ['http.client.request.start', this.#start],
    ['http.client.response.finish', this.#httpAnswer],
    ['undici:request:create', this.#start],
    ['undici:request:headers', this.#undiciAnswer],
    ['undici:request:trailers', this.#undiciEnd],
  ];
}

function apply(method: Method, self: unknown, args: readonly unknown[]): unknown {
  return method.apply(self, args as unknown[]);
}

let opened: { readonly channels: Channels | undefined } | undefined;

/** Returns the only {@link Channels} of this copy of the package. */
export function channels(): Channels | undefined {
  opened ??= { channels: Channels.open() };
  return opened.channels;
}
