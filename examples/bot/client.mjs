/**
 * A small HTTP client that keeps connections open, reuses them, and opens more as needed. It never
 * queues a request: a wait for a connection after the grant would exceed the jitter that the
 * throttler was given.
 */

import { Agent, request } from 'node:http';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {unknown} body
 */

export class Client {
  #agent = new Agent({ keepAlive: true, maxFreeSockets: 1024, noDelay: true });

  /**
   * @param {string} url of the exchange
   * @param {Record<string, string>} headers sent with each request
   */
  constructor(url, headers) {
    this.url = url;
    this.headers = headers;
  }

  /**
   * @param {import('./mix.mjs').BotRequest} what
   * @returns {Promise<Answer>}
   */
  send({ endpoint, params }) {
    const [method, path] = endpoint.split(' ', 2);
    const query = new URLSearchParams([...params].map(([name, value]) => [name, String(value)]));
    return new Promise((resolve, reject) => {
      const options = { method, headers: this.headers, agent: this.#agent };
      const sent = request(
        `${this.url}${path}${params.size > 0 ? `?${query}` : ''}`,
        options,
        (response) => {
          const { statusCode: status = 0, headers } = response;
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status, headers, body: JSON.parse(text) }));
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  }

  close() {
    this.#agent.destroy();
  }
}
