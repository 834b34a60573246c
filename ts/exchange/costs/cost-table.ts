import { checkFields, invalidConfig, type ThrottleCost } from '../../index.js';
import { amountsOf, type Cost, type Steps } from '../../shared/cost.js';
import type { Params } from '../../shared/params.js';
import { Endpoints, endpointName } from './endpoints.js';

/** What the endpoints of an exchange cost. */
export interface CostTable {
  /** What an endpoint costs that is not in the table. */
  readonly default: ThrottleCost;
  /**
   * By `METHOD /path`, where `{name}` in a path stands for any text without a slash: costs by rule id. In an id
   * `{name}` stands for a parameter, so that each of its values has a rule of its own (of a family).
   */
  readonly endpoints: { readonly [endpoint: string]: { readonly [ruleId: string]: Cost } };
}

/** Tells what a request costs. Made by {@link costTable}. */
export interface CostFunction {
  /**
   * @param method in capitals or not
   * @param path of the URL, or the URL; a query in it counts where there are no `params`
   * @param params what is sent, by name, or as a list if the request is a batch
   */
  (method: string, path: string, params?: Params): ThrottleCost;
  /** Endpoints that were asked for and are not in the table, and how often; ids in paths read `{id}`. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Whether the table has this endpoint. */
  has(method: string, path: string): boolean;
}

/** More than that are not told apart, lest ids in paths fill the memory. */
const MOST_UNKNOWN = 1000;

/**
 * A function that tells what a request costs, by a table. An endpoint that is not in the table costs the table's
 * `default`; the first time a warning says so.
 *
 * @throws {InvalidConfigError} something in the table is not what it must be
 */
export function costTable(table: CostTable): CostFunction {
  if (typeof table !== 'object' || table === null) throw invalidConfig('table', 'an object', table);
  const fallback: [string, Cost][] = entriesOf('default', table.default, readAmount);
  const entries = entriesOf('endpoints', table.endpoints, (field, costs) =>
    entriesOf(field, costs, readCost),
  );
  for (const [endpoint] of entries) {
    if (!/^[A-Z]+ \/\S*$/.test(endpoint)) {
      throw invalidConfig('endpoints', 'an object with keys such as "GET /api/v3/depth"', endpoint);
    }
  }
  const endpoints = new Endpoints(entries);
  const unknown = new Map<string, number>();
  const costs = (method: string, path: string, params?: Params): ThrottleCost => {
    readText('method', method);
    readText('path', path);
    const found = endpoints.find(method, path);
    if (!found) note(unknown, endpointName(method, path), fallback);
    const sent = params ?? (path.includes('?') ? /\?([^#]*)/.exec(path)?.[1] : undefined);
    return sum(found ?? fallback, sent);
  };
  const has = (method: string, path: string) => endpoints.find(method, path) !== undefined;
  return Object.assign(costs, { unknown, has });
}

function sum(costs: [string, Cost][], params: Params): ThrottleCost {
  const total: ThrottleCost = {};
  for (const [id, cost] of costs) {
    for (const [rule, amount] of amountsOf(id, cost, params)) {
      if (rule in total) {
        // Another item of the batch, or a name that any object has: nothing can be assigned to `__proto__`.
        const value = Object.hasOwn(total, rule) ? (total[rule] as number) + amount : amount;
        Object.defineProperty(total, rule, { value, configurable: true, enumerable: true, writable: true });
      } else {
        total[rule] = amount;
      }
    }
  }
  return total;
}

function note(unknown: Map<string, number>, endpoint: string, fallback: [string, Cost][]): void {
  const name = endpoint.replace(/\/(\d{3,}|[\da-f-]{8,})(?=\/|$)/gi, '/{id}');
  const times = unknown.get(name) ?? 0;
  if (times === 0 && unknown.size >= MOST_UNKNOWN) return;
  unknown.set(name, times + 1);
  if (times > 0) return;
  const counted = JSON.stringify(Object.fromEntries(fallback));
  console.warn(`multi-throttler: it is not known what ${name} costs; it counts as ${counted}`);
}

/** The own entries of an object as `read` reads them: copies, which later changes of the object do not reach. */
function entriesOf<T>(
  field: string,
  value: unknown,
  read: (field: string, value: unknown) => T,
): [string, T][] {
  if (typeof value !== 'object' || value === null) throw invalidConfig(field, 'an object', value);
  return Object.entries(value).map(([key, entry]) => [key, read(`${field}[${JSON.stringify(key)}]`, entry)]);
}

const COST_FIELDS = ['noCoin', 'byCount', 'noSymbol', 'byLimit', 'perItem', 'default'];

function readCost(field: string, value: unknown): Cost {
  if (typeof value !== 'object' || value === null) return readAmount(field, value);
  checkFields(value, COST_FIELDS, field, `${field}.`);
  const cost = value as Exclude<Cost, number>;
  const optional = <T>(name: keyof typeof cost, read: (field: string, value: unknown) => T) =>
    cost[name] === undefined ? undefined : read(`${field}.${name}`, cost[name]);
  return {
    noCoin: optional('noCoin', readAmount),
    byCount: optional('byCount', (path, pair) => readPair(path, pair, readSteps)),
    noSymbol: optional('noSymbol', readAmount),
    byLimit: optional('byLimit', readSteps),
    perItem: optional('perItem', (path, pair) => readPair(path, pair, readAmount)),
    default: optional('default', readAmount),
  };
}

function readSteps(field: string, value: unknown): Steps {
  if (!Array.isArray(value) || value.length === 0) throw invalidConfig(field, 'a list of pairs', value);
  return value.map((step, i) => {
    if (!Array.isArray(step) || step.length !== 2) throw invalidConfig(`${field}[${i}]`, 'a pair', step);
    return [readAmount(`${field}[${i}][0]`, step[0]), readAmount(`${field}[${i}][1]`, step[1])];
  });
}

/** A parameter's name and what goes by it. */
function readPair<T>(field: string, value: unknown, read: (field: string, value: unknown) => T): [string, T] {
  if (!Array.isArray(value) || value.length !== 2) throw invalidConfig(field, 'a pair', value);
  return [readText(`${field}[0]`, value[0]), read(`${field}[1]`, value[1])];
}

function readAmount(field: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw invalidConfig(field, 'a finite number of 0 or more', value);
}

function readText(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidConfig(field, 'a text', value);
}
