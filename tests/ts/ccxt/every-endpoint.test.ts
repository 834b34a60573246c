import ccxt, { type Exchange } from 'ccxt';
import { MultiThrottler, type Rule, type ThrottleCost } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

/** Ends a call once its cost is known, so that nothing is sent. */
class Asked extends Error {}

/** Notes what a call costs and which rules there are. */
class AskingThrottler extends MultiThrottler {
  cost: ThrottleCost = {};
  readonly rules: Rule[] = [];

  override addRule(rule: Rule): void {
    this.rules.push(rule);
    super.addRule(rule);
  }

  override async acquire(cost: ThrottleCost): Promise<never> {
    this.cost = cost;
    throw new Asked();
  }
}

interface Endpoint {
  /** Name of its group, or the names of nested groups from the outer to the inner one. */
  readonly api: string | string[];
  readonly method: string;
  readonly path: string;
  readonly config: { readonly cost?: number };
}

/** Groups of endpoints by their names, methods by theirs, and costs by paths. */
interface Groups {
  readonly [name: string]: Groups | number;
}

/** Every implicit endpoint of an exchange. */
function endpointsOf({ api }: Exchange): Endpoint[] {
  return endpointsIn(api as Groups, []);
}

function endpointsIn(groups: Groups, around: string[]): Endpoint[] {
  return Object.entries(groups).flatMap(([name, inner]) => {
    if (!/^(get|post|put|delete|patch)$/.test(name))
      return endpointsIn(inner as Groups, [...around, name]);
    return Object.entries(inner as Record<string, number | Endpoint['config']>).map(
      ([path, config]) => ({
        api: around.length === 1 ? (around[0] as string) : around,
        method: name.toUpperCase(),
        path,
        config: typeof config === 'number' ? { cost: config } : config,
      }),
    );
  });
}

/** Milliseconds that a request takes of what its rules allow: the longest. */
function timeOf(cost: ThrottleCost, rules: readonly Rule[]): number {
  const times = Object.entries(cost).map(([id, amount]) => {
    const fitting = rules.filter(
      (rule) => rule.id === id || (rule.id.endsWith('*') && id.startsWith(rule.id.slice(0, -1))),
    );
    const rule = fitting.sort((a, b) => b.id.length - a.id.length)[0];
    if (rule === undefined || rule.algorithm === 'concurrency' || rule.algorithm === 'spacing')
      throw new Error(`${id} is no rule`);
    const speed = rule.algorithm === 'token-bucket' ? rule.refillRate : rule.limit / rule.interval;
    expect(amount).toBeLessThanOrEqual(
      rule.algorithm === 'token-bucket' ? rule.capacity : rule.limit,
    );
    return amount / speed;
  });
  return Math.max(0, ...times);
}

const warn = vi.spyOn(console, 'warn');
beforeAll(() => void warn.mockReset().mockReturnValue(undefined));
afterAll(() => void warn.mockReset());

/** ccxt paces futures at half of what their weights allow, and rounds. */
const PART = 0.49;

/** Endpoints that cost nothing, by the vendor's word. */
const FREE: { readonly [id: string]: RegExp } = {
  kucoin: /^\w+ GET my-ip$/,
  kucoinfutures: /^\w+ GET my-ip$/,
  krakenfutures: /^(public|charts|history GET market\/)/,
};

describe.each([
  ['binance', 820],
  ['binanceusdm', 820],
  ['aster', 170],
  ['bybit', 430],
  ['okx', 460],
  ['kucoin', 350],
  ['kucoinfutures', 350],
  ['kraken', 60],
  ['krakenfutures', 48],
  ['coinbase', 90],
  ['coinbaseexchange', 100],
  ['deribit', 140],
  ['hyperliquid', 1],
  ['bitget', 790],
  ['gate', 390],
  ['mexc', 235],
])('%s', (id, least) => {
  const exchange = new ccxt[id as 'binance']({
    apiKey: 'key',
    secret: 'c2VjcmV0',
    password: 'pass',
  });
  const endpoints = endpointsOf(exchange);
  const { rateLimit = 0 } = exchange;
  const throttler = new AskingThrottler([]);
  attachThrottler(exchange, { throttler });

  /** Returns the charge of the adapter for an endpoint, and whether it reported it as unknown. */
  async function charged({ api, method, path, config }: Endpoint, params = {}) {
    throttler.cost = {};
    const before = warn.mock.calls.length;
    const { fetch2 } = exchange as unknown as { fetch2: (...args: unknown[]) => Promise<unknown> };
    await expect(
      fetch2.call(exchange, path, api, method, params, undefined, undefined, config),
    ).rejects.toThrow(Asked);
    return { cost: throttler.cost, isUnknown: warn.mock.calls.length > before };
  }

  test(`each of its endpoints, more than ${least}, is charged a figure that is known or a careful one`, async () => {
    expect(endpoints.length).toBeGreaterThan(least);
    for (const endpoint of endpoints) {
      const name = `${endpoint.method} ${endpoint.path}`;
      const { cost, isUnknown } = await charged(endpoint);
      const time = timeOf(cost, throttler.rules);
      const isFree = FREE[id]?.test(`${endpoint.api} ${name}`) ?? false;
      expect(time > 0, `${endpoint.api} ${name}`).toBe(!isFree);
      if (!isUnknown) continue;
      // At least as long as ccxt would wait; its pace of Aster is no weight, and it says so in no
      // other way.
      if (id !== 'aster') {
        const ofCcxt = (endpoint.config.cost ?? 0) * rateLimit * PART;
        expect(time, `${endpoint.api} ${name}`).toBeGreaterThanOrEqual(ofCcxt);
      }
      expect((await charged(endpoint)).isUnknown, `${name} is reported once`).toBe(false);
    }
  });
});
