/**
 * A claim, as the ledger sends it: its number, rule by rule an amount and an end, lane by lane a
 * count.
 */
export type Claim = readonly [
  id: number,
  parts: readonly (readonly [rule: string, amount: number, until: number])[],
  lanes: readonly (readonly [lane: number, count: number])[],
];

/** The call of a process. The names are short, as each call carries them. */
export interface Request {
  /** The process. */
  readonly p: string;
  /** The number of the call. */
  readonly n: number;
  /** The epoch that the process knows; 0 if it knows none. */
  readonly e: number;
  /** The version of its rules, and their hash. */
  v: number;
  h: string;
  /** 1 in the first call. */
  readonly i: 0 | 1;
  /** 1 if messages reach the process. */
  readonly l: 0 | 1;
  /** Settled claims: by rule, what was spent and when last. */
  readonly s: readonly [
    claim: number,
    parts: readonly [rule: string, spent: number, last: number][],
  ][];
  /** Waiting requests: lane, level, count, and costs as rule, amount and ceiling. */
  readonly w: readonly [lane: number, level: number, count: number, costs: (string | number)[]][];
  /** Spare units that the process expects to need: rule, amount and ceiling. */
  readonly x: readonly [rule: string, amount: number, ceiling: number][];
  /** Claims that have arrived. */
  readonly k: readonly number[];
  /** Permits of settled claims. */
  readonly c: readonly [rule: string, held: number][];
  /** Spent before the data was lost: rule, amount, how long ago it began and ended. */
  readonly t: readonly [rule: string, amount: number, first: number, last: number][];
  /** Usage that the exchange has reported. */
  readonly u: readonly [rule: string, used: number][];
  /** Pauses in milliseconds from now, negative to resume; `''` for all rules. */
  readonly b: readonly [rule: string, ms: number][];
  /**
   * A refusal, or an accepted request after one: the number of refusals in a row that was known
   * before, 1 for a refusal, and the rules that it is about as JSON, absent for all.
   */
  readonly f?: readonly [known: number, isRefusal: 0 | 1, rules?: string];
  /** The exchange's clock minus the ledger's, if it is news. */
  readonly o?: number;
}

/** The answer of the ledger. */
export interface Answer {
  /** The ledger's clock. */
  readonly T: number;
  readonly ep: number;
  /** Milliseconds until it grants, after a loss of data. */
  readonly rec: number;
  /** The number of processes that called within a minute. */
  readonly n: number;
  readonly c: readonly Claim[];
  /** Milliseconds until another call may be served; -1 if nothing is blocked. */
  readonly again: number;
  /** The number of processes before this one. */
  readonly rank: number;
  /** Pauses: the rule, `''` for all, and the end. */
  readonly pa: readonly (readonly [rule: string, until: number])[];
  /** Of each rule of the call, the tokens that remain for all, and those of open claims. */
  readonly lv: readonly (readonly [rule: string, left: number, open: number])[];
  /** The number of refusals in a row, and the rules of the last one as JSON. */
  readonly f: number;
  readonly fr?: string;
  /** The exchange's clock minus the ledger's; 0 if no process knows. */
  readonly z: number;
  /** The policy by which the server evicts keys. */
  readonly policy?: string;
}

/** An answer in place of {@link Answer}, before anything was done. */
export interface Refusal {
  /** 1 if the ledger needs the rules. */
  readonly need?: 1;
  /** Rules of a later version. */
  readonly v?: number;
  readonly rules?: string;
  readonly err?: 'RULES_DIFFER' | 'TOO_OLD';
  /** The version of a server that is too old. */
  readonly is?: string;
}

/** A message to one process or to all. */
export interface Message {
  readonly ep?: number;
  readonly T?: number;
  readonly c?: readonly Claim[];
  readonly pa?: Answer['pa'];
  readonly f?: number;
  readonly fr?: string;
  readonly z?: number;
  /** Rules of which spares are asked back. */
  readonly rc?: readonly string[];
  /** The version of new rules. */
  readonly v?: number;
}
