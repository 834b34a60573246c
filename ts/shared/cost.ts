import { itemsIn, type Lookup, lookupIn, type Params } from './params.js';

/**
 * What a request costs of one rule: a number, or one that depends on the request's parameters. Of the fields that apply
 * the first counts, in the order in which they stand here.
 */
export type Cost =
  | number
  | {
      /** If there is no `coin`. */
      readonly noCoin?: number | undefined;
      /**
       * By how many things a parameter lists, if it is there: pairs of the most and the cost for up to so many. More
       * than the table knows cost its highest entry.
       */
      readonly byCount?: readonly [parameter: string, table: Steps] | undefined;
      /** If there is no `symbol`. */
      readonly noSymbol?: number | undefined;
      /**
       * By the `limit`, if there is one: pairs of the highest limit and the cost up to there. A limit above the table,
       * and one that is no number, costs the table's highest entry.
       */
      readonly byLimit?: Steps | undefined;
      /** So much for each thing that a parameter lists, if it is there: an array, or JSON or commas in a text. */
      readonly perItem?: readonly [parameter: string, cost: number] | undefined;
      /** If nothing else applies. Default 1, or the cost of one item. */
      readonly default?: number | undefined;
    };

/** Pairs of a greatest value and the cost up to there. */
export type Steps = readonly (readonly [most: number, cost: number])[];

/** What a cost comes to for these parameters. */
export function amountOf(cost: Cost, params: Params): number {
  if (typeof cost === 'number') return cost;
  const lookup = lookupIn(params);
  const { noCoin, byCount, noSymbol, byLimit, perItem } = cost;
  if (noCoin !== undefined && lookup('coin') === undefined) return noCoin;
  const count = byCount && itemsIn(params, byCount[0])?.length;
  if (byCount && count !== undefined) return stepOf(byCount[1], count);
  if (noSymbol !== undefined && lookup('symbol') === undefined) return noSymbol;
  const limit = byLimit && lookup('limit');
  if (byLimit && limit !== undefined) return stepOf(byLimit, Number(limit));
  const items = perItem && itemsIn(params, perItem[0])?.length;
  if (perItem && items !== undefined) return items * perItem[1];
  return cost.default ?? perItem?.[1] ?? 1;
}

/**
 * What a cost comes to for each rule that its id names: `{instId}` in an id is replaced by that parameter, `{name=text}`
 * by the text where the parameter is absent. In a batch each item counts for the rule that it names itself.
 */
export function amountsOf(id: string, cost: Cost, params: Params): [string, number][] {
  if (!id.includes('{')) return [[id, amountOf(cost, params)]];
  const perItem = typeof cost === 'object' ? cost.perItem : undefined;
  const items = perItem && itemsIn(params, perItem[0]);
  if (!perItem || !items) return [[fill(id, lookupIn(params)), amountOf(cost, params)]];
  const whole = lookupIn(params);
  return items.map((item) => {
    const own = lookupIn(typeof item === 'object' ? item : undefined);
    return [fill(id, (name) => own(name) ?? whole(name)), perItem[1]];
  });
}

/** The cost of the first step that reaches so far, and beyond the last the highest of all. */
function stepOf(steps: Steps, value: number): number {
  const reaching = steps.filter(([most]) => value <= most).sort(([a], [b]) => a - b);
  return reaching[0]?.[1] ?? Math.max(...steps.map(([, cost]) => cost));
}

function fill(id: string, lookup: Lookup): string {
  return id.replace(/\{([^{}=]*)(?:=([^{}]*))?\}/g, (_, name: string, otherwise = '-') =>
    String(lookup(name) ?? otherwise),
  );
}
