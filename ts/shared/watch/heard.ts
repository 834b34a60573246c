import type { WatchedPause, WatchedSnapshot } from './watched.js';

/** The key of a pause of all rules. */
const ALL = '*';

/**
 * Stands for the snapshot of a throttler whose engine is elsewhere: the pauses of which events have
 * told. Before the first event, the throttler itself tells of a pause: it may hear of the engine
 * later than it is watched. That is taken for one of all rules.
 */
export class HeardState {
  readonly #pauses = new Map<string, { readonly until: number; readonly status?: number }>();

  readonly #pausedUntil: () => number | null;
  #hasHeard = false;

  /** @param pausedUntil returns the end of a pause in Unix milliseconds; null if there is none */
  constructor(pausedUntil: () => number | null) {
    this.#pausedUntil = pausedUntil;
    this.#ask();
  }

  paused({ rules = [ALL], until, status }: WatchedPause): void {
    this.#hasHeard = true;
    for (const rule of rules) {
      const known = this.#pauses.get(rule)?.until ?? 0;
      if (until >= known)
        this.#pauses.set(rule, { until, ...(status !== undefined && { status }) });
    }
  }

  resumed(rules: readonly string[] | undefined): void {
    this.#hasHeard = true;
    if (rules === undefined) this.#pauses.clear();
    else for (const rule of rules) this.#pauses.delete(rule);
  }

  /** Returns the state at an instant in Unix milliseconds; undefined for a place without a rule. */
  part(from: number, at: number): WatchedSnapshot | undefined {
    if (from > 0) return undefined;
    this.#ask();
    const rules: { [ruleId: string]: { used: number[]; pausedFor: number | null } } = {};
    let pausedFor: number | null = 0;
    let last: { readonly until: number; readonly status?: number } | undefined;
    for (const [rule, pause] of this.#pauses) {
      if (pause.until <= at) {
        this.#pauses.delete(rule);
        continue;
      }
      if (last === undefined || pause.until > last.until) last = pause;
      const rest = Number.isFinite(pause.until) ? pause.until - at : null;
      if (rule === ALL) pausedFor = rest;
      else rules[rule] = { used: [], pausedFor: rest };
    }
    const isRefusal = last?.status !== undefined;
    return {
      savedAt: at,
      clockOffset: 0,
      modeEndsIn: null,
      pausedFor,
      bans: last?.status === 418 ? 1 : 0,
      backoffFor: isRefusal ? (last as { until: number }).until - at : 0,
      rules,
    };
  }

  /** Asks the throttler for a pause that no event has told. */
  #ask(): void {
    if (this.#hasHeard) return;
    const until = this.#pausedUntil();
    if (until === null) this.#pauses.delete(ALL);
    else this.#pauses.set(ALL, { until });
  }
}
