import { Parameters } from './params.js';

/**
 * The cost of a request under one rule: a number, or one that depends on the request's parameters.
 * Parameters are named as they are sent; a name with dots leads into objects (`action.orders`).
 */
export type Cost = number | CostTerms;

/**
 * A cost by parameters. Of the fields from `batch` to `default` the first that applies tells the
 * amount, in the order in which they stand here. The fields after them change that amount.
 */
export interface CostTerms {
  /**
   * The cost holds for batches of so many items alone, from the least to the most; any other
   * request costs nothing of this rule. So a batch of one can count as a single order, under the
   * rule of single orders.
   */
  readonly batch?: readonly [parameter: string, least: number, most: number] | undefined;
  /**
   * If a parameter matches a pattern, the request costs nothing; of a batch the items that match do
   * not count: `['instId', '^[^-]+-[^-]+$']` leaves out what has one hyphen.
   */
  readonly unless?: readonly [parameter: string, pattern: string] | undefined;
  /** If there is no `coin`: short for `missing: { coin: ... }`. */
  readonly noCoin?: number | undefined;
  /**
   * By the value of a parameter, if the table has it: `['type', { l2Book: 2, userRole: 60 }]`. A
   * cost in it may depend on other parameters and on the answer.
   */
  readonly byValue?:
    | readonly [parameter: string, costs: { readonly [value: string]: Cost }]
    | undefined;
  /**
   * If a parameter is there: the first of these that is. Its cost may depend on others, so that a
   * list can go by two names: `{ orders: { perItem: ['orders', 1] }, json: { perItem:
   * ['json.orders', 1] } }`.
   */
  readonly given?: { readonly [parameter: string]: Cost } | undefined;
  /**
   * By how many things a parameter lists, if it is there: pairs of the most and the cost for up to
   * so many. More than the table knows cost its highest entry.
   */
  readonly byCount?: readonly [parameter: string, table: Steps] | undefined;
  /** If a parameter is absent: the first of these that is. Its cost may depend on others. */
  readonly missing?: { readonly [parameter: string]: Cost } | undefined;
  /** If there is no `symbol`: short for `missing: { symbol: ... }`. */
  readonly noSymbol?: number | undefined;
  /** By the `limit`, if there is one: short for `byAmount: ['limit', ...]`. */
  readonly byLimit?: Steps | undefined;
  /**
   * By the number in a parameter, if it is there: pairs of the highest number and the cost up to
   * there. A number above the table, and a text that is no number, cost the table's highest entry.
   */
  readonly byAmount?: readonly [parameter: string, table: Steps] | undefined;
  /**
   * A cost for each thing that a parameter lists, if it is there: an array, or JSON or commas in a
   * text. With `every` so much for each whole set of so many: `['action.orders', 1, 40]` is nothing
   * up to 39 and 1 from 40 on.
   */
  readonly perItem?: readonly [parameter: string, cost: number, every?: number] | undefined;
  /**
   * Whether a batch is charged as one item for each rule that its items name, however many of them
   * name it: for exchanges that count a batch as one request of each market.
   */
  readonly once?: boolean | undefined;
  /** If nothing else applies. Default 1, or the cost of one item. */
  readonly default?: number | undefined;

  /** Comes on top of the amount: `{ plus: 9, perItem: ['batchOrder', 1] }` is 9 and 1 for each. */
  readonly plus?: number | undefined;
  /**
   * Comes on top for what the answer lists: so much for each `every` items begun. Beforehand a
   * request is charged for `most`, the most that an answer can have; `after` of the cost function
   * tells what it turned out to cost.
   */
  readonly answer?: AnswerCost | undefined;
  /**
   * The most that a request is charged, whatever the above amounts to. For requests that an
   * exchange accepts though they cost more than its limit, which could never be granted otherwise.
   */
  readonly atMost?: number | undefined;
}

/** Cost of the items of an answer. */
export interface AnswerCost {
  readonly cost: number;
  readonly every: number;
  readonly most: number;
}

/** Pairs of a greatest value and the cost up to there. */
export type Steps = readonly (readonly [most: number, cost: number])[];

/**
 * Returns what a cost comes to for a request.
 *
 * @param answered number of items that its answer had; undefined before it came
 */
export function amountOf(cost: Cost, params: Parameters, answered?: number): number {
  if (typeof cost === 'number') return cost;
  const { batch, unless, plus = 0, answer, atMost = Number.POSITIVE_INFINITY } = cost;
  if (batch) {
    const count = params.items(batch[0])?.length ?? 1;
    if (count < batch[1] || count > batch[2]) return 0;
  }
  if (unless && isExempt(unless, params.get(unless[0])) && itemsOf(cost, params) === undefined)
    return 0;
  const ofAnswer = answer ? Math.ceil((answered ?? answer.most) / answer.every) * answer.cost : 0;
  return Math.min(amountBefore(cost, params, answered) + plus + ofAnswer, atMost);
}

/**
 * Returns the amount before `plus`, `answer` and `atMost`: that of the first field that applies.
 */
