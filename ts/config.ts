/** The unit of a rule's interval, as ccxt and Binance's `exchangeInfo` write it. */
export type IntervalType = 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY';

/**
 * The cost of one request: tokens by rule id, each a finite number of 0 or more. It is read once,
 * when the request is made, and only the object's own enumerable properties count. A cost of 0
 * names a rule that must exist but is not waited for.
 *
 * @typeParam Id the ids of the rules, where they are known
 *
 * @example
 * const cost: ThrottleCost = { REQUEST_WEIGHT: 5, ORDERS: 1 };
 */
export type ThrottleCost<Id extends string = string> = string extends Id
  ? { [ruleId: string]: number }
  : { [ruleId in CostId<Id>]?: number };

/** The ids that a cost can name under rules with these ids: a family stands for its members. */
export type CostId<Id extends string> = Id extends `${infer Prefix}*` ? `${Prefix}${string}` : Id;

/** The ids of rules, of families and of members of families. */
export type RuleId<Id extends string> = Id | CostId<Id>;

/**
 * The class of a request: critical requests are served before normal ones, and these before low
 * ones. Within a class, requests are served by their {@link Ranked.rank}, then first in first out.
 */
export type Priority = 'critical' | 'normal' | 'low';

/**
 * A class, and a rank inside the class.
 *
 * @example
 * await throttler.throttle({ ORDERS: 1 }, { priority: { class: 'low', rank: 5 } });
 */
export interface Ranked {
  /**
   * The class in which the request waits.
   *
   * @defaultValue `'normal'`
   * @example
   * const priority: Ranked = { class: 'critical', rank: -1 }; // after other critical requests
   */
  readonly class?: Priority | undefined;
  /**
   * The place inside the class: requests of a higher rank are served first, those of equal rank in
   * the order of their arrival. A whole number from -1000 to 1000. No rank goes before a higher
   * class.
   *
   * @defaultValue 0
   * @example
   * const priority: Ranked = { rank: 10 }; // before other normal requests
   */
  readonly rank?: number | undefined;
}

/** The importance of a request: its class, or its class and its rank. */
export type RequestPriority = Priority | Ranked;

/** Options of a request. */
export interface ThrottleOptions {
  /**
   * The class in which the request waits, or its class and its rank inside the class.
   *
   * @defaultValue `'normal'`
   * @example
   * await throttler.throttle({ ORDERS: 1 }, { priority: 'critical' });
   * await throttler.throttle({ ORDERS: 1 }, { priority: { class: 'low', rank: 5 } });
   * @throws {InvalidConfigError} there is no such class, or the rank is out of its range
   */
  priority?: RequestPriority | undefined;
  /**
   * Cancels the request when it aborts; the promise then rejects with the `reason` of the signal.
   *
   * @example
   * await throttler.throttle({ ORDERS: 1 }, { signal: AbortSignal.timeout(2000) });
   *
   * @defaultValue no signal
   */
  signal?: AbortSignal | undefined;
  /**
   * The longest wait, in milliseconds, 0 or more. The promise rejects with a {@link
   * WaitTimeoutError} when that time has passed, or at once if the wait is known to be longer.
   *
   * @defaultValue `Infinity`
   * @example
   * await throttler.throttle({ ORDERS: 1 }, { maxWait: 2000 });
   */
  maxWait?: number | undefined;
  /**
   * A name for {@link MultiThrottler.setPriority} and {@link MultiThrottler.cancel}. Of equal names
   * the latest counts.
   *
   * @defaultValue no name
   * @example
   * throttler.throttle({ ORDERS: 1 }, { id: 'quote-7' });
   * throttler.cancel('quote-7');
   */
  id?: string | undefined;
}

/** Options of a request that gets a permit. */
export interface AcquireOptions extends ThrottleOptions {
  /**
   * The longest time to hold the permit, in milliseconds above 0, from its grant: then its signal
   * aborts and it is released, so that a task that hangs gives its place back.
   *
   * @defaultValue `Infinity`
   *
   * @example
   * await throttler.run({ SOCKETS: 1 }, ({ signal }) => fetch(url, { signal }), { timeout: 5000 });
   */
  timeout?: number | undefined;
}

