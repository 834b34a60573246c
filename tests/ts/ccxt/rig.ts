import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import ccxt, { type Exchange } from 'ccxt';
import { rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Watched } from '../support/recorder.ts';
/** What a server is to answer. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A server on the loopback interface that answers what it is told to, then `{}`. */
export class Loopback {
  readonly requests: { method: string; path: string; query: URLSearchParams; body: string }[] = [];
  readonly answers: (Answer | 'hang up')[] = [];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Forgets what was asked and what was to be answered. */
  forget(): void {
    this.requests.length = 0;
    this.answers.length = 0;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** An exchange of ccxt that talks to this server. */
  exchange(id: string, options: object = {}): Exchange {
    const Exchange = ccxt[id as 'binance'];
    const exchange = new Exchange({ apiKey: 'key', secret: 'c2VjcmV0', password: 'pass', ...options });
    const urls = exchange.urls as { api: Record<string, unknown> };
    for (const [name, url] of Object.entries(urls.api)) {
      if (typeof url === 'string') urls.api[name] = url.replace(/^https?:\/\/[^/]+/, this.url);
    }
    return exchange;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    this.requests.push({ method: request.method ?? '', path: pathname, query: searchParams, body });
    const answer = this.answers.shift() ?? {};
    if (answer === 'hang up') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json', ...answer.headers });
    const { body: content = {} } = answer;
    response.end(typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Calls an endpoint of ccxt by its implicit method. */
export function call(exchange: Exchange, name: string, params: unknown = {}): Promise<unknown> {
  return (exchange as unknown as Record<string, (params: unknown) => Promise<unknown>>)[name]?.(
    params,
  ) as Promise<unknown>;
}

/** A binance with a throttler that is watched: 25 of weight a minute, more than one `account` costs. */
export function setUp(
  server: Loopback,
  options: Parameters<typeof attachThrottler>[1] = {},
  own: object = {},
) {
  const throttler = new Watched([rollingWindow({ id: 'REQUEST_WEIGHT', limit: 25, interval: 60_000 })]);
  const exchange = server.exchange('binance', own);
  const { detach } = attachThrottler(exchange, { throttler, ...options });
  return { exchange, throttler, clock: throttler.clock, detach };
}

/** A call that weighs 20. */
export const account = (exchange: Exchange) => call(exchange, 'privateGetAccount');

/** A server for the tests of a file. */
export function useServer(): Loopback {
  const server = new Loopback();
  beforeAll(async () => void (await server.listen()));
  afterAll(() => server.close());
  afterEach(() => server.forget());
  return server;
}
