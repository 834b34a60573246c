// What the files of the benchmark tell each other.

/** So many requests of cost 1 in so many milliseconds. */
export interface Limits {
  limit: number;
  interval: number;
}

/** A limiter under test. */
export interface Limiter {
  /** Makes one request of cost 1. What it returns is awaited. */
  request: () => unknown;
  /** How many requests it has granted, from its own books. Left out where it tells nobody. */
  counted?: () => number | Promise<number>;
}

/** Critical, normal, low. A limiter without priorities takes no notice of it. */
export type Rank = 0 | 1 | 2;

/** A limiter at which every request waits. */
export interface Backlog {
  request: (rank: Rank, signal?: AbortSignal) => Promise<unknown>;
  /** How many wait, where it can be asked. */
  waiting?: () => number;
  /** Lets all go at once. A backlog without it lets them go by itself, `hold` milliseconds after it was made. */
  release?: () => void;
}

type MakeLimiter = (limits: Limits) => Limiter | Promise<Limiter>;

/** A module of subjects/: one limiter and how it is set up for each measure. */
export interface Subject {
  /** With one rule. */
  one: MakeLimiter;
  /** With three rules, of which every request takes from all. */
  three?: MakeLimiter;
  /** The limits at which nothing ever waits, where 10^12 in an hour do not suit it. */
  plenty?: Limits;
  /** It is no limiter. */
  unlimited?: true;
  /** Three rules where it can have three. `count` requests are going to wait. */
  backlog?: (hold: number, count: number) => Backlog | Promise<Backlog>;
}

/** How much work a run does. */
export interface Effort {
  /** Interleaved rounds; the figures are medians over them. */
  rounds: number;
  /** Milliseconds of immediate grants in each round, for each limiter and way. */
  batch: number;
  /** Requests that wait. */
  backlog: number;
  /** Fresh processes for each cold start. */
  starts: number;
  /** Grants whose lateness is looked at. */
  grants: number;
  /** Requests that wait while timers are counted. */
  timed: number;
}

/** What each measure is given. */
export interface Context {
  effort: Effort;
  /** The installed package: its folder, and a module beside it that exports all that it exports. */
  installed: { folder: string; entry: string };
  say: (text: string) => void;
}

/** A target and whether it was reached. */
export interface Target {
  what: string;
  figure: string;
  target: string;
  reached: boolean;
}

export interface Table {
  title: string;
  /** What was done, in words. */
  about: string;
  head: string[];
  rows: string[][];
}

export interface Result {
  /** All figures, for results.json. */
  figures: Record<string, unknown>;
  tables: Table[];
  targets: Target[];
}

/** One thing that is measured. */
export interface Measure {
  name: string;
  about: string;
  run: (context: Context) => Promise<Result>;
}
