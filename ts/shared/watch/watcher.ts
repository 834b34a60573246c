import { HeardState } from './heard.js';
import { Journal } from './journal.js';
import { QueueTimes } from './queue-times.js';
import {
  CLASSES,
  type Occurrence,
  type Pause,
  type PauseReading,
  type Reading,
  type RuleReading,
} from './reading.js';
import type { Watched, WatchedModes, WatchedPause, WatchedSnapshot } from './watched.js';
import { windowOf } from './windows.js';

/**
 * The pauses of single rules are read after each event of a pause, and at least this often, in
 * milliseconds: reading them copies the logs of all rolling windows.
 */
const PAUSES_EVERY = 10_000;

type Class = (typeof CLASSES)[number];

/** The pauses of single rules, as of one instant. */
interface RulePauses {
  readonly at: number;
  readonly until: ReadonlyMap<string, number>;
}

/**
 * Reads the state of a throttler, and keeps what happens between two readings. It listens to rare
 * events only, so a busy throttler pays nothing for it.
 */
export class Watcher {
  readonly #throttler: Watched;
  /** Undefined: those that the throttler tells. */
  readonly #givenModes: WatchedModes | undefined;
  readonly #now: () => number;
  readonly #journal = new Journal();
  /** Undefined where the throttler knows how long its requests wait. */
  readonly #queues: { readonly [P in Class]: QueueTimes } | undefined;
  readonly #leave: readonly (() => void)[];
  #refusals = 0;
  #bans = 0;
  #overflows: number | undefined;
  #pauses: RulePauses | undefined;
  /** Undefined where the throttler has snapshots. */
  readonly #heard: HeardState | undefined;
  /** The places of rules in snapshots, by id. */
  #places: ReadonlyMap<string, number> = new Map();

  /**
   * @param modes modes of a throttler that does not tell them
   * @param now Unix milliseconds, for the lengths of waits
   */
  constructor(
    throttler: Watched,
    modes: WatchedModes | undefined = undefined,
    now: () => number = () => Date.now(),
  ) {
    this.#throttler = throttler;
    this.#givenModes = modes;
    this.#now = now;
    const since = now();
    this.#heard =
      throttler.snapshotPart === undefined
        ? new HeardState(() => throttler.getStats().pausedUntil)
        : undefined;
    const queues = throttler.longestWaits === undefined ? queueTimes(since) : undefined;
    this.#queues = queues;
    this.#leave = [
      ...(queues
        ? [throttler.on('queue', ({ priority }) => queues[priority].add(this.#now()))]
        : []),
      throttler.on('threshold', ({ rule, level }) =>
        this.#add(`threshold ${level} ${rule}`, { kind: 'threshold', rule, level }),
      ),
      throttler.on('pause', (event) => this.#paused(event)),
      throttler.on('resume', ({ rules }) => {
        this.#pauses = undefined;
        this.#heard?.resumed(rules);
        this.#add('resume', { kind: 'resume', rules });
      }),
      throttler.on('mode', ({ mode }) => this.#add(`mode ${mode}`, { kind: 'mode', mode })),
    ];
  }

  /** Stops listening. */
  close(): void {
    for (const leave of this.#leave) leave();
  }

  /** The number of the latest occurrence. */
  get seq(): number {
    return this.#journal.seq;
  }

  /** Returns the kept occurrences with numbers above `seq`, the oldest first. */
  since(seq: number): Occurrence[] {
    return this.#journal.since(seq);
  }

  /**
   * Returns the state now.
   *
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  read(): Reading {
    const head = this.#part(0, 0);
    const stats = this.#throttler.getStats();
    const { granted, rejected, aborted, wait, mode, consecutive429, throttleFactor } = stats;
    this.#noteOverflows(rejected.QUEUE_OVERFLOW ?? 0);
    const now = this.#now();
    const exact = this.#throttler.longestWaits?.();
    const waiting = Object.fromEntries(
      CLASSES.map((name, at) => {
        const count = stats.waiting[name];
        const longest = exact?.[at] ?? this.#queues?.[name].longest(count, now) ?? 0;
        return [name, { count, longest: Math.round(longest) }];
      }),
    ) as Reading['waiting'];
    const rules = this.#rules(head, stats.peakUtilization, mode);
    return {
      at: Math.round(head.savedAt),
      rules,
      waiting,
      granted,
      rejected,
      aborted,
      refused: { refusals: this.#refusals, bans: this.#bans },
      wait,
      mode,
      modeEndsAt: head.modeEndsIn === null ? null : Math.round(head.savedAt + head.modeEndsIn),
      modes: this.#modeNames(),
      pause: pauseOf(head, rules),
      consecutive429,
      throttleFactor,
    };
  }

  get #modes(): WatchedModes {
    return this.#givenModes ?? this.#throttler.modes ?? {};
  }

  /** Returns the names of the modes that one can choose between. */
  #modeNames(): string[] {
    const names = Object.keys(this.#modes);
    return names.length > 1 ? names : [];
  }

  #rules(
    head: WatchedSnapshot,
    peaks: { readonly [ruleId: string]: number },
    mode: string,
  ): RuleReading[] {
    const reserve = this.#modes[mode]?.reserve ?? 0;
    const { savedAt: at, clockOffset } = head;
    const paused = this.#rulePauses(at);
    return Object.entries(this.#throttler.getStatus()).map(([id, status]) => {
      const used = rounded(Math.max(0, status.capacity - status.tokens));
      const definition = this.#throttler.getRule(id);
      const opened = isOpenedByRequests(definition) ? this.#openFor(id) : undefined;
      return {
        id,
        ...windowOf(definition, { at, clockOffset }, used, opened),
        limit: status.capacity,
        used,
        reserve: Math.floor(status.capacity * reserve),
        peak: peaks[id] ?? 0,
        scope: status.scope ?? 'ip',
        pause: pauseUntil(paused.get(id) ?? 0, at),
      };
    });
  }

  /** Returns how long the window of a rule has been open; undefined if it is not. */
  #openFor(id: string): number | undefined {
    const place = this.#places.get(id);
    const saved = place === undefined ? undefined : this.#partAt(place, 1);
    if (saved !== undefined && id in saved.rules) return saved.rules[id]?.used[0];
    // A member of a family came or went, so places have changed.
    this.#findPlaces();
    const found = this.#places.get(id);
    return found === undefined ? undefined : this.#part(found, 1).rules[id]?.used[0];
  }

  #findPlaces(): void {
    const places = new Map<string, number>();
    for (let place = 0; ; place++) {
      const part = this.#partAt(place, 1);
      if (part === undefined) break;
      for (const id of Object.keys(part.rules)) places.set(id, place);
    }
    this.#places = places;
  }

  /** Returns the ends of the pauses of single rules, in Unix milliseconds. */
  #rulePauses(at: number): ReadonlyMap<string, number> {
    const last = this.#pauses;
    if (last !== undefined && at >= last.at && at - last.at < PAUSES_EVERY) return last.until;
    const until = new Map<string, number>();
    const { pausedFor: ofAll, rules } = this.#part(0, Number.MAX_SAFE_INTEGER);
    for (const [id, { pausedFor }] of Object.entries(rules)) {
      const own = pausedFor ?? Number.POSITIVE_INFINITY;
      if (own > (ofAll ?? Number.POSITIVE_INFINITY)) until.set(id, at + own);
    }
    this.#pauses = { at, until };
    return until;
  }

