/**
 * A `fetch` over real HTTP whose requests and answers take virtual time on their way, drawn from a seed.
 *
 * A request is sent when its time on the way is over, so the server counts it at that instant; its answer is handed out
 * another such time later. Both come in another order than they were sent.
 */

import { Agent, request as open } from 'node:http';

/**
 * @typedef {object} WireOptions
 * @property {import('../time/time.mjs').Time} time
 * @property {() => number} random in [0, 1)
 * @property {number} delay the longest time on the way there, and again on the way back, ms
 * @property {Record<string, string>} [headers] added to each request
 */

/** @param {WireOptions} options */
export function wire({ time, random, delay, headers = {} }) {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1024, noDelay: true });
  // Unix milliseconds in a double are a quarter of a microsecond apart: a request is never later than said by that.
  const longest = Math.max(0, delay - 0.001);
  /** A third each: the shortest, the longest, any. The worst is at the ends. */
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
 * @returns {Promise<Response>} when all of it has come
 */
function send({ url, method, headers }, body, agent) {
  return new Promise((resolve, reject) => {
    const options = { method, agent, headers: Object.fromEntries(headers) };
    const sent = open(url, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        const pairs = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        const init = { status: answer.statusCode ?? 0, headers: Object.fromEntries(pairs) };
        resolve(new Response(text, init));
      });
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
