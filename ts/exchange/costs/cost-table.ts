import { invalidConfig, type ThrottleCost } from '../../index.js';
import {
  addAmounts,
  amountOf,
  type Cost,
  type Derived,
  goesByAnswer,
  type IdTemplate,
  templateOf,
} from '../../shared/cost.js';
import { Parameters, type Params } from '../../shared/params.js';
import { readCalls } from './calls.js';
import { Endpoints, endpointName } from './endpoints.js';
import {
  ENDPOINT,
  readAmount,
  readCosts,
  readDerived,
  readRecord,
  readText,
} from './read-table.js';

/** Costs of the endpoints of an exchange. */
export interface CostTable {
  /** Costs of an endpoint that is not in the table. `{endpoint}` in an id stands for its name. */
  readonly default: { readonly [ruleId: string]: Cost };
  /**
   * By `METHOD /path`, where `{name}` in a path stands for any text without a slash, or `METHOD
   * https://host/path` where hosts share paths: costs by rule id. In an id `{name}` stands for a
   * parameter, so that each of its values has a rule of its own (of a family).
   */
  readonly endpoints: { readonly [endpoint: string]: { readonly [ruleId: string]: Cost } };
  /**
   * Other defaults by how an endpoint begins, the longest that fits: `'GET /v5/market/'`, or
   * `'/v5/market/'` for any method.
   */
  readonly defaults?:
    | { readonly [beginning: string]: { readonly [ruleId: string]: Cost } }
    | undefined;
  /**
   * The most that one request is charged of a rule or of the members of a family, by id, whatever
   * its items amount to: for batches that an exchange accepts though they cost more than its limit,
   * which could never be granted otherwise.
   */
  readonly most?: { readonly [ruleId: string]: number } | undefined;
  /**
   * Parameters that are made of others where they are absent, for ids: the one they are made of, a
   * pattern, and what replaces it. `{ instFamily: ['instId', '^(\\w+-\\w+)-\\d{6}-.*$', '$1'] }`
   */
  readonly derived?:
    | { readonly [name: string]: readonly [from: string, pattern: string, to: string] }
    | undefined;
  /**
   * Endpoints that carry the call of another, as JSON-RPC does, and the one that is charged in
   * their place: `{ 'POST /api/v2': 'RPC /api/v2/{method}' }`. `{method}` stands for that
   * parameter; the parameters of the call are those in `params`. A request without the parameter is
   * charged as any other of its endpoint.
   */
  readonly calls?: { readonly [endpoint: string]: string } | undefined;
}

/** Tells what a request costs. Made by {@link costTable}. */
export interface CostFunction {
  /**
   * @param method in capitals or not
   * @param path of the URL, or the URL; a query in it has the parameters that `params` lack
   * @param params parameters by name, or a list if the request is a batch
   */
  (method: string, path: string, params?: Params): ThrottleCost;
  /**
   * Endpoints that were asked for and are not in the table, and how often; ids in paths read
   * `{id}`.
   */
  readonly unknown: ReadonlyMap<string, number>;
  /** Endpoints of the table, as its keys name them. */
  readonly endpoints: readonly string[];
  /** Whether the table has this endpoint. */
  has(method: string, path: string): boolean;
  /**
   * Returns the cost of a request by the number of items that its answer had. The same as what it
   * was charged unless its cost has an `answer`.
   */
  after(method: string, path: string, params: Params | undefined, items: number): ThrottleCost;
  /**
   * Whether the cost of any endpoint has an `answer`. Where it is `false`, `after` tells nothing
   * new, so that no answer has to be looked at.
   */
  readonly byAnswer?: boolean | undefined;
  /**
   * Counts an endpoint that is not in the table and that is charged something else than its
   * default, and reports it the first time.
   */
  note(method: string, path: string, charged: ThrottleCost): void;
}

