// Types that the files of the benchmark share.

/** At most `limit` requests of cost 1 in `interval` milliseconds. */
export interface Limits {
  limit: number;
  interval: number;
}

/** A limiter under test. */
export interface Limiter {
  /** Submits one request of cost 1. Its result is awaited. */
  request: () => unknown;
  /** Number of requests that it has granted, by its own count. Absent if it does not expose one. */
  counted?: () => number | Promise<number>;
}

/** Priority: critical, normal, low. A limiter without priorities ignores it. */
export type Rank = 0 | 1 | 2;

/** A limiter under which every request waits. */
export interface Backlog {
  request: (rank: Rank, signal?: AbortSignal) => Promise<unknown>;
  /** Number of waiters, if the limiter exposes it. */
  waiting?: () => number;
  /**
   * Grants all waiters. A backlog without it grants them by itself `hold` milliseconds after its
   * creation.
   */
  release?: () => void;
}

type MakeLimiter = (limits: Limits) => Limiter | Promise<Limiter>;

/** A module of subjects/: one limiter, and its set-up for each measure. */
export interface Subject {
  /** A limiter with one rule. */
  one: MakeLimiter;
  /** A limiter with three rules; every request takes from all three. */
  three?: MakeLimiter;
  /** Limits under which no request ever waits, if 10^12 per hour do not suit the limiter. */
  plenty?: Limits;
  /** Whether the subject is no limiter. */
  unlimited?: true;
  /** A backlog, under three rules if the limiter can have three, for `count` waiters. */
  backlog?: (hold: number, count: number) => Backlog | Promise<Backlog>;
}

/** The amount of work of a run. */
export interface Effort {
  /** Number of interleaved rounds; figures are medians over them. */
  rounds: number;
  /** Milliseconds of immediate grants per round, limiter and way of awaiting. */
  batch: number;
  /** Number of waiters. */
  backlog: number;
  /** Number of fresh processes for each cold start. */
  starts: number;
  /** Number of grants whose lateness is measured. */
  grants: number;
  /** Number of waiters while timers are counted. */
  timed: number;
}

/** The input of a measure. */
export interface Context {
  effort: Effort;
  /** The installed package: its folder, and a module beside it that re-exports it. */
  installed: { folder: string; entry: string };
  say: (text: string) => void;
}

/** A target, and whether it was reached. */
export interface Target {
  what: string;
  figure: string;
  target: string;
  reached: boolean;
}

export interface Table {
  title: string;
  /** Description of the measurement. */
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

/** A measure: one kind of measurement. */
export interface Measure {
  name: string;
  about: string;
  run: (context: Context) => Promise<Result>;
}
