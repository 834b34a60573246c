// The samples of the README and of the pages for users, and the surroundings in which they run.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import ccxt, { type Exchange } from 'ccxt';
import { transformSync } from 'esbuild';
import * as core from 'multi-throttler';
import { MultiThrottler, rollingWindow, tokenBucket } from 'multi-throttler';
import * as toCcxt from 'multi-throttler/ccxt';
import * as toExchange from 'multi-throttler/exchange';
import * as toMonitor from 'multi-throttler/monitor';
import * as toPersist from 'multi-throttler/persist';
import { vi } from 'vitest';
import { runModule } from './samples.ts';

/** A sample of a page. */
export interface Sample {
  /** Path of the page, and the line of the sample's first line. */
  readonly place: string;
  readonly page: string;
  readonly code: string;
}

const root = new URL('../../../', import.meta.url);

/** Pages of other folders have their own tests: docs/migrating, and docs/internals has none. */
const FOLDERS = ['docs/concepts', 'docs/exchanges', 'docs/guides', 'docs/reference'];

/** Returns the samples in JavaScript and TypeScript, in the order of the pages. */
export function pageSamples(): Sample[] {
  const pages = FOLDERS.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith('.md'))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
  return ['README.md', ...pages].flatMap((page) => {
    const text = readFileSync(new URL(page, root), 'utf8');
    return [...text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(({ 1: code = '', index }) => ({
      place: `${page}:${text.slice(0, index).split('\n').length + 1}`,
      page,
      code,
    }));
  });
}

/** The bodies of what a sample fetches, by a part of the URL; others are `{}`. */
const BODIES: readonly (readonly [part: string, body: unknown])[] = [
  [
    'exchangeInfo',
    {
      rateLimits: [
        { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
        { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
      ],
    },
  ],
  ['depth', { lastUpdateId: 1, bids: [], asks: [] }],
  ['userFills', Array.from({ length: 40 }, () => ({}))],
  ['userRateLimit', { nRequestsUsed: 40, nRequestsCap: 10_000 }],
];

/** A market of Binance, as ccxt keeps it, so that it need not load all. */
const MARKET = {
  id: 'BTCUSDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  baseId: 'BTC',
  quoteId: 'USDT',
  type: 'spot',
  spot: true,
  active: true,
  precision: { amount: 0.00001, price: 0.01 },
  limits: {},
};

/** The rules of the throttler that samples call `throttler`. */
const RULES = [
  rollingWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }),
  rollingWindow({ id: 'ORDERS', limit: 100, interval: 10_000 }),
  rollingWindow({ id: 'requests', limit: 100, interval: 10_000 }),
  tokenBucket({ id: 'ENGINE', capacity: 20, refillRate: 5 / 1000 }),
  ...toExchange.hyperliquid.rules,
];

/** A WebSocket that opens by itself and answers each message as Binance does. */
class Socket {
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: string }) => void) | undefined;
  onclose: (() => void) | undefined;

  constructor() {
    queueMicrotask(() => this.onopen?.());
  }

  send(text: string): void {
    const { id } = JSON.parse(text);
    const data = JSON.stringify({ id, status: 200, result: {}, rateLimits: [] });
    queueMicrotask(() => this.onmessage?.({ data }));
  }
}

/** A page's surroundings: samples of one page share a throttler and continue each other. */
export class Surroundings {
  /** Requests of all samples, such as `GET https://api.binance.com/api/v3/depth`. */
  readonly requests: string[] = [];
  readonly throttler = new MultiThrottler(RULES);
  readonly #servers: Server[] = [];
  /** Values that samples of the page have defined. */
  readonly #kept: { [name: string]: unknown } = {};

