import {
  type AnyRule,
  type ConfigPatch,
  type HeaderReader,
  invalidConfig,
  type PauseOptions,
  type Report,
  type ResumeOptions,
  type RuleId,
  type RulePatch,
  type ThrottleCost,
  type ThrottleOptions,
} from '../../index.js';
import { isCached } from '../../shared/cached.js';
import { HEADERS, readHeaders } from '../../shared/headers.js';
import { findRule } from '../definitions.js';
import type { Member } from '../member/member.js';

/** The rules, pauses and usage of a {@link HubThrottler}, which hold for all members. */
export class HubControl<Id extends string> {
  /** @internal */
  protected readonly member: Member;
  readonly #reader: HeaderReader | undefined;

  /** @internal */
  constructor(member: Member, reader: HeaderReader | undefined) {
    this.member = member;
    this.#reader = reader;
  }

  /** See {@link MultiThrottler.addRule}. */
  async addRule(rule: AnyRule): Promise<void> {
    await this.member.call('addRule', rule);
  }

  /** See {@link MultiThrottler.removeRule}. */
  async removeRule(ruleId: RuleId<Id>): Promise<boolean> {
    return (await this.member.call('removeRule', String(ruleId))) as boolean;
  }

  /** See {@link MultiThrottler.updateRule}. */
  async updateRule(ruleId: RuleId<Id>, patch: RulePatch): Promise<void> {
    await this.member.call('updateRule', String(ruleId), patch);
  }

  /** See {@link MultiThrottler.pause}. */
  async pause(options?: PauseOptions<Id>): Promise<void> {
    await this.member.call('pause', options);
  }

  /** See {@link MultiThrottler.resume}. */
  async resume(options?: ResumeOptions<Id>): Promise<void> {
    await this.member.call('resume', options);
  }

  /** See {@link MultiThrottler.setMode}. */
  async setMode(name: string, durationMs?: number): Promise<void> {
    await this.member.call('setMode', name, durationMs);
  }

  /** See {@link MultiThrottler.configure}. */
  async configure(patch: ConfigPatch): Promise<void> {
    await this.member.call('configure', patch);
  }

  /** See {@link MultiThrottler.reset}. */
  async reset(): Promise<void> {
    await this.member.call('reset');
  }

  /** See {@link MultiThrottler.setTokens}. */
  async setTokens(ruleId: RuleId<Id>, tokens: number): Promise<void> {
    await this.member.call('setTokens', String(ruleId), tokens);
  }

  /**
   * See {@link MultiThrottler.addTokens}. If the hub dies before it has answered, the tokens may be
   * added twice.
   */
  async addTokens(ruleId: RuleId<Id>, tokens: number): Promise<void> {
    await this.member.call('addTokens', String(ruleId), tokens);
  }

  /** See {@link MultiThrottler.syncUsage}. */
  async syncUsage(
    usage: Readonly<ThrottleCost<Id>>,
    options?: { exact?: boolean | undefined },
  ): Promise<void> {
    await this.member.call('syncUsage', usage, options);
  }

  /** See {@link MultiThrottler.syncClock}. */
  async syncClock(
    serverUnixMs: number,
    options?: { roundTrip?: number | undefined },
  ): Promise<void> {
    await this.member.call('syncClock', serverUnixMs, options);
  }

  /** Resolves with the wait that the hub expects for a request: see `estimateWait` there. */
  async estimate(
    cost: ThrottleCost<Id>,
    options?: Pick<ThrottleOptions, 'priority'>,
  ): Promise<number> {
    return (await this.member.call('estimateWait', cost, options)) as number;
  }

  /**
   * Resolves when the hub has told its state of now, for `getStatus`, `getStats` and `mode`. Needed
   * where other members alone use the hub: each grant of this member brings the state along.
   */
  async refresh(): Promise<void> {
    await this.member.call('view');
  }

  /** See {@link MultiThrottler.getRule}. */
  getRule(ruleId: RuleId<Id>): AnyRule | undefined {
    const rule = findRule(this.member.definition.rules, String(ruleId));
    return rule && { ...rule };
  }

  /** The reader of usage headers: `headers` of the options. */
  get reader(): HeaderReader | undefined {
    return this.#reader;
  }

  /**
   * See {@link MultiThrottler.report}. Pauses and usage hold for all members. A refusal of a rule
   * that does not exist pauses all rules, and the error goes to `onError`.
   */
  report(report: Report<Id>): void {
    if (typeof report !== 'object' || report === null)
      throw invalidConfig('report', 'an object', report);
    const { status, headers, rules, permit, reader = this.#reader } = report;
    if (typeof status !== 'number') throw invalidConfig('status', 'an HTTP status', status);
    const read = headers === undefined ? undefined : readHeaders(headers);
    if (headers !== undefined && read === undefined)
      throw invalidConfig('headers', HEADERS, headers);
    const id = permit === undefined ? undefined : this.member.permits.idOf(permit);
    if (permit !== undefined && id === undefined)
      throw invalidConfig('permit', 'a permit of this throttler', permit);
    let usage: ReturnType<HeaderReader> = [];
    let failure: { error: unknown } | undefined;
    try {
      // A response out of a cache describes the request that filled the cache.
      if (read !== undefined && reader !== undefined && !isCached(read))
        usage = reader(read, status, rules);
    } catch (error) {
      failure = { error };
    }
    this.member.report({ status, headers: read && [...read], rules, usage }, id);
    if (failure !== undefined) throw failure.error;
  }
}
