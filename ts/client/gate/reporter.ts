import type { Permit, Report, ThrottleCost, Throttler } from '../../index.js';
import { tellError } from '../../shared/callback.js';
import { type HeaderView, isHeaderView } from '../../shared/header-view.js';
import { readHeaders } from '../../shared/headers.js';
import { isUnknownRule } from '../../shared/unknown-rule.js';
import {
  type BodyReader,
  type BodyVerdict,
  type PausedRules,
  refusing,
  reportWith,
  verdictOf,
} from '../../shared/verdict.js';

/** A response of the server, as it is to be reported. */
export interface Answer {
  readonly status: number;
  readonly headers: unknown;
  /** Cost that the request was charged. */
  readonly cost: ThrottleCost;
  readonly permit: Permit | undefined;
}

/** Options of a reporter. */
export interface ReporterOptions {
  readonly body: BodyReader | undefined;
  readonly pauses: PausedRules;
  readonly onError: ((error: unknown) => void) | undefined;
}

const NONE: readonly unknown[] = [];

/** Reports responses. It never throws: the result of a call is worth more than its report. */
export class Reporter {
  readonly #throttler: Throttler;
  readonly #options: ReporterOptions;
  #hasWarned = false;

  constructor(throttler: Throttler, options: ReporterOptions) {
    this.#throttler = throttler;
    this.#options = options;
  }

  /** Whether refusals are read out of bodies, so that a report needs the body. */
  get readsBodies(): boolean {
    return this.#options.body !== undefined;
  }

  /**
   * @param contents values that may be the body
   * @returns whether the request was refused whole, so that it can be repeated
   */
  report(answer: Answer, contents: readonly unknown[] = NONE): boolean {
    try {
      const { status, headers, cost, permit } = answer;
      const { body, pauses } = this.#options;
      const read = isHeaderView(headers) ? headers : (readHeaders(headers) ?? new Headers());
      const verdict = body && this.#verdict(contents, status, read);
      if (verdict === undefined) {
        const rules = refusing(status, pauses, cost, undefined);
        this.tell({ status, headers: read, rules, permit });
        return status === 429;
      }
      const received = { status, headers: read, cost, content: undefined, body, pauses };
      const report = reportWith(received, verdict);
      // Copied by name, as a spread takes several times as long.
      this.tell({ status: report.status, headers: report.headers, rules: report.rules, permit });
      return report.status === 429 && verdict.partial !== true;
    } catch (error) {
      this.surface(error);
      return false;
    }
  }

  /** Whether one of these values is the body of a refusal. */
  refusalIn(contents: readonly unknown[], status: number): boolean {
    return this.#verdict(contents, status, new Headers()) !== undefined;
  }

  #verdict(
    contents: readonly unknown[],
    status: number,
    headers: HeaderView,
  ): BodyVerdict | undefined {
    const { body, pauses } = this.#options;
    if (body === undefined) return undefined;
    for (const content of contents) {
      try {
        const received = { status, headers, cost: undefined, content, body, pauses };
        const verdict = verdictOf(received);
        if (verdict) return verdict;
      } catch (error) {
        this.surface(error);
      }
    }
    return undefined;
  }

  tell(report: Report): void {
    try {
      this.#throttler.report(report);
    } catch (error) {
      // A rule was removed while the request was in flight.
      if (isUnknownRule(error) && report.rules !== undefined)
        this.tell({ ...report, rules: undefined });
      else this.surface(error);
    }
  }

  /** Returns what `work` returns; undefined if it throws, which is surfaced. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.surface(error);
      return undefined;
    }
  }

  /** Makes an error known that must not become the error of a call. */
  surface(error: unknown): void {
    const { onError } = this.#options;
    if (onError) tellError(onError, error, (own) => this.#warn(own));
    else this.#warn(error);
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn('multi-throttler: a response could not be reported in full:', error);
  }
}
