import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import ccxt, { type Exchange } from 'ccxt';
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