/** Costs of one endpoint, ready to be told. */
interface Entry {
  /** Costs that are always the same; undefined if they depend on parameters. */
  readonly fixed: ThrottleCost | undefined;
  readonly costs: readonly {
    readonly id: string;
    readonly template: IdTemplate | undefined;
    readonly cost: Cost;
  }[];
}

/** More than that are not told apart, lest ids in paths fill the memory. */
const MOST_UNKNOWN = 1000;

/**
 * A function that tells what a request costs, by a table. An endpoint that is not in the table
 * costs the table's `default`; the first time a warning says so.
 *
 * @throws {InvalidConfigError} something in the table is not what it must be
 */
export function costTable(table: CostTable): CostFunction {
  if (typeof table !== 'object' || table === null) throw invalidConfig('table', 'an object', table);
  const derived = readDerived(table.derived);
  const fallback = entryOf(readCosts('default', table.default));
  const read = readTable(
    'endpoints',
    table.endpoints,
    ENDPOINT,
    'keys such as "GET /api/v3/depth"',
  );
  const endpoints = new Endpoints(read);
  const beginnings = readTable(
    'defaults',
    table.defaults ?? {},
    /^([A-Z]+ )?\//,
    'keys such as "GET /v5/"',
  ).sort(([a], [b]) => b.length - a.length);
  const most = readMost(table.most);
  const calls = readCalls(table.calls);
  const unknown = new Map<string, number>();

  const fallbackOf = (name: string) => {
    const path = name.slice(name.indexOf(' ') + 1);
    const found = beginnings.find(([start]) =>
      (start.startsWith('/') ? path : name).startsWith(start),
    );
    return found?.[1] ?? fallback;
  };
  const costs = (
    method: string,
    path: string,
    params?: Params,
    answered?: number,
  ): ThrottleCost => {
    readText('method', method);
    readText('path', path);
    const call = calls?.find(method, path, params);
    return call === undefined
      ? costsOf(method, path, params, answered)
      : costsOf(call.method, call.path, call.params, answered);
  };
  const costsOf = (
    method: string,
    path: string,
    params: Params,
    answered: number | undefined,
  ): ThrottleCost => {
    const found = endpoints.find(method, path);
    if (found?.fixed) return { ...found.fixed };
    const query = queryOf(path);
    const sent =
      params === undefined || params === null
        ? new Parameters(query)
        : new Parameters(params, query);
    if (found) return most(sum(found, sent, derived, answered));
    const name = withoutIds(endpointName(method, path));
    const charged = most(named(fallbackOf(name), name, sent, derived));
    if (answered === undefined) note(unknown, name, charged);
    return charged;
  };
  return Object.assign(
    (method: string, path: string, params?: Params) => costs(method, path, params),
    {
      unknown,
      endpoints: Object.freeze(read.map(([endpoint]) => endpoint)),
      has: (method: string, path: string) =>
        endpoints.find(method, path) !== undefined || calls?.has(method, path) === true,
      after: costs,
      byAnswer: read.some(([, entry]) => entry.costs.some(({ cost }) => goesByAnswer(cost))),
      note: (method: string, path: string, charged: ThrottleCost) =>
        note(unknown, withoutIds(endpointName(method, path)), charged),
    },
  );
}

/** Returns what lowers costs to the most that is charged of their rules. */
function readMost(value: CostTable['most']): (cost: ThrottleCost) => ThrottleCost {
  const limits = readRecord('most', value ?? {}, readAmount);
  const families = Object.entries(limits).flatMap(([id, most]) =>
    id.endsWith('*') ? [[id.slice(0, -1), most] as const] : [],
  );
  if (Object.keys(limits).length === 0) return (cost) => cost;
  return (cost) => {
    for (const id of Object.keys(cost)) {
      const family = Object.hasOwn(limits, id)
        ? undefined
        : families.find(([start]) => id.startsWith(start));
      const most = family?.[1] ?? (Object.hasOwn(limits, id) ? limits[id] : undefined);
      if (most !== undefined && (cost[id] as number) > most) cost[id] = most;
    }
    return cost;
  };
}

