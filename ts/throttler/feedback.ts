import type { ThrottleCost, ThrottlerSnapshot } from '../config.js';
import { invalidConfig } from '../core/invalid-config.js';
import {
  HELD,
  HOLD,
  RESTORE,
  SNAPSHOT,
  SYNC_CLOCK,
  SYNC_USAGE,
  WAITING,
} from '../core/protocol.js';
import { type Report, sendReport } from '../core/report.js';
import { engineOf } from './engine.js';
import { ThrottlerState } from './state.js';

/** The methods of a throttler that learn from the server, and from an earlier run. */
export abstract class ThrottlerFeedback<Id extends string> extends ThrottlerState<Id> {
  /**
   * Reports a response of the server.
   *
   * A refusal (429) or a ban (418) pauses the named rules, or all, for as long as the server asks
   * (`Retry-After` and similar headers), or else for a growing back-off; no waiting request is
   * lost. The `Date` header corrects the server's clock. The usage that `config.headers` reads
   * corrects ours: usage of other clients is added, and counts that are `exact` give back the cost
   * of requests that turned out to be free. Requests in flight are added to the server's count; a
   * permit tells which ones those are.
   *
   * A closed throttler ignores it.
   *
   * @throws {UnknownRuleError} a rule to pause does not exist
   * @throws {InvalidConfigError} a field of the report is invalid
   * @throws the exception of `config.headers`, after everything else was taken in
   *
   * @example
   * throttler.report({ status: response.status, headers: response.headers, permit });
   */
  report(report: Report<Id>): void {
    sendReport(report, engineOf(this));
  }

  /**
   * Sets the usage that the server counts, by rule. Requests in flight are added to it.
   *
   * @param options `exact`: whether usage may be lowered. By default it is only raised, and also
   *   with `exact` within a jitter of {@link restore}
   * @throws {UnknownRuleError} there is no such rule; nothing has changed then
   * @throws {InvalidConfigError} a usage is not a finite number of 0 or more
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  syncUsage(usage: Readonly<ThrottleCost<Id>>, options?: { exact?: boolean | undefined }): void {
    const exact = options?.exact ?? false;
    if (typeof exact !== 'boolean') throw invalidConfig('exact', 'true or false', exact);
    engineOf(this).call(SYNC_USAGE, usage, exact);
  }

  /**
   * Sets the server's clock, for fixed windows aligned to Unix time. {@link report} reads it from
   * `Date` headers too, though only to the second.
   *
   * @param serverUnixMs the reading of the server's clock, in Unix milliseconds
   * @param options `roundTrip`: milliseconds from request to response; the reading is taken to be
   *   of the middle
   * @throws {InvalidConfigError} one of the two is not a finite number, or the round trip is
   *   negative
   */
  syncClock(serverUnixMs: number, options?: { roundTrip?: number | undefined }): void {
    engineOf(this).call(SYNC_CLOCK, serverUnixMs, options?.roundTrip);
  }

  /**
   * Returns the state to keep over a restart, as JSON-safe data: usage of each rule, with requests
   * in flight counted as used, windows, pauses, mode, back-off and the server's clock; never
   * waiting requests or permits.
   *
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * writeFileSync('limits.json', JSON.stringify(throttler.snapshot()));
   */
  snapshot(): ThrottlerSnapshot {
    return engineOf(this).call(SNAPSHOT);
  }

  /**
   * @internal Returns a snapshot of `count` places of rules from place `from` on; undefined behind
   *   the last place. A rule keeps its place, so parts that are made one after the other have each
   *   rule that is there all the while.
   */
  snapshotPart(from: number, count: number): ThrottlerSnapshot | undefined {
    return engineOf(this).call(SNAPSHOT, from, count);
  }

  /**
   * @internal Gives claims on rules of the algorithm `held`, then grants waiters out of their order
   *   as far as what is held covers them. Returns how many were granted of each lane.
   * @param list for each claim the id of its rule, its number, the amount that it gives in all (0
   *   drops it), and its end on the clock of the throttler; then for each lane its number and how
   *   many of its first waiters are to be granted
   */
  hold(list: readonly (string | number)[]): number[] {
    return engineOf(this).call(HOLD, list);
  }

  /**
   * @internal Returns for each claim, in no order, the id of its rule, its number, its end, the
   *   amounts given and spent, and the instant of the last spending. Of a rule with permits, the
   *   spent part is in use.
   */
  heldClaims(): (string | number)[] {
    return engineOf(this).call(HELD);
  }

  /**
   * @internal Returns for each lane and rank that has waiters, in no order: the number of the lane,
   *   the level, the count of the waiters and the arrival of the first of them, followed, for each
   *   cost, by the id of the rule, the amount, and what requests of the class may use in all. The
   *   level is the number of the class (0 is critical), less a 4096th of the rank.
   */
  waitingLanes(): (string | number)[] {
    return engineOf(this).call(WAITING);
  }

  /**
   * @internal Returns what critical requests, or all others, may use of a rule in all; undefined if
   * there is no such rule.
   */
  ceilingOf(rule: string, isCritical: boolean): number | undefined {
    return engineOf(this).call(WAITING, rule, isCritical);
  }

  /**
   * Continues from a {@link snapshot}, aged by the wall time since it was made. It replaces the
   * usage so far; waiting requests keep waiting and are replanned.
   *
   * Rules that are gone or have another algorithm by now are skipped, and so is a mode that is
   * gone. New rules keep their state.
   *
   * @throws {InvalidConfigError} the snapshot is damaged or of a later version; nothing has changed
   *   then
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  restore(snapshot: ThrottlerSnapshot): void {
    engineOf(this).call(RESTORE, snapshot);
  }
}