/** Which rules {@link MultiThrottler.resume} concerns. */
export interface ResumeOptions<Id extends string = string> {
  /**
   * The ids of the rules; that of a family stands for all its members.
   *
   * @defaultValue all rules, also those that are added later
   * @example
   * throttler.resume({ rules: ['ORDERS'] });
   */
  rules?: readonly RuleId<Id>[] | undefined;
}

/** The requests that {@link MultiThrottler.clear} rejects. */
export interface ClearOptions<Id extends string = string> {
  /**
   * The id of a rule, of a family with all its members, or of one member.
   *
   * @defaultValue all rules
   * @example
   * throttler.clear('no quotes any more', { rule: 'ORDERS' });
   */
  rule?: RuleId<Id> | undefined;
}

/** The requests and permits that {@link MultiThrottler.idle} waits for. */
export interface IdleOptions<Id extends string = string> extends ClearOptions<Id> {
  /**
   * Whether to wait also for the release of all permits.
   *
   * @defaultValue false
   * @example
   * await throttler.idle({ held: true });
   */
  held?: boolean | undefined;
}

/** The requests of a throttler, or those under one rule. */
export interface ThrottlerLoad {
  /** The number of waiting requests. */
  waiting: number;
  /** The number of held permits. */
  held: number;
}

/** Which rules {@link MultiThrottler.pause} concerns, and for how long. */
export interface PauseOptions<Id extends string = string> extends ResumeOptions<Id> {
  /**
   * The duration in milliseconds, 0 or more.
   *
   * @defaultValue until the rules are resumed
   * @example
   * throttler.pause({ ms: 30_000 });
   */
  ms?: number | undefined;
}

/** A mode: a margin of safety that can be switched at run time. */
export interface Mode {
  /**
   * The fraction of every limit that is never used: from 0 to below 1.
   *
   * @defaultValue 0
   * @example
   * new MultiThrottler(rules, { modes: { normal: { buffer: 0.1 } } });
   */
  buffer?: number | undefined;
  /**
   * The fraction of the limit, after the buffer, that only critical requests may use: from 0 to
   * below 1.
   *
   * @defaultValue 0
   * @example
   * new MultiThrottler(rules, { modes: { normal: { reserve: 0.2 } } });
   */
  reserve?: number | undefined;
}

/**
 * Time and timers. A test or a simulation gives a throttler its own, to control both.
 */
export interface Clock {
  /**
   * Returns milliseconds on a clock that never steps back; only differences count. If it does step
   * back, time stands still until it has made up for the step, as it is unknown which of the two
   * readings was right.
   */
  now(): number;
  /** Returns Unix milliseconds. */
  wallNow(): number;
  /**
   * Calls `callback` once in `ms` milliseconds, which may be a fraction and is at most 2^31 - 1. By
   * then `now()` has to have advanced, even if `ms` is less than it can resolve.
   */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Cancels a timer, by the handle that `setTimeout` returned. */
  clearTimeout(handle: unknown): void;
}

/** The part of a `Worker` that a throttler uses. */
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

/** The usage of one rule that a response reports. A field that is absent is not reported. */
export interface ReportedUsage {
  /** The id of the rule. */
  rule: string;
  /** The usage, in tokens. */
  used?: number | undefined;
  /** The remaining tokens. */
  remaining?: number | undefined;
  /** The limit, in tokens. */
  limit?: number | undefined;
  /** The end of the server's window, in Unix milliseconds of its own clock, to about a second. */
  resetAt?: number | undefined;
  /**
   * The time from the response to the end of the server's window, in milliseconds. More exact than
   * `resetAt`, which depends on two clocks; if a reader gives both, this one counts.
   */
  resetIn?: number | undefined;
  /**
   * Whether `used` is the complete count of the server at its response, the answered request
   * included. Then the usage of a fixed window may be lowered, by the cost of requests that turned
   * out to be free.
   *
   * @defaultValue false
   */
  exact?: boolean | undefined;
}

