import { allowedOrigin, isAuthorized, refusal } from './access.js';
import { BadRequest, isCommand, runCommand } from './commands.js';
import type { MonitorMessage } from './message.js';
import {
  type Monitored,
  type MonitorOptions,
  readOptions,
  type Settings,
  throttlersOf,
} from './options.js';
import { Source } from './source.js';
import { Streams } from './streams.js';

/** The handler of a monitor's requests. */
export interface MonitorHandler {
  (request: Request): Promise<Response>;
  /** Ends all streams of events, and stops watching. Later requests are 503. Idempotent. */
  close(): void;
}

/** The paths that are read. */
const READ = ['stats', 'events', 'metrics'];

/**
 * Returns a handler of requests about a throttler, or about several by name, for any server that
 * handles `Request`s: Hono, Deno, Bun, Cloudflare Workers; {@link nodeListener} makes one of it for
 * `http` of Node. The last part of a path counts, so it can be served below any path:
 *
 * - `GET stats`: the state, as {@link MonitorMessage}.
 * - `GET events`: the state as server-sent events named `reading`, at most four a second. A client
 *   that comes back gets the occurrences since then. A reader that is too slow is cut off.
 * - `GET metrics`: the metrics of `registry`, for Prometheus.
 * - `POST mode` (`{ mode, ms? }`), `POST pause` (`{ ms?, rules? }`), `POST resume` (`{ rules? }`):
 *   JSON, with `throttler`, its name, if there are several. Commands need the token, and those of
 *   pages of other sites are refused.
 * - `POST check`: whether the token is right. Changes nothing.
 *
 * Reading needs no token: whoever reaches the path reads the state. Nothing is ever cached. Open
 * streams, and the handler itself, keep no process alive.
 *
 * @throws {InvalidConfigError} an option is invalid or unknown, or there is no throttler
 *
 * @example
 * const monitor = createMonitorHandler(throttler, { token: process.env.MONITOR_TOKEN });
 * http.createServer(nodeListener(monitor)).listen(8080, '127.0.0.1');
 */
export function createMonitorHandler(
  throttler: Monitored,
  options: MonitorOptions = {},
): MonitorHandler {
  const settings = readOptions(options);
  const throttlers = throttlersOf(throttler);
  const monitor = new Monitor(settings, new Map(throttlers), new Source(throttlers, settings));
  return Object.assign((request: Request) => monitor.handle(request), {
    close: () => monitor.close(),
  });
}

class Monitor {
  readonly #settings: Settings;
  readonly #throttlers: Parameters<typeof runCommand>[2];
  readonly #source: Source;
  readonly #streams: Streams;
  #isClosed = false;

  constructor(settings: Settings, throttlers: Parameters<typeof runCommand>[2], source: Source) {
    this.#settings = settings;
    this.#throttlers = throttlers;
    this.#source = source;
    this.#streams = new Streams(source);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#streams.close();
    this.#source.close();
  }

  async handle(request: Request): Promise<Response> {
    const response = await this.#respond(request);
    const { headers } = response;
    headers.set('cache-control', 'no-store');
    headers.set('x-content-type-options', 'nosniff');
    const origin = allowedOrigin(request, this.#settings);
    if (origin !== undefined) headers.set('access-control-allow-origin', origin);
    if (this.#settings.origins.length > 0) headers.set('vary', 'origin');
    return response;
  }

  async #respond(request: Request): Promise<Response> {
    if (this.#isClosed) return problem(503, 'the monitor is closed');
    const path = /([^/]*)\/*$/.exec(new URL(request.url).pathname)?.[1] ?? '';
    const method = READ.includes(path) ? 'GET' : isCommand(path) ? 'POST' : undefined;
    if (method === undefined)
      return problem(404, 'known paths: stats, events, metrics, mode, pause, resume, check');
    if (request.method === 'OPTIONS') return this.#preflight(request, method);
    if (request.method !== method)
      return problem(405, `${path} takes ${method} only`, { allow: `${method}, OPTIONS` });
    if (method === 'POST') return this.#command(path, request);
    if (path === 'events') return this.#events(request);
    if (path === 'metrics') return this.#metrics();
    return Response.json(await this.#message(request));
  }

  #preflight(request: Request, method: string): Response {
    const allow = { allow: `${method}, OPTIONS` };
    if (allowedOrigin(request, this.#settings) === undefined)
      return new Response(null, { status: 204, headers: allow });
    const headers = {
      ...allow,
      'access-control-allow-methods': method,
      'access-control-allow-headers': 'authorization, content-type, last-event-id',
      'access-control-max-age': '600',
    };
    return new Response(null, { status: 204, headers });
  }

  async #message(request: Request): Promise<MonitorMessage> {
    const authorized = await isAuthorized(request, this.#settings);
    return this.#source.message(this.#source.read(), undefined, authorized);
  }

  async #command(path: string, request: Request): Promise<Response> {
    const refused = await refusal(request, this.#settings);
    if (refused !== undefined) {
      const headers = refused.status === 401 ? { 'www-authenticate': 'Bearer' } : undefined;
      return problem(refused.status, refused.reason, headers);
    }
    try {
      await runCommand(path, request, this.#throttlers);
    } catch (error) {
      if (error instanceof BadRequest) return problem(error.status, error.message);
      throw error;
    }
    return Response.json(await this.#message(request));
  }

  #events(request: Request): Response {
    if (this.#streams.isFull)
      return problem(503, 'too many streams are open', { 'retry-after': '10' });
    const after =
      request.headers.get('last-event-id') ?? new URL(request.url).searchParams.get('after');
    return new Response(this.#streams.open(after ?? undefined, request.signal), {
      // Some proxies buffer all others.
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    });
  }

  async #metrics(): Promise<Response> {
    const { registry } = this.#settings;
    if (registry === undefined)
      return problem(404, 'this monitor has no metrics: give it the registry of prom-client');
    return new Response(await registry.metrics(), {
      headers: { 'content-type': registry.contentType },
    });
  }
}

function problem(status: number, error: string, headers?: Record<string, string>): Response {
  return Response.json({ error }, { status, ...(headers && { headers }) });
}