  /** Answers a request of a sample. */
  #answer(method: string, url: string, body = ''): Response {
    this.requests.push(`${method} ${url}`);
    const found = BODIES.find(([part]) => `${url} ${body}`.includes(part));
    return Response.json(found?.[1] ?? {}, { headers: { 'x-mbx-used-weight-1m': '50' } });
  }

  /** Stands for the global one. */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const method = input instanceof Request ? input.method : (init.method ?? 'GET');
    const url = input instanceof Request ? input.url : String(input);
    return this.#answer(method, url, String(init.body ?? ''));
  };

  /** ccxt, whose exchanges ask this instead of servers, and know one market. */
  #ccxt(): unknown {
    return new Proxy(ccxt, {
      get: (all, name) => {
        const Original = Reflect.get(all, name);
        if (typeof Original !== 'function') return Original;
        const answer = async (url: string, { method = 'GET' }: RequestInit) =>
          this.#answer(method, url);
        return class extends (Original as typeof Exchange) {
          constructor(options?: ConstructorParameters<typeof Exchange>[0]) {
            super(options);
            this.fetchImplementation = answer;
            this.setMarkets([MARKET]);
          }
        };
      },
    });
  }

  /** A module of Node whose servers listen on a free port. */
  #http(): unknown {
    return {
      createServer: (...args: Parameters<typeof createServer>) => {
        const server = createServer(...args);
        const listen = server.listen.bind(server);
        server.listen = ((_port: number, host: string) => listen(0, host)) as typeof server.listen;
        this.#servers.push(server);
        return server;
      },
    };
  }

  async #load(name: string): Promise<unknown> {
    if (name === 'ccxt') return { default: this.#ccxt() };
    if (name === 'node:http') return this.#http();
    const path = name.startsWith('.') ? new URL(name.replace('./', 'examples/'), root).href : name;
    return await import(/* @vite-ignore */ path);
  }

  /** Global values that samples of a page rely on. */
  #globals(extra: object): { readonly [name: string]: unknown } {
    return {
      ...core,
      ...toExchange,
      ...toCcxt,
      ...toMonitor,
      ...toPersist,
      throttler: this.throttler,
      rules: RULES,
      url: 'https://api.example/userFills',
      apiKey: 'key',
      secret: 'c2VjcmV0',
      address: '0x1',
      txid: 'OABC',
      changedMyMind: true,
      cascade: true,
      sign: (text: string) => `signature=${text.length}`,
      nodeFetch: this.fetch,
      fetchBook: async (symbol: string) => ({ symbol }),
      fetchDepth: async (symbol: string) => ({ symbol }),
      send: async () => Response.json({}),
      socket: new Socket(),
      WebSocket: Socket,
      console: { log: () => {}, warn: () => {}, error: () => {} },
      ccxt: this.#ccxt(),
      keep: (values: object) => Object.assign(this.#kept, values),
      ...this.#kept,
      ...extra,
    };
  }

  /**
   * Runs a sample, and `then` behind it, which sees its names. Where a comment says what a call
   * returns, as in `f(); // { A: 1 }`, the value is compared by `equal`.
   */
  async run(sample: Sample, then: string, extra: object): Promise<void> {
    const compared = sample.code.replace(
      /^(?:const (\w+) = )?(\w\S*\(.*\)); \/\/ (\{ [A-Z_]+: [\d.]+ \}).*/gm,
      (_, name, call, value) =>
        name ? `const ${name} = ${call}; equal(${name}, ${value});` : `equal(${call}, ${value});`,
    );
    const { code } = transformSync(`${compared}\n${then}`, {
      loader: 'ts',
      target: 'es2022',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    });
    const own = [...namesOfImports(code), ...declaredIn(code)];
    const given = Object.entries(this.#globals(extra)).filter(([name]) => !own.includes(name));
    const kept = declaredIn(code).filter((name) => !NOT_KEPT.includes(name));
    const body = `${code.replace(/^export (?!\{)/gm, '')}\nkeep({ ${kept.join(', ')} });`;
    await untilDone(runModule(body, Object.fromEntries(given), (name) => this.#load(name)));
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }
}

/** Names that a later sample of a page has anew. */
const NOT_KEPT = ['throttler', 'fetch'];

function declaredIn(code: string): string[] {
  const heads = code.matchAll(
    /^(?:export )?(?:async )?(?:const|let|function|class) (\w+|\{.*?\})/gm,
  );
  return [...heads].flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
}

function namesOfImports(code: string): string[] {
  const imports = code.matchAll(/^import (?:\{(.*?)\}|(\w+)) from/gms);
  return [...imports].flatMap(([, several, one = '']) =>
    (several ?? one).split(',').map((name) => name.trim().split(' as ').at(-1) ?? ''),
  );
}

/** Lets fake time run until a promise is settled, while files and sockets take real time. */
async function untilDone(promise: Promise<void>): Promise<void> {
  const state = { isDone: false };
  const done = promise.finally(() => {
    state.isDone = true;
  });
  // A failure is thrown below.
  done.catch(() => {});
  const start = process.hrtime.bigint();
  while (!state.isDone) {
    if (process.hrtime.bigint() - start > 20_000_000_000n) throw new Error('it does not end');
    for (let turn = 0; turn < 20 && !state.isDone; turn += 1) await new Promise(setImmediate);
    if (!state.isDone && vi.getTimerCount() > 0) await vi.advanceTimersToNextTimerAsync();
  }
  await done;
}
