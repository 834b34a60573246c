// Servers on this machine, for tests that need real HTTP.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** A request as the server got it, with its whole body. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A server that runs for the tests of a file. */
export interface Server {
  /** All requests of the current test. */
  readonly received: Received[];
  /** URL without a path. */
  url: string;
  /** Answers requests; the number of the request counts from 1 in each test. */
  answer: (response: ServerResponse, request: Received, number: number) => void;
}

/** Starts a server that answers 200, unless the test sets another `answer`. */
export function serve(): Server {
  const ok: Server['answer'] = (response) => void response.end('ok');
  const server: Server = { received: [], url: '', answer: ok };
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The client went away while it sent.
      return;
    }
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: Buffer.concat(chunks) };
    server.received.push(received);
    server.answer(response, received, server.received.length);
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
    server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    server.received.length = 0;
    server.answer = ok;
  });
  afterAll(() => {
    http.closeAllConnections();
    http.close();
  });
  return server;
}

/** Refuses the first request with 429, and accepts the others. */
export const refuseFirst: Server['answer'] = (response, _request, number) => {
  response.writeHead(number === 1 ? 429 : 200, { 'retry-after': '0' }).end(`${number}`);
};
