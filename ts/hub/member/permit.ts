import type { Permit, ReleaseOptions } from '../../index.js';
import type { Release } from '../messages.js';
import { pack } from '../pack.js';

/** The call that a permit makes to its member. */
interface Holder {
  release(id: number, how: Release): void;
}

/** A permit of a hub, held by this member. */
export class MemberPermit implements Permit {
  /** The name that consoles print, as a minifier renames the class. */
  static readonly name = 'Permit';

  readonly waited: number;
  readonly #holder: Holder;
  readonly #id: number;
  #controller: AbortController | undefined;
  #isReleased = false;

  declare [Symbol.dispose]: () => void;
  declare [Symbol.asyncDispose]: () => Promise<void>;

  constructor(holder: Holder, id: number, waited: number) {
    this.#holder = holder;
    this.#id = id;
    this.waited = waited;
  }

  /** Returns the id of a permit; undefined if it is none of this holder. */
  static idOf(permit: unknown, holder: object): number | undefined {
    return permit instanceof MemberPermit && permit.#holder === holder ? permit.#id : undefined;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Ends the permit from outside, for a reason. */
  expire(reason: unknown): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  release(options?: ReleaseOptions): void {
    const refund = options?.refund === true;
    const cost = refund ? undefined : options?.cost;
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (refund) this.#holder.release(this.#id, ['refund']);
    else if (cost === undefined) this.#holder.release(this.#id, ['done']);
    else this.#holder.release(this.#id, ['cost', pack(cost)]);
  }
}

/** Makes `using` work with permits, where the runtime has it. */
export function addDispose(): void {
  define(Symbol.dispose, function (this: Permit) {
    this.release();
  });
  define(Symbol.asyncDispose, async function (this: Permit) {
    this.release();
  });
  define(Symbol.toStringTag, 'Permit');
}

function define(symbol: symbol | undefined, value: unknown): void {
  if (symbol && !(symbol in MemberPermit.prototype))
    Object.defineProperty(MemberPermit.prototype, symbol, { value, configurable: true });
}
