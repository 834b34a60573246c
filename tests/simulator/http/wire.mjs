/**
 * A `fetch` over real HTTP whose requests and responses take virtual time, drawn from a seed.
 *
 * A request is sent when its delay is over, so the server counts it at that instant. Its response
 * is returned after another delay. Requests and responses thus arrive in another order than they
 * are sent.
 */

import { Agent, request as open } from 'node:http';

/**
 * @typedef {object} WireOptions
 * @property {import('../time/time.mjs').Time} time
 * @property {() => number} random in [0, 1)
 * @property {number} delay the longest delay in each direction, ms
 * @property {Record<string, string>} [headers] added to each request
 */

/** @param {WireOptions} options */
export function wire({ time, random, delay, headers = {} }) {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1024, noDelay: true });
  // Unix milliseconds in a double are a quarter of a microsecond apart. The rounding of an instant
  // must not make a request later than the delay.
  const longest = Math.max(0, delay - 0.001);
  /**
   * Draws the shortest, the longest or any delay, a third each: the worst cases are at the ends.
   */
  const draw = () => {
    const kind = Math.floor(random() * 3);
    return kind === 0 ? 0 : kind === 1 ? longest : random() * longest;
  };
  return {
    /**
     * @param {RequestInfo | URL} input
     * @param {RequestInit} [init]
     */
    fetch: async (input, init) => {
      const request = new Request(input, init);
      for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
      const body = request.body === null ? '' : await request.text();
      await time.sleep(draw());
      const response = await time.real(() => send(request, body, agent));
      await time.sleep(draw());
      return response;
    },
    close: () => agent.destroy(),
  };
}

/**
 * @param {Request} request
 * @param {string} body
 * @param {Agent} agent
 * @returns {Promise<Response>} resolves when all of it has arrived
 */
function send({ url, method, headers }, body, agent) {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: Object.fromEntries(headers) };
    const sent = open(url, options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => {
        const pairs = Object.entries(incoming.headers).map(([name, value]) => [
          name,
          String(value),
        ]);
        const init = { status: incoming.statusCode ?? 0, headers: Object.fromEntries(pairs) };
        resolve(new Response(text, init));
      });
      incoming.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