/**
 * Reads usage out of response headers. It must not throw: malformed values are left out.
 *
 * @param headers the headers of the response
 * @param status the HTTP status of the response
 * @param rules the rules of the report, which are those of the request: for servers whose headers
 *   describe the called endpoint without naming a limit
 */
export type HeaderReader = (
  headers: Headers,
  status: number,
  rules?: readonly string[] | undefined,
) => ReportedUsage[];

/** How long a refusal pauses that does not name a time itself. Milliseconds, above 0. */
export interface Backoff {
  /**
   * The n-th refusal (429) in a row pauses `base * 2^n`, n from 1, plus up to a tenth at random.
   *
   * @defaultValue 1000
   * @example
   * new MultiThrottler(rules, { backoff: { base: 500 } });
   */
  base?: number | undefined;
  /**
   * The longest such pause.
   *
   * @defaultValue 60 000
   * @example
   * new MultiThrottler(rules, { backoff: { max: 30_000 } });
   */
  max?: number | undefined;
  /**
   * A ban (418) pauses `banBase * 2^n` after n refusals or bans in a row.
   *
   * @defaultValue 120 000
   * @example
   * new MultiThrottler(rules, { backoff: { banBase: 300_000 } });
   */
  banBase?: number | undefined;
  /**
   * The longest such pause.
   *
   * @defaultValue 3 840 000
   * @example
   * new MultiThrottler(rules, { backoff: { banMax: 86_400_000 } });
   */
  banMax?: number | undefined;
}

/** The configuration of a throttler. */
export interface MultiThrottlerConfig {
  /**
   * The largest number of waiting requests: a whole number or `Infinity`, for all classes together
   * or one for each. A class that is left out keeps the default.
   *
   * @defaultValue 2000 in total
   *
   * @example
   * new MultiThrottler(rules, { maxCapacity: { low: 100 } });
   */
  maxCapacity?: number | { [P in Priority]?: number } | undefined;
  /**
   * The order of grants. `'work-conserving'`: a request may overtake blocked ones ahead of it if
   * each of them can still be granted at the instant for which it is planned. `'strict-fifo'`: the
   * first waiting request blocks all behind it.
   *
   * @defaultValue `'work-conserving'`
   * @example
   * new MultiThrottler(rules, { ordering: 'strict-fifo' });
   */
  ordering?: 'work-conserving' | 'strict-fifo' | undefined;
  /**
   * The fraction of every limit that this program uses, above 0 and at most 1: each limit becomes
   * `max(1, floor(limit * share))`. Other programs under the same limits get the rest.
   *
   * @defaultValue 1
   * @example
   * new MultiThrottler(rules, { share: 0.5 });
   */
  share?: number | undefined;
  /**
   * Modes by name, for {@link MultiThrottler.setMode}. Under a limit `L`, a mode's `buffer` lets
   * critical requests use `E = max(1, floor(L * (1 - buffer)))`; its `reserve` keeps `floor(E *
   * reserve)` of that for them. A request that costs more than its mode leaves is granted while
   * nothing else counts under the rule. The mode at the start is `'normal'`, which has neither
   * buffer nor reserve unless it is defined here.
   *
   * @example
   * new MultiThrottler(rules, { modes: { careful: { buffer: 0.2, reserve: 0.1 } } });
   *
   * @defaultValue none but `'normal'`, without a margin
   */
  modes?: { readonly [name: string]: Mode } | undefined;
  /**
   * Which request is rejected when the queue is full: the new one (`'reject'`), the last one of the
   * lowest class below its own (`'drop-lowest'`), or the oldest one of the lowest class that is not
   * above its own (`'drop-oldest'`, for requests that lose their worth while they wait). Ranks
   * divide a class into lower and higher ones. The last two apply where `maxCapacity` is one
   * number.
   *
   * @defaultValue `'reject'`
   * @example
   * new MultiThrottler(rules, { overflow: 'drop-oldest' });
   */
  overflow?: 'reject' | 'drop-lowest' | 'drop-oldest' | undefined;
  /**
   * Raises a waiting request by one class each time that it has waited this long, so that it cannot
   * starve: milliseconds, above 0. In a higher class it has rank 0.
   *
   * @defaultValue never
   * @example
   * new MultiThrottler(rules, { aging: 5000 });
   */
  aging?: number | undefined;
  /**
   * Whether a refusal (429) halves the limits of the rules that its request was under. Each
   * response below 400 raises them by the cost of its request, up to the limit itself, and a minute
   * after the last pause they are restored (additive increase, multiplicative decrease).
   *
   * @defaultValue false
   * @example
   * new MultiThrottler(rules, { adaptive: true });
   */
  adaptive?: boolean | undefined;
  /**
   * Reads usage out of response headers, for {@link MultiThrottler.report}.
   * `multi-throttler/exchange` has readers for exchanges.
   *
   * @defaultValue none: usage headers are not read
   * @example
   * new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
   */
  headers?: HeaderReader | undefined;
  /**
   * How long a refusal or a ban pauses that does not name a time itself.
   *
   * @defaultValue that of {@link Backoff}
   * @example
   * new MultiThrottler(rules, { backoff: { base: 500, max: 30_000 } });
   */
  backoff?: Backoff | undefined;
  /**
   * Accepted for code written for ccxt, and without effect, as nothing is polled.
   *
   * @defaultValue ignored
   * @example
   * new MultiThrottler(rules, { delay: 1 });
   */
  delay?: number | undefined;
  /**
   * Time and timers.
   *
   * @defaultValue `performance.now()`, `Date.now()` and the global timers, looked up at each use
   * @example
   * new MultiThrottler(rules, { clock: virtualClock });
   */
  clock?: Clock | undefined;
  /**
   * Node: whether waiting requests do not keep the process alive.
   *
   * @defaultValue false
   * @example
   * new MultiThrottler(rules, { unref: true });
   */
  unref?: boolean | undefined;
  /**
   * Pages: starts the worker whose timers replace those of a hidden page, which browsers slow down.
   * Called when it is first needed. All throttlers of a page share one worker.
   *
   * @defaultValue a worker made from text, which a content security policy has to allow
   *   (`worker-src blob:`)
   *
   * @example
   * const url = new URL('multi-throttler/timer-worker', import.meta.url);
   * new MultiThrottler(rules, { timerWorker: () => new Worker(url, { type: 'module' }) });
   */
  timerWorker?: (() => TimerWorker) | undefined;
}

