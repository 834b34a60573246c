import { invalidConfig } from '../../index.js';
import { type IdTemplate, templateOf } from '../../shared/cost.js';
import { Parameters, type Params } from '../../shared/params.js';
import { Endpoints } from './endpoints.js';
import { ENDPOINT, readRecord, readText } from './read-table.js';

/** A call, as it would be sent as a request of its own. */
export interface CarriedCall {
  readonly method: string;
  readonly path: string;
  readonly params: Params;
}

/**
 * Calls within requests: JSON-RPC names its endpoint in the body, in `method`, and has the
 * parameters in `params`.
 */
export class Calls {
  readonly #endpoints: Endpoints<IdTemplate>;

  /** @param calls the charged endpoint, with places for parameters, by that of its carrier */
  constructor(calls: { readonly [endpoint: string]: string }) {
    this.#endpoints = new Endpoints(
      Object.entries(calls).map(([carrier, call]) => [
        carrier,
        templateOf(call) ?? { texts: [call], places: [] },
      ]),
    );
  }

  /** Whether an endpoint carries calls. */
  has(method: string, path: string): boolean {
    return this.#endpoints.find(method, path) !== undefined;
  }

  /** Returns the call in a request; undefined for a request that carries none. */
  find(method: string, path: string, params: Params): CarriedCall | undefined {
    const template = this.#endpoints.find(method, path);
    if (template === undefined) return undefined;
    const sent = new Parameters(params);
    let endpoint = template.texts[0] as string;
    for (const [i, { name }] of template.places.entries()) {
      const value = sent.get(name);
      if (value === undefined) return undefined;
      endpoint += `${String(value)}${template.texts[i + 1]}`;
    }
    const space = endpoint.indexOf(' ');
    const carried = sent.get('params');
    return {
      method: endpoint.slice(0, space),
      path: endpoint.slice(space + 1),
      params: typeof carried === 'object' || typeof carried === 'string' ? carried : undefined,
    };
  }
}

/** Returns the calls that requests carry; undefined if none does. */
export function readCalls(value: unknown): Calls | undefined {
  if (value === undefined) return undefined;
  const read = readRecord('calls', value, readText);
  for (const endpoint of Object.entries(read).flat()) {
    if (!ENDPOINT.test(endpoint))
      throw invalidConfig('calls', 'an object with endpoints such as "POST /api/v2"', endpoint);
  }
  return new Calls(read);
}
