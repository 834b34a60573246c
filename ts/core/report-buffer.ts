import { memory } from '../../build/wasm/multi_throttler.js';
import type { ReportedUsage } from '../config.js';
import type { Core } from '../wasm/load.js';
import { REPORT_BUFFER_LENGTH, REPORT_HEAD, USAGE_NUMBERS } from './protocol.js';

/** A report as the engine takes it. */
export interface EngineReport {
  status: number;
  /** Milliseconds. */
  retryAfter: number | undefined;
  /** Unix milliseconds. */
  date: number | undefined;
  rules: readonly string[] | undefined;
  /** The ticket of the permit. */
  permit: number | undefined;
  usage: readonly ReportedUsage[];
}

/**
 * Writes reports into the engine's buffer, with a number in the place of each id. Reports that it
 * cannot take go to the engine as objects, which checks and words what is wrong with them.
 */
export class ReportBuffer {
  readonly #core: Core;
  /** The numbers of ids; -1 for an id that has none. */
  readonly #names = new Map<string, number>();
  /** A view over the buffer. When the engine's memory grows, it is detached: of length 0. */
  #numbers = new Float64Array(0);
  /** Whether values are being read, whose getters may make reports of their own. */
  #isReading = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Sends a report to the engine. Returns false for one that it cannot take.
   *
   * @throws an error of the engine
   */
  send(report: EngineReport): boolean {
    if (this.#isReading) return false;
    this.#isReading = true;
    let isWritten: boolean;
    try {
      isWritten = this.#write(report);
    } finally {
      this.#isReading = false;
    }
    if (!isWritten) return false;
    this.#core.reportNumbers(report.usage.length, report.rules?.length ?? -1);
    return true;
  }

  #write({ status, retryAfter, date, permit, usage, rules = [] }: EngineReport): boolean {
    const isStatus = Number.isInteger(status) && status >= 100 && status <= 999;
    if (!isStatus || !Array.isArray(usage) || !Array.isArray(rules)) return false;
    const length = REPORT_HEAD + USAGE_NUMBERS * usage.length + rules.length;
    if (length > REPORT_BUFFER_LENGTH) return false;
    const numbers = this.#view();
    numbers[0] = status;
    numbers[1] = numberOf(retryAfter);
    numbers[2] = numberOf(date);
    numbers[3] = numberOf(permit);
    let at = REPORT_HEAD;
    for (const told of usage) {
      if (typeof told !== 'object' || told === null) return false;
      const { rule, used, remaining, limit, resetAt, resetIn, exact = false } = told;
      const name = this.#nameOf(rule);
      if (name < 0 || typeof exact !== 'boolean') return false;
      numbers[at] = name;
      numbers[at + 1] = numberOf(used);
      numbers[at + 2] = numberOf(remaining);
      numbers[at + 3] = numberOf(limit);
      numbers[at + 4] = numberOf(resetAt);
      numbers[at + 5] = numberOf(resetIn);
      numbers[at + 6] = exact ? 1 : 0;
      at += USAGE_NUMBERS;
    }
    for (const rule of rules) {
      const name = this.#nameOf(rule);
      if (name < 0) return false;
      numbers[at++] = name;
    }
    // A new name or a getter has made the memory grow, and nothing was written after it.
    return numbers.length > 0;
  }

  #nameOf(id: unknown): number {
    if (typeof id !== 'string') return -1;
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = this.#core.reportName(id);
    // An id without a number is not kept: there is no end of them.
    if (name >= 0) this.#names.set(id, name);
    return name;
  }

  #view(): Float64Array {
    if (this.#numbers.length === 0)
      this.#numbers = new Float64Array(
        memory().buffer,
        this.#core.reportBuffer(),
        REPORT_BUFFER_LENGTH,
      );
    return this.#numbers;
  }
}

/** Returns a number as it is, and NaN for anything else, which counts as absent. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