  #part(from: number, count: number): WatchedSnapshot {
    const part = this.#partAt(from, count);
    if (part === undefined) throw new RangeError(`no rule has the place ${from}`);
    return part;
  }

  #partAt(from: number, count: number): WatchedSnapshot | undefined {
    return this.#heard === undefined
      ? this.#throttler.snapshotPart?.(from, count)
      : this.#heard.part(from, this.#now());
  }

  #paused({ rules, until, status }: WatchedPause): void {
    this.#pauses = undefined;
    this.#heard?.paused({ rules, until, status });
    const kind = status === 418 ? 'ban' : status === undefined ? 'pause' : 'refusal';
    if (kind === 'ban') this.#bans += 1;
    if (kind === 'refusal') this.#refusals += 1;
    this.#add(kind, { kind, rules, until: Number.isFinite(until) ? Math.round(until) : null });
  }

  #noteOverflows(count: number): void {
    if (this.#overflows !== undefined && count > this.#overflows)
      this.#add('overflow', { kind: 'overflow' });
    this.#overflows = count;
  }

  #add(key: string, details: Omit<Occurrence, 'seq' | 'at' | 'count'>): void {
    this.#journal.add(key, this.#now(), details);
  }
}

function isOpenedByRequests(definition: object | undefined): boolean {
  return (definition as { algorithm?: string } | undefined)?.algorithm === 'first-request-window';
}

/** Rounds away the noise of floating point, which would make each reading differ. */
function rounded(tokens: number): number {
  return Math.round(tokens * 1000) / 1000;
}

function pauseUntil(until: number, at: number): Pause | null {
  if (until <= at) return null;
  return { until: Number.isFinite(until) ? Math.round(until) : null };
}

/** Returns the longest pause in force. */
function pauseOf(head: WatchedSnapshot, rules: readonly RuleReading[]): PauseReading | null {
  const end = (duration: number | null) =>
    duration === null ? Number.POSITIVE_INFINITY : head.savedAt + duration;
  const ofAll = end(head.pausedFor);
  const longest = rules.reduce(
    (last, { pause }) => Math.max(last, pause === null ? 0 : (pause.until ?? Infinity)),
    ofAll,
  );
  const pause = pauseUntil(longest, head.savedAt);
  if (pause === null) return null;
  const isBackoff = head.backoffFor !== 0;
  const cause = !isBackoff ? 'pause' : head.bans > 0 ? 'ban' : 'refusal';
  return { ...pause, cause, isOfAll: ofAll > head.savedAt };
}

function queueTimes(since: number): { readonly [P in Class]: QueueTimes } {
  return {
    critical: new QueueTimes(since),
    normal: new QueueTimes(since),
    low: new QueueTimes(since),
  };
}
