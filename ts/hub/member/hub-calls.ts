import type { CallName } from '../calls.js';
import { CALL, type MemberMessage } from '../messages.js';
import { type PackedError, pack, unpack, unpackError } from '../pack.js';

interface Pending {
  readonly message: MemberMessage;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls of methods of the hub that were not answered. When a hub dies, the next one gets them anew:
 * a call may then have an effect twice, as with `addTokens`.
 */
export class HubCalls {
  readonly #send: (message: MemberMessage) => void;
  readonly #onChange: () => void;
  readonly #pending = new Map<number, Pending>();
  #ids = 0;

  /** @param onChange called when the number of calls has changed */
  constructor(send: (message: MemberMessage) => void, onChange: () => void) {
    this.#send = send;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#pending.size;
  }

  call(method: CallName, parameters: readonly unknown[]): Promise<unknown> {
    const id = ++this.#ids;
    const message = [CALL, id, method, pack(parameters)] as const;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { message, resolve, reject });
      this.#send(message);
      this.#onChange();
    });
  }

  /** To be called when there is a new connection. */
  repeat(): void {
    for (const { message } of this.#pending.values()) this.#send(message);
  }

  answered(id: number, error: PackedError | null, value: unknown): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === null) pending?.resolve(unpack(value));
    else pending?.reject(unpackError(error));
    this.#onChange();
  }

  fail(error: unknown): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#onChange();
  }
}
