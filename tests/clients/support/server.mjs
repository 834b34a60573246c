/** An HTTP server that answers by a script and remembers what it received. */

import { listen, readBody } from '../../simulator/http/server.mjs';

/**
 * @typedef {object} Received
 * @property {string} method
 * @property {string} path without the query
 * @property {string} query
 * @property {string} body
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {number | undefined} age milliseconds since it was signed; undefined if it has no
 *   timestamp
 *
 * @typedef {{ status?: number, headers?: Record<string, string>, body?: unknown }} Answer
 */

/**
 * @param {(received: Received, count: number) => Answer | Promise<Answer>} answer
 */
export async function serve(answer) {
  /** @type {Received[]} */
  const received = [];
  const { url, close } = await listen(async (request, response) => {
    const body = (await readBody(request)) ?? '';
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const { method = '', headers } = request;
    const one = { method, path, query, body, headers, age: ageOf(headers, query, body) };
    received.push(one);
    const {
      status = 200,
      headers: own = {},
      body: content = {},
    } = await answer(one, received.length);
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    response.writeHead(status, { 'content-type': 'application/json', ...own });
    response.end(text);
  });
  return { url, received, close };
}

/** Headers with the time at which a request was signed. */
const TIMESTAMPS = [
  'x-bapi-timestamp',
  'ok-access-timestamp',
  'access-timestamp',
  'timestamp',
  'cb-access-timestamp',
  'kc-api-timestamp',
];

/**
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} query
 * @param {string} body
 */
function ageOf(headers, query, body) {
  const inHeader = TIMESTAMPS.map((name) => headers[name]).find((value) => value !== undefined);
  const inParams = /\btimestamp=(\d+)/.exec(`${query}&${body}`)?.[1];
  const nonce = /"nonce":(\d+)/.exec(body)?.[1];
  const signed = String(inHeader ?? inParams ?? nonce ?? '');
  if (signed === '') return undefined;
  const time = /^[\d.]+$/.test(signed) ? Number(signed) : Date.parse(signed);
  return Date.now() - (time < 1e11 ? time * 1000 : time);
}
