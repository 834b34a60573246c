import {
  Agent,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import newest, { type Exchange } from 'ccxt';
import oldest from 'ccxt-oldest';
import { rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { Watched } from '../support/recorder.ts';

/** The ends of the range of the peer dependency. */
export const VERSIONS = [
  ['the newest ccxt', newest],
  ['the oldest ccxt', oldest as unknown as typeof newest],
] as const;

/** Credentials of any kind that ccxt wants before it signs. */
export const CREDENTIALS = { apiKey: 'key', secret: 'c2VjcmV0', password: 'pass', uid: 'uid' };

/** The date at which the virtual clock starts. */
const VIRTUAL_DATE = new Date(new VirtualClock().wallNow()).toUTCString();

/** A response to be sent. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Whether the connection ends in the midst of the body. */
  cut?: boolean;
}

/** A request that arrived. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** A server on the loopback interface that answers what it is told to, then `{}`. */
export class Loopback {
  readonly requests: Asked[] = [];
  readonly answers: (Answer | 'hang up')[] = [];
  #held: ((answer: Answer) => void)[] | undefined;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server = createServer(
    (request, response) => void this.#answer(request, response),
  );

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Holds back the responses to the next requests: returns what sends them. */
  hold(): ((answer: Answer) => void)[] {
    this.#held = [];
    return this.#held;
  }

  /** Forgets what was asked and what was to be answered. */
  forget(): void {
    this.requests.length = 0;
    this.answers.length = 0;
    this.#held = undefined;
  }

  close(): void {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Returns an exchange of ccxt that talks to this server. */
  exchange(id: string, options: object = {}, ccxt: typeof newest = newest): Exchange {
    const Exchange = ccxt[id as 'binance'];
    return this.direct(new Exchange({ ...CREDENTIALS, ...options }));
  }

  /** Makes an exchange talk to this server. */
  direct<T extends Exchange>(exchange: T): T {
    this.#redirect((exchange.urls as { api: Record<string, unknown> }).api);
    // Older versions send through an agent for HTTPS alone, unless they are given one.
    if (!('loadFetchImplementation' in exchange)) Object.assign(exchange, { agent: this.#agent });
    return exchange;
  }

  /** Puts this server into URLs by name, which stand in groups at some exchanges. */
  #redirect(urls: Record<string, unknown>): void {
    for (const [name, url] of Object.entries(urls)) {
      if (typeof url === 'string') urls[name] = url.replace(/^https?:\/\/[^/]+/, this.url);
      else if (typeof url === 'object' && url !== null) this.#redirect(url as typeof urls);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const { method = '', headers } = request;
    this.requests.push({ method, path: pathname, query: searchParams, body, headers });
    const held = this.#held;
    const answer = held
      ? await new Promise<Answer>((resolve) => void held.push(resolve))
      : (this.answers.shift() ?? {});
    if (answer === 'hang up') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, {
      'Content-Type': 'application/json',
      // A date of today would move the server's clock away from the virtual one of `Watched`.
      Date: VIRTUAL_DATE,
      ...answer.headers,
    });
    const { body: content = {} } = answer;
    if (answer.cut) {
      response.write('{', () => request.socket.destroy());
      return;
    }
    response.end(typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Calls an endpoint of ccxt by its implicit method. */
export function call(exchange: Exchange, name: string, params: unknown = {}): Promise<unknown> {
  return (exchange as unknown as Record<string, (params: unknown) => Promise<unknown>>)[name]?.(
    params,
  ) as Promise<unknown>;
}

/**
 * A binance with a throttler that is watched: 25 of weight a minute, more than one `account` costs.
 */
export function setUp(
  server: Loopback,
  options: Parameters<typeof attachThrottler>[1] = {},
  own: object = {},
  ccxt: typeof newest = newest,
) {
  const throttler = new Watched([
    rollingWindow({ id: 'REQUEST_WEIGHT', limit: 25, interval: 60_000 }),
  ]);
  const exchange = server.exchange('binance', own, ccxt);
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
