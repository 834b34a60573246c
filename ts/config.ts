/** How the length of a rule's interval is written in ccxt and in Binance's `exchangeInfo`. */
export type IntervalType = 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY';

/**
 * What one request costs: tokens by rule id, each finite and not negative. Read once, when the request is made; only
 * the object's own enumerable properties count. A cost of 0 names a rule that must exist but is not waited for.
 */
export interface ThrottleCost {
  [ruleId: string]: number;
}

/** The class in which a request waits: critical before normal before low, first come first served inside a class. */
export type Priority = 'critical' | 'normal' | 'low';

/** What a request may ask for beside its costs. */
export interface ThrottleOptions {
  /** The class in which it waits. Default `'normal'`. */
  priority?: Priority | undefined;
  /** Takes the request out of the queue when it aborts; the promise rejects with the signal's `reason` as it is. */
  signal?: AbortSignal | undefined;
  /**
   * The longest wait that is worth it, in milliseconds, 0 or more. The promise rejects with a
   * {@link WaitTimeoutError} when that has passed, and at once if it is known to be missed. Default: any wait.
   */
  maxWait?: number | undefined;
  /** A name by which `setPriority` finds the request while it waits. Of equal ones the latest counts. */
  id?: string | undefined;
}

/** Which rules a pause concerns. */
export interface ResumeOptions {
  /** Their ids; of a family all members. Default: all rules, also those that are added later. */
  rules?: readonly string[] | undefined;
}

/** Which rules pause, and how long. */
export interface PauseOptions extends ResumeOptions {
  /** For how many milliseconds, 0 or more. Default: until they are resumed. */
  ms?: number | undefined;
}

/** How careful a throttler is in a mode. */
export interface Mode {
  /** The part of every limit that nobody uses: from 0 to below 1. Default 0. */
  buffer?: number | undefined;
  /** The part of what is left of it that is kept for critical requests: from 0 to below 1. Default 0. */
  reserve?: number | undefined;
}

/** Time and timers. Give one to a throttler to control both, in a test or a simulation. */
export interface Clock {
  /**
   * Milliseconds on a clock that never steps back; only differences count. If it does all the same, time stands still
   * until the clock has made up for it, since nobody knows which of the two readings was right.
   */
  now(): number;
  /** Unix milliseconds. */
  wallNow(): number;
  /**
   * Calls `callback` once in `ms` milliseconds, which may be a fraction and is at most 2^31 - 1. By then `now()` has to
   * have moved, also where `ms` is less than it can tell apart.
   */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Takes back a call that was asked for, by the handle that `setTimeout` returned. */
  clearTimeout(handle: unknown): void;
}

/** What a throttler uses of a `Worker`. */
export interface TimerWorker {
  // biome-ignore lint/suspicious/noExplicitAny: a `Worker` takes any, too
  postMessage(message: any): void;
  terminate(): void;
  // biome-ignore lint/suspicious/noExplicitAny: the events of a `Worker` have types of their own
  onmessage: ((event: any) => unknown) | null;
  // biome-ignore lint/suspicious/noExplicitAny: the events of a `Worker` have types of their own
  onerror: ((event: any) => unknown) | null;
}

/** Response headers, with names in any case. */
export type HeadersLike =
  | Headers
  | Iterable<readonly [string, string]>
  | { readonly [name: string]: string | readonly string[] | undefined };

/** What an answer tells of one rule. What is left out it does not tell. */
export interface ReportedUsage {
  /** The rule's id. */
  rule: string;
  /** What is used, in tokens. */
  used?: number | undefined;
  /** What is left, in tokens. */
  remaining?: number | undefined;
  /** The limit, in tokens. */
  limit?: number | undefined;
  /** When the server begins to count anew, in Unix milliseconds of its own clock, to about a second. */
  resetAt?: number | undefined;
  /**
   * In how many milliseconds from its response the server begins to count anew. More exact than `resetAt`, which depends
   * on two clocks; where a reader gives both, this one counts.
   */
  resetIn?: number | undefined;
  /**
   * Whether `used` is all that the server counted under the rule when it answered, the answered request included. Then what
   * is used of a fixed window may become less, by what requests turned out not to cost: see the README. Default `false`.
   */
  exact?: boolean | undefined;
}

/**
 * Reads what response headers tell of the rules. It must not throw: what it cannot read it leaves out.
 *
 * @param headers of the answer
 * @param status the answer's HTTP status
 * @param rules those that `report` was given, which are those of the request: for servers whose headers speak of the
 *   called endpoint without naming a limit
 */
export type HeaderReader = (
  headers: Headers,
  status: number,
  rules?: readonly string[] | undefined,
) => ReportedUsage[];

