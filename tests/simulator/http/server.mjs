/**
 * What simulated exchanges have in common: an HTTP server on the loopback interface, and what they look at of a request.
 *
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 * @typedef {ReadonlyMap<string, string>} Params
 * @typedef {{ status: number, body: unknown, headers?: Record<string, string> }} Answer
 */

import { createServer } from 'node:http';
import { isIP } from 'node:net';

const MAX_BODY = 10_000;

/** @param {(request: IncomingMessage, response: ServerResponse) => Promise<void>} handle */
export async function listen(handle) {
  const server = createServer(handle);
  // A connection that the server closes just as the client sends on it is an error at the client. Bots here are never
  // idle this long.
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the exchange did not get a TCP port');
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
 * @returns {Promise<string | undefined>} undefined: too long
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
 * The endpoint, such as `GET /api/v3/depth`, and the parameters of query and body.
 *
 * @param {IncomingMessage} request
 * @param {string} body a form, or an object in JSON
 */
export function parse(request, body) {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const sent = body.startsWith('{') ? fieldsOf(JSON.parse(body)) : new URLSearchParams(body);
  // Sent in both, the query string counts (Binance's rest-api.md, General Information on Endpoints).
  const params = new Map([...sent, ...new URLSearchParams(query)]);
  return { key: `${request.method} ${path}`, params };
}

/**
 * @param {object} fields
 * @returns {[string, string][]}
 */
function fieldsOf(fields) {
  return Object.entries(fields).map(([name, value]) => [name, String(value)]);
}

/**
 * The address that counts: every client comes from 127.0.0.1, so the one in X-Forwarded-For is believed.
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
 * @param {Answer} answer
 */
export function send(response, now, { status, body, headers = {} }) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    // Node's own Date is cached for up to a second; windows end in between.
    Date: new Date(now).toUTCString(),
  });
  response.end(text);
}