/** The fields that {@link MultiThrottler.configure} changes. */
export type ConfigPatch = Pick<
  MultiThrottlerConfig,
  'maxCapacity' | 'ordering' | 'overflow' | 'share' | 'aging' | 'modes' | 'adaptive' | 'backoff'
>;

/** The status of one rule. */
export interface RuleStatus {
  /** The remaining tokens. Negative in a bucket that allows debt. */
  tokens: number;
  /** The limit in force, by share and mode; for a bucket less the part that its jitter takes. */
  capacity: number;
  /** `1 - tokens / capacity`, the used fraction. */
  utilization: number;
  /** `'account'` for a rule of that scope; absent for a rule that an IP address shares. */
  scope?: 'account';
}

/** The status of each rule, by its id. */
export type ThrottlerStatus<Id extends string = string> = { [ruleId in RuleId<Id>]: RuleStatus };

/**
 * The state of a throttler as JSON-safe data. Times are milliseconds; an infinite duration is
 * `null`.
 */
export interface ThrottlerSnapshot {
  /** The version of this format. */
  version: number;
  /** When the snapshot was made, in Unix milliseconds. */
  savedAt: number;
  /** The server's clock minus this machine's. */
  clockOffset: number;
  /** The mode in force. */
  mode: string;
  /** The time until the mode ends. */
  modeEndsIn: number | null;
  /** The remaining pause of all rules. */
  pausedFor: number | null;
  /** The number of refusals (429) in a row. */
  refusals: number;
  /** The number of bans (418) in a row. */
  bans: number;
  /** The remaining pause of refusals and bans. */
  backoffFor: number | null;
  /** The usage of each rule, as numbers that its algorithm reads, and its remaining pause. */
  rules: { [ruleId: string]: { algorithm: string; used: number[]; pausedFor: number | null } };
}