/** The query of a URL; undefined if it has none. */
function queryOf(path: string): string | undefined {
  const start = path.indexOf('?');
  if (start < 0) return undefined;
  const end = path.indexOf('#', start);
  return path.slice(start + 1, end < 0 ? undefined : end);
}

function readTable(
  field: string,
  value: unknown,
  key: RegExp,
  expected: string,
): [string, Entry][] {
  if (typeof value !== 'object' || value === null) throw invalidConfig(field, 'an object', value);
  return Object.entries(value).map(([name, costs]) => {
    if (!key.test(name)) throw invalidConfig(field, `an object with ${expected}`, name);
    return [name, entryOf(readCosts(`${field}[${JSON.stringify(name)}]`, costs))];
  });
}

function entryOf(costs: readonly (readonly [string, Cost])[]): Entry {
  const isFixed = costs.every(([id, cost]) => typeof cost === 'number' && !id.includes('{'));
  return {
    costs: costs.map(([id, cost]) => ({ id, template: templateOf(id), cost })),
    fixed: isFixed ? (Object.fromEntries(costs) as ThrottleCost) : undefined,
  };
}

function sum(
  { costs }: Entry,
  params: Parameters,
  derived: Derived | undefined,
  answered?: number,
): ThrottleCost {
  const total: ThrottleCost = {};
  for (const { id, template, cost } of costs) {
    if (isForBatches(cost) && amountOf(cost, params, answered) === 0) continue;
    if (template) addMembers(total, template, cost, params, derived, answered);
    else total[id] = amountOf(cost, params, answered);
  }
  return total;
}

/** Apart, as the variables of its closure would be allocated for each request. */
function addMembers(
  total: ThrottleCost,
  template: IdTemplate,
  cost: Cost,
  params: Parameters,
  derived: Derived | undefined,
  answered: number | undefined,
): void {
  const addTo = (rule: string, amount: number) => add(total, rule, amount);
  addAmounts(addTo, template, cost, params, derived, answered);
}

/** A rule that is only for batches of another size is not named at all. */
function isForBatches(cost: Cost): boolean {
  return typeof cost === 'object' && cost.batch !== undefined;
}

function add(total: ThrottleCost, rule: string, amount: number): void {
  if (!(rule in total)) total[rule] = amount;
  // Another item of the batch.
  else if (Object.hasOwn(total, rule)) total[rule] = (total[rule] as number) + amount;
  else {
    // A name that any object has: nothing can be assigned to `__proto__`.
    Object.defineProperty(total, rule, {
      value: amount,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}

/** A default, whose ids may name the endpoint. */
function named(
  { costs, fixed }: Entry,
  name: string,
  params: Parameters,
  derived: Derived | undefined,
): ThrottleCost {
  if (fixed) return { ...fixed };
  // Without the braces of `{id}`, which stand for no parameter here.
  const endpoint = name.replaceAll(/[{}]/g, '');
  return sum(
    entryOf(costs.map(({ id, cost }) => [id.replaceAll('{endpoint}', endpoint), cost])),
    params,
    derived,
  );
}

/** The name of an endpoint whose ids read `{id}`. */
function withoutIds(endpoint: string): string {
  return endpoint.replace(/\/(\d{3,}|[\da-f-]{8,})(?=\/|$)/gi, '/{id}');
}

function note(unknown: Map<string, number>, name: string, charged: ThrottleCost): void {
  const times = unknown.get(name) ?? 0;
  if (times === 0 && unknown.size >= MOST_UNKNOWN) return;
  unknown.set(name, times + 1);
  if (times > 0) return;
  console.warn(
    `multi-throttler: it is not known what ${name} costs; it counts as ${JSON.stringify(charged)}`,
  );
}
