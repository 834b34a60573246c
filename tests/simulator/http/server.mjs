/**
 * The common parts of simulated exchanges: an HTTP server on the loopback interface, and what they
 * read from a request.
 *
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {ReadonlyMap<string, string>} Params
 * @typedef {{ status: number, body: unknown, headers?: Record<string, string> }} Reply
 */

import { createServer } from 'node:http';
import { isIP } from 'node:net';

const MAX_BODY = 10_000;

/**
 * @param {(request: IncomingMessage, response: ServerResponse) => Promise<void>} handle
 * @param {number} [port] 0: a free one
 */
export async function listen(handle, port = 0) {
  const server = createServer(handle);
  // A connection that the server closes while the client sends on it is an error at the client.
  // Bots here are never idle this long.
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the exchange did not get a TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {IncomingMessage} request
 * @returns {Promise<string | undefined>} `undefined` if it is too long
 */
export async function readBody(request) {
  let body = '';
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MAX_BODY) body += chunk;
  }
  return length <= MAX_BODY ? body : undefined;
}

/**
 * Parses the endpoint, such as `GET /api/v3/depth`, and the parameters of query and body.
 *
 * @param {IncomingMessage} request
 * @param {string} body a form, or an object in JSON
 */
export function parse(request, body) {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const sent = body.startsWith('{') ? fieldsOf(JSON.parse(body)) : new URLSearchParams(body);
  // The query string wins over the body (Binance's rest-api.md, General Information on Endpoints).
  const params = new Map([...sent, ...new URLSearchParams(query)]);
  return { key: `${request.method} ${path}`, params };
}

/**
 * Lists and objects stay JSON.
 *
 * @param {object} fields
 * @returns {[string, string][]}
 */
function fieldsOf(fields) {
  return Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
}

/**
 * The address under which a request counts: that of X-Forwarded-For, as every client connects from
 * 127.0.0.1.
 *
 * @param {IncomingMessage} request
 */
export function clientAddress(request) {
  const claimed = header(request, 'x-forwarded-for')?.split(',')[0]?.trim() ?? '';
  return isIP(claimed) ? claimed : (request.socket.remoteAddress ?? '127.0.0.1');
}

/**
 * @param {IncomingMessage} request
 * @param {string} name
 */
export function header(request, name) {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * @param {ServerResponse} response
 * @param {number} now Unix ms
 * @param {Reply} reply
 */
export function send(response, now, { status, body, headers = {} }) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    // Node caches its own Date for up to a second, and windows end in between.
    Date: new Date(now).toUTCString(),
  });
  response.end(text);
}
