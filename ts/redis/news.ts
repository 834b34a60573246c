import type { Request } from './wire.js';

/** What a process has to tell all: pauses, reported usage, refusals. */
export class News {
  #reports: [rule: string, used: number][] = [];
  #pauses: [rule: string, ms: number][] = [];
  #row: Request['f'];
  /** To be called when the ledger knows of the pauses. */
  readonly #callbacks: (() => void)[] = [];
  /** Callbacks of the pauses in the call that is under way. */
  readonly #telling: (() => void)[] = [];

  /** Tells a usage that the exchange has reported. */
  report(rule: string, used: number): void {
    this.#reports.push([rule, used]);
  }

  /** Tells pauses; resolves when the ledger knows. */
  pause(rules: readonly string[], ms: number): Promise<void> {
    for (const rule of rules) this.#pauses.push([rule, ms]);
    return new Promise((resolve) => void this.#callbacks.push(resolve));
  }

  /**
   * Tells a refusal, or that a request was accepted after one.
   *
   * @param known the number of refusals in a row that was known before
   * @param rules those that the refusal is about; undefined for all
   */
  refusal(known: number, isRefusal: boolean, rules: readonly string[] | undefined): void {
    const row = [known, isRefusal ? 1 : 0] as const;
    this.#row = rules === undefined ? row : [...row, JSON.stringify(rules)];
  }

  /** Returns what is to be told with a call, which is repeated until it is answered. */
  take(): Pick<Request, 'u' | 'b' | 'f'> {
    const news = { u: this.#reports, b: this.#pauses, ...(this.#row && { f: this.#row }) };
    this.#reports = [];
    this.#pauses = [];
    this.#row = undefined;
    this.#telling.push(...this.#callbacks.splice(0));
    return news;
  }

  /** To be called when the call was answered. */
  told(): void {
    for (const callback of this.#telling.splice(0)) callback();
  }
}