/** For how long nothing is sent after a refusal that does not say so itself. Milliseconds, above 0. */
export interface Backoff {
  /** The n-th refusal (429) in a row pauses `base * 2^n`, n from 1, and up to a tenth more at random. Default 1000. */
  base?: number | undefined;
  /** But no longer than this. Default 60 000. */
  max?: number | undefined;
  /** A ban (418) pauses `banBase * 2^n` after n refusals or bans in a row. Default 120 000. */
  banBase?: number | undefined;
  /** But no longer than this. Default 3 840 000. */
  banMax?: number | undefined;
}

/** How a throttler is set up. */
export interface MultiThrottlerConfig {
  /**
   * How many requests may wait: a whole number or `Infinity`, for all classes together or one for each (a class that
   * is left out keeps the default). Default 2000 in total.
   */
  maxCapacity?: number | { [P in Priority]?: number } | undefined;
  /**
   * Who of several waiting requests may go. `'work-conserving'` (default): a request may pass those ahead of it that are
   * blocked if, for every rule that it uses, what is left covers all that they want of it and its own cost.
   * `'strict-fifo'`: the first that waits holds up all others.
   */
  ordering?: 'work-conserving' | 'strict-fifo' | undefined;
  /**
   * The share of every limit that is used, above 0 and at most 1: each becomes `max(1, floor(limit * share))`, which
   * leaves the rest to other programs under the same limits. Default 1.
   */
  share?: number | undefined;
  /**
   * Modes by name, for `setMode`. For a limit `L` a mode's `buffer` leaves `E = max(1, floor(L * (1 - buffer)))` to critical
   * requests; its `reserve` keeps `floor(E * reserve)` of that for them. `'normal'` is the mode at the start, and without
   * buffer and reserve unless it is set here.
   */
  modes?: { readonly [name: string]: Mode } | undefined;
  /**
   * What happens to a request that finds the queue full: it rejects (`'reject'`, default), or the last of the lowest
   * class below its own does in its place (`'drop-lowest'`, where `maxCapacity` is one number).
   */
  overflow?: 'reject' | 'drop-lowest' | undefined;
  /**
   * After so many milliseconds, above 0, a request is served one class higher, and after as many again one more, so
   * that none starves. Default: never.
   */
  aging?: number | undefined;
  /**
   * Whether a refusal (429) also cuts the limits in half that its request is under. Each answer below 400 lets them climb
   * by what its request cost, never above the limit, and a minute after the last pause they are whole again (additive
   * increase, multiplicative decrease). Default `false`.
   */
  adaptive?: boolean | undefined;
  /** What `report` reads usage out of response headers with. Exchanges' own are in `multi-throttler/exchange`. */
  headers?: HeaderReader | undefined;
  /** How long `report` pauses after a refusal or a ban that does not say so itself. */
  backoff?: Backoff | undefined;
  /** Accepted for ccxt code and without effect: nothing is polled. */
  delay?: number | undefined;
  /** Time and timers. Default: `performance.now()` and the global timers, looked up when they are used. */
  clock?: Clock | undefined;
  /** Node: waiting requests do not keep the process alive. Default `false`. */
  unref?: boolean | undefined;
  /**
   * Pages: starts the worker whose timers replace those of a hidden page, which browsers slow down:
   * `() => new Worker(new URL('multi-throttler/timer-worker', import.meta.url), { type: 'module' })`. Called
   * when it is first needed. Default: a worker made from text, which a content security policy has to allow
   * (`worker-src blob:`). All throttlers of a page share one worker.
   */
  timerWorker?: (() => TimerWorker) | undefined;
}

/** What is left of one rule. */
export interface RuleStatus {
  /** Tokens that are left now. Below 0 in a bucket that allows debt. */
  tokens: number;
  /** The limit in force: by share and mode, less what jitter costs of a bucket. */
  capacity: number;
  /** `1 - tokens / capacity` */
  utilization: number;
  /** `'account'` for a rule of that scope; absent for a rule that an IP address shares. */
  scope?: 'account';
}

/** What is left of each rule, by its id. */
export interface ThrottlerStatus {
  [ruleId: string]: RuleStatus;
}

/** What a throttler knows, as a value for JSON. Times are milliseconds; a duration that does not end is `null`. */
export interface ThrottlerSnapshot {
  /** The version of this format. */
  version: number;
  /** When it was made, in Unix milliseconds. */
  savedAt: number;
  /** The server's clock less this machine's. */
  clockOffset: number;
  /** The mode that is on, and for how long more. */
  mode: string;
  modeEndsIn: number | null;
  /** For how long more all rules are paused. */
  pausedFor: number | null;
  /** Refusals (429) and bans (418) in a row, and for how long more they pause. */
  refusals: number;
  bans: number;
  backoffFor: number | null;
  /** What is used of each rule, in numbers that its algorithm reads. */
  rules: { [ruleId: string]: { algorithm: string; used: number[]; pausedFor: number | null } };
}