function amountBefore(cost: CostTerms, params: Parameters, answered: number | undefined): number {
  const { noCoin, byValue, given, byCount, missing, noSymbol, byLimit, byAmount, perItem } = cost;
  if (noCoin !== undefined && params.get('coin') === undefined) return noCoin;
  const value = byValue && params.get(byValue[0]);
  if (byValue && value !== undefined && Object.hasOwn(byValue[1], String(value))) {
    return amountOf(byValue[1][String(value)] as Cost, params, answered);
  }
  const present = given && Object.keys(given).find((name) => params.get(name) !== undefined);
  if (given && present !== undefined) return amountOf(given[present] as Cost, params, answered);
  const count = byCount && params.items(byCount[0])?.length;
  if (byCount && count !== undefined) return stepOf(byCount[1], count);
  const absent = missing && Object.keys(missing).find((name) => params.get(name) === undefined);
  if (missing && absent !== undefined) return amountOf(missing[absent] as Cost, params, answered);
  if (noSymbol !== undefined && params.get('symbol') === undefined) return noSymbol;
  const limit = byLimit && params.get('limit');
  if (byLimit && limit !== undefined) return stepOf(byLimit, Number(limit));
  const amount = byAmount && params.get(byAmount[0]);
  if (byAmount && amount !== undefined) return stepOf(byAmount[1], Number(amount));
  const items = itemsOf(cost, params);
  if (perItem && items) return Math.floor(items.length / (perItem[2] ?? 1)) * perItem[1];
  return cost.default ?? perItem?.[1] ?? 1;
}

/** Whether a cost, or one that it leads to, goes by what the answer lists. */
export function goesByAnswer(cost: Cost): boolean {
  if (typeof cost === 'number') return false;
  const { answer, byValue, given, missing } = cost;
  const others = [byValue?.[1], given, missing].flatMap((costs) => Object.values(costs ?? {}));
  return answer !== undefined || others.some(goesByAnswer);
}

/** The items of a batch that count; undefined if the request is none. */
function itemsOf({ perItem, unless }: CostTerms, params: Parameters) {
  const items = perItem && params.items(perItem[0]);
  if (!unless) return items;
  return items?.filter((item) => !isExempt(unless, valueIn(item, unless[0])));
}

/** Returns a parameter of an item of a batch. */
function valueIn(item: unknown, name: string): unknown {
  if (typeof item !== 'object' || item === null) return undefined;
  // Nearly always an own property, which is found faster so.
  if (Object.hasOwn(item, name)) return (item as { readonly [name: string]: unknown })[name];
  return new Parameters(item).get(name);
}

function isExempt([, pattern]: NonNullable<CostTerms['unless']>, value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(pattern);
    patterns.set(pattern, compiled);
  }
  return compiled.test(String(value));
}

/** Compiled patterns, of which tables have few. */
const patterns = new Map<string, RegExp>();

/** The id of a rule with places for parameters. */
export interface IdTemplate {
  /** The text before each place and after the last one. */
  readonly texts: readonly string[];
  readonly places: readonly { readonly name: string; readonly otherwise: string }[];
}

/**
 * Returns the template in an id: `{instId}` stands for that parameter, `{name=text}` for the text
 * where the parameter is absent, which is `-` unless it is given. Undefined for an id without
 * places.
 */
export function templateOf(id: string): IdTemplate | undefined {
  const found = [...id.matchAll(/\{([^{}=]*)(?:=([^{}]*))?\}/g)];
  if (found.length === 0) return undefined;
  const ends = found.map(({ index, 0: place }) => index + place.length);
  const starts = [...found.map(({ index }) => index), id.length];
  return {
    texts: starts.map((start, i) => id.slice(i === 0 ? 0 : ends[i - 1], start)),
    places: found.map(([, name = '', otherwise = '-']) => ({ name, otherwise })),
  };
}

/**
 * Adds what a cost comes to for each rule that its id names. In a batch each item counts for the
 * rule that it names itself.
 *
 * @param add takes the id of a rule and an amount
 * @param derived parameters that are made of others, see the table's `derived`
 */
export function addAmounts(
  add: (id: string, amount: number) => void,
  id: IdTemplate,
  cost: Cost,
  params: Parameters,
  derived?: Derived,
  answered?: number,
): void {
  const items = typeof cost === 'object' ? itemsOf(cost, params) : undefined;
  const total = amountOf(cost, params, answered);
  if (!items) {
    add(fill(id, params, undefined, derived), total);
    return;
  }
  const ids = items.map((item) => {
    const own = typeof item === 'object' ? new Parameters(item) : undefined;
    return fill(id, params, own, derived);
  });
  const isOnce = typeof cost === 'object' && cost.once === true;
  for (const named of isOnce ? new Set(ids) : ids) add(named, total / items.length);
}

function fill(
  { texts, places }: IdTemplate,
  params: Parameters,
  own: Parameters | undefined,
  derived?: Derived,
) {
  let id = texts[0] as string;
  for (let i = 0; i < places.length; i++) {
    const { name, otherwise } = places[i] as IdTemplate['places'][number];
    id += String(lookUp(name, params, own, derived) ?? otherwise) + texts[i + 1];
  }
  return id;
}

/**
 * Returns a parameter of an item or else of the request; undefined if it is absent and not made of
 * another either.
 */
function lookUp(
  name: string,
  params: Parameters,
  own: Parameters | undefined,
  derived?: Derived,
): unknown {
  const value = own?.get(name) ?? params.get(name);
  if (value !== undefined || !derived || !Object.hasOwn(derived, name)) return value;
  const [from, pattern, to] = derived[name] as Derived[string];
  const source = own?.get(from) ?? params.get(from);
  return source === undefined ? undefined : String(source).replace(pattern, to);
}

/**
 * Parameters that are made of others: the one they are made of, what is looked for in it, and what
 * replaces it.
 */
export interface Derived {
  readonly [name: string]: readonly [from: string, pattern: RegExp, to: string];
}

/** The cost of the first step that reaches so far, and beyond the last the highest of all. */
function stepOf(steps: Steps, value: number): number {
  let best: readonly [number, number] | undefined;
  for (const step of steps) {
    if (value <= step[0] && (best === undefined || step[0] < best[0])) best = step;
  }
  return best?.[1] ?? Math.max(...steps.map(([, cost]) => cost));
}
