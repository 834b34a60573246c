import type { AnyRule, MultiThrottler } from '../index.js';
import type { AheadLog, PauseNote } from './ahead-log.js';
import { readAhead } from './ahead-log.js';
import { charge } from './charge.js';
import { damaged, decode, type SavedState } from './record.js';
import type { Store } from './store.js';

/**
 * Continues from a store, with what the log has counted since this program began, and begins the
 * log. Returns the error for a saved state that was set aside.
 */
export async function restore(
  throttler: MultiThrottler,
  store: Store,
  log: AheadLog,
): Promise<Error | undefined> {
  const text = await store.load();
  // From here to the beginning of the log without a pause, so that no grant comes between.
  const read = text === undefined ? undefined : attempt(() => continueFrom(throttler, text));
  const saved = read?.state;
  // Without a snapshot, all notes are taken for later ones.
  const since = saved?.generation ?? 0;
  const ahead = readAhead(store.ahead?.read() ?? '', since);
  // A snapshot has replaced what was granted since this program began.
  charge(throttler, sum(ahead.granted, saved === undefined ? new Map() : log.granted));
  for (const note of ahead.pauses) applyPause(throttler, note);
  if (saved !== undefined && !saved.isLast && store.ahead === undefined) pauseUntilOver(throttler);
  log.begin(store.ahead, Math.max(since, ahead.generation) + 1);
  return read?.reason === undefined ? undefined : damaged(read.reason, await store.setAside());
}

/** @throws {Error} the text cannot be used, and nothing has changed */
function continueFrom(throttler: MultiThrottler, text: string): SavedState {
  const state = decode(text);
  const before = throttler.snapshot();
  try {
    for (const part of state.parts) throttler.restore(part);
  } catch (error) {
    throttler.restore(before);
    throw error;
  }
  return state;
}

function attempt(read: () => SavedState): { state?: SavedState; reason?: unknown } {
  try {
    return { state: read() };
  } catch (reason) {
    return { reason };
  }
}

function sum(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): Map<string, number> {
  const total = new Map(a);
  for (const [id, amount] of b) total.set(id, (total.get(id) ?? 0) + amount);
  return total;
}

function applyPause(throttler: MultiThrottler, note: PauseNote): void {
  const named = note[0] === 'pause' ? note[2] : note[1];
  const rules = named?.filter((id) => throttler.getRule(id) !== undefined);
  if (rules?.length === 0) return;
  const which = rules === undefined ? {} : { rules };
  if (note[0] === 'resume') {
    throttler.resume(which);
  } else if (note[1] === null) {
    throttler.pause(which);
  } else {
    // The snapshot has the wall clock of the throttler. If that was set back meanwhile, the pause
    // lasts no longer than it was meant to.
    const now = throttler.snapshot().savedAt;
    const ms = note[1] - Math.max(now, note[3] ?? now);
    if (ms > 0) throttler.pause({ ...which, ms });
  }
}

/**
 * Pauses each rule until nothing counts any more that was granted by now, as it is unknown how much
 * that was.
 */
function pauseUntilOver(throttler: MultiThrottler): void {
  for (const id of Object.keys(throttler.getStatus())) {
    const rule = throttler.getRule(id);
    const ms = rule === undefined ? 0 : memoryOf(rule);
    if (ms > 0) throttler.pause({ rules: [id], ms });
  }
}

/** The time for which a grant can count under a rule, in milliseconds. */
function memoryOf(rule: AnyRule): number {
  const jitter = 'jitter' in rule ? (rule.jitter ?? 0) : 0;
  if ('interval' in rule) return rule.interval + jitter + 1;
  return 'refillRate' in rule ? rule.capacity / rule.refillRate + jitter : 0;
}
