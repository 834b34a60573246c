/**
 * A simulated exchange over real HTTP: the counters of each request, and its response. Each venue
 * has one client. Its limits per IP and per account differ only by their ids.
 *
 * @typedef {import('../../../ts/simulator/counters.mjs').Counter} Counter
 * @typedef {import('../http/server.mjs').Params} Params
 *
 * @typedef {object} Charge
 * @property {string} id of the counter
 * @property {() => Counter} make creates the counter on its first use
 * @property {number} cost
 *
 * @typedef {object} Rules
 * @property {(endpoint: string, params: Params) => Charge[]} charges
 * @property {object | ((endpoint: string, params: Params) => object)} [success] the body of an
 *   accepted request
 * @property {(over: Charge, now: number, counter: any) =>
 *   Partial<import('../http/server.mjs').Reply>} refusal
 * @property {(charges: { charge: Charge, counter: any }[], now: number) => Record<string, string>}
 *   [headers] of usage
 */

import { listen, parse, readBody, send } from '../http/server.mjs';

export class Venue {
  refused = 0;
  /**
   * @type {{ at: number, id: string, cost: number }[]} accepted costs under each of their counters
   */
  accepted = [];
  /** @type {import('../http/server.mjs').Reply[]} replies that replace the next ones */
  faults = [];
  /** @type {Map<string, Counter>} */
  #counters = new Map();
  #rules;

  /** @param {Rules} rules */
  constructor(rules) {
    this.#rules = rules;
  }

  /**
   * @param {{ endpoint: string, params: Params }} request
   * @param {number} now Unix ms
   * @returns {import('../http/server.mjs').Reply}
   */
  respond({ endpoint, params }, now) {
    return this.faults.shift() ?? this.#count(endpoint, params, now);
  }

  /**
   * The cost accepted under a counter before an instant.
   *
   * @param {string} id
   * @param {number} end Unix ms
   */
  total(id, end) {
    const counted = this.accepted.filter((entry) => entry.id === id && entry.at < end);
    return counted.reduce((sum, { cost }) => sum + cost, 0);
  }

  /**
   * @param {string} endpoint
   * @param {Params} params
   * @param {number} now
   */
  #count(endpoint, params, now) {
    const counted = this.#rules.charges(endpoint, params).map((charge) => {
      const counter = this.#counters.get(charge.id) ?? charge.make();
      this.#counters.set(charge.id, counter);
      return { charge, counter };
    });
    const over = counted.find(({ charge, counter }) => !counter.fits(now, charge.cost));
    for (const { charge, counter } of counted) counter.add(now, charge.cost, over === undefined);
    if (over) this.refused += 1;
    else this.accepted.push(...counted.map(({ charge: { id, cost } }) => ({ at: now, id, cost })));
    const { success = {} } = this.#rules;
    const refusal = over && this.#rules.refusal(over.charge, now, over.counter);
    return {
      status: 200,
      body: typeof success === 'function' ? success(endpoint, params) : success,
      ...refusal,
      headers: { ...this.#rules.headers?.(counted, now), ...refusal?.headers },
    };
  }
}

/**
 * @param {Venue} venue
 * @param {() => number} now its clock, Unix ms
 * @param {number} [port] 0: a free one
 */
export function open(venue, now, port) {
  return listen(async (request, response) => {
    const { key: endpoint, params } = parse(request, (await readBody(request)) ?? '');
    send(response, now(), venue.respond({ endpoint, params }, now()));
  }, port);
}
