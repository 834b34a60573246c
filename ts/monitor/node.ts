/** The part of Node's `http.IncomingMessage` that is used. */
export interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly socket: { unref(): unknown };
}

/** The part of Node's `http.ServerResponse` that is used. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
  readonly destroyed: boolean;
}

/** A body that a framework has read and parsed already, such as `express.json()`. */
interface Parsed {
  readonly body?: unknown;
}

/**
 * Returns a listener for `http.createServer`, or a handler for Express and Connect.
 *
 * @param handler a handler of `Request`s, such as that of a monitor
 *
 * @example
 * http.createServer(nodeListener(monitor)).listen(8080, '127.0.0.1');
 * app.use('/throttler', nodeListener(monitor)); // Express
 */
export function nodeListener(
  handler: (request: Request) => Promise<Response>,
): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    answer(handler, request, response).catch(() => {
      if (!response.destroyed) response.destroy();
    });
  };
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: NodeRequest,
  outgoing: NodeResponse,
): Promise<void> {
  const aborted = new AbortController();
  outgoing.once('close', () => aborted.abort());
  let request: Request;
  try {
    request = await toRequest(incoming, aborted.signal);
  } catch {
    outgoing.writeHead(400, { 'cache-control': 'no-store' });
    outgoing.end();
    return;
  }
  const { status, headers, body } = await handler(request);
  outgoing.writeHead(status, Object.fromEntries(headers));
  if (headers.get('content-type') === 'text/event-stream') incoming.socket.unref();
  const reader = body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    if (outgoing.destroyed) return void (await reader.cancel());
    // Further events then wait in the stream, which ends when there are too many.
    if (!outgoing.write(value)) await drained(outgoing, reader);
  }
  outgoing.end();
}

/** Resolves when the connection takes data again, and rejects when it or the stream has failed. */
function drained(
  outgoing: NodeResponse,
  { closed }: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      outgoing.off('drain', settle);
      outgoing.off('close', settle);
      resolve();
    };
    outgoing.once('drain', settle);
    outgoing.once('close', settle);
    closed.catch(reject);
  });
}

async function toRequest(incoming: NodeRequest, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', url = '/', headers } = incoming;
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    // HTTP/2 has names that are no headers.
    value === undefined || name.startsWith(':')
      ? []
      : [value].flat().map((each): [string, string] => [name, each]),
  );
  const host = headers.host ?? headers[':authority'] ?? 'localhost';
  const address = new URL(url, `http://${host}`);
  if (method === 'GET' || method === 'HEAD')
    return new Request(address, { method, headers: list, signal });
  return new Request(address, { method, headers: list, signal, body: await bodyOf(incoming) });
}

async function bodyOf(incoming: NodeRequest & Parsed): Promise<string> {
  if (incoming.body !== undefined) return JSON.stringify(incoming.body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    // The handler refuses a body of this size, so the rest is read and dropped.
    if (size > 2 ** 17) continue;
    chunks.push(bytes);
    size += bytes.byteLength;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return new TextDecoder().decode(all);
}
