import type { Link } from './link.js';
import type { SessionOptions, SessionOwner } from './owner.js';
import { refusalOf } from './refusals.js';
import { SharedRules } from './shared-rules.js';
import type { Answer, Refusal, Request } from './wire.js';

/** The content of a call, beside the name of the process and the rules that it knows. */
export type Content = Omit<Request, 'p' | 'n' | 'e' | 'v' | 'h' | 'i' | 'l'>;

/** An answer, with the call and the instant at which that was first sent. */
export interface Answered {
  readonly request: Request;
  readonly answer: Answer;
  readonly sent: number;
}

/** The calls of the ledger, and the rules and the epoch that the process knows by them. */
export class Calls {
  readonly #owner: SessionOwner;
  readonly #link: Link;
  readonly #process: string;
  #rules: SharedRules;
  #version: number;
  #number = 0;
  #epoch = 0;
  #isFirst = true;

  /** @param process the name of this process, which no other one has */
  constructor(owner: SessionOwner, link: Link, process: string, options: SessionOptions) {
    this.#owner = owner;
    this.#link = link;
    this.#process = process;
    this.#rules = options.rules;
    this.#version = options.version;
  }

  get rules(): SharedRules {
    return this.#rules;
  }

  get version(): number {
    return this.#version;
  }

  /** The epoch of the last answer; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Takes an answer in. Returns whether it begins an epoch. */
  learn({ ep }: Answer): boolean {
    this.#isFirst = false;
    const isNew = ep !== this.#epoch;
    this.#epoch = ep;
    return isNew;
  }

  request(content: Content): Request {
    return {
      p: this.#process,
      n: ++this.#number,
      e: this.#epoch,
      v: this.#version,
      h: this.#rules.hash,
      i: this.#isFirst ? 1 : 0,
      l: this.#link.listens ? 1 : 0,
      ...content,
    };
  }

  /**
   * Calls, and adopts rules of a later version. Rejects if the ledger cannot be used; does not
   * settle without a server.
   */
  async make(request: Request): Promise<Answered> {
    let definitions = this.#epoch === 0 ? this.#rules.text : '';
    for (;;) {
      const { answer, sent } = await this.#link.call(request, definitions);
      if (answer.err !== undefined) throw refusalOf(answer, this.#rules, this.#version);
      if (answer.need) definitions = this.#rules.text;
      else if (answer.rules === undefined) return { request, answer, sent };
      else {
        this.#adopt(answer);
        request.v = this.#version;
        request.h = this.#rules.hash;
        definitions = '';
      }
    }
  }

  #adopt({ rules = '', v = 0 }: Refusal): void {
    this.#rules = new SharedRules(rules);
    this.#version = v;
    this.#owner.adopt(this.#rules);
    this.#owner.emit({ type: 'rules', version: v });
  }
}
