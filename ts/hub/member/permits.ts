import { HoldTimeoutError, ThrottlerError } from '../../index.js';
import type { HeldByMember, Release } from '../messages.js';
import type { MemberClock } from './link.js';
import { MemberPermit } from './permit.js';
import { names } from './request.js';

interface Held {
  readonly permit: MemberPermit;
  readonly cost: object;
  readonly packed: unknown;
  /** The connection in which it was granted; after another hub took over, a report ends there. */
  readonly connection: object | undefined;
  timer: unknown;
}

/** The permits that a member holds. */
export class HeldPermits {
  readonly #clock: MemberClock;
  readonly #send: (id: number, how: Release) => void;
  readonly #held = new Map<number, Held>();

  /** @param send tells the hub how a permit has ended */
  constructor(clock: MemberClock, send: (id: number, how: Release) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  get size(): number {
    return this.#held.size;
  }

  /** The number of permits whose costs name a rule. */
  count(rule: string): number {
    return [...this.#held.values()].filter(({ cost }) => names(cost, rule)).length;
  }

  /** The permits as a hub takes them over. */
  list(): HeldByMember[] {
    return [...this.#held].map(([id, { packed }]) => [id, packed]);
  }

  /** Returns the permit of a granted request. It expires after `timeout` milliseconds. */
  add(
    id: number,
    waited: number,
    cost: object,
    packed: unknown,
    timeout: number | undefined,
    connection: object | undefined,
  ): MemberPermit {
    const permit = new MemberPermit(this, id, waited);
    const held: Held = { permit, cost, packed, connection, timer: undefined };
    this.#held.set(id, held);
    // Longer timers would fire at once.
    if (timeout !== undefined && timeout < 2 ** 31)
      held.timer = this.#clock.setTimeout(() => this.#expire(id, timeout), timeout);
    return permit;
  }

  /** Returns the id of a permit of this member; undefined if it is none. */
  idOf(permit: unknown): number | undefined {
    return MemberPermit.idOf(permit, this);
  }

  /** Whether a permit was granted in a connection. */
  isOf(id: number, connection: object | undefined): boolean {
    const held = this.#held.get(id);
    return held !== undefined && held.connection === connection;
  }

  /** Called by permits. */
  release(id: number, how: Release): void {
    if (this.#forget(id) !== undefined) this.#send(id, how);
  }

  /** Ends a permit whose place a new hub could not keep. */
  lose(id: number): void {
    this.#forget(id)?.permit.expire(
      new ThrottlerError(
        'The hub was replaced, and there is no place for this permit any more',
        'PERMIT_LOST',
      ),
    );
  }

  #expire(id: number, timeout: number): void {
    const held = this.#forget(id);
    if (held === undefined) return;
    this.#send(id, ['done']);
    const message = `The permit was held for its timeout (${timeout} ms) and was released`;
    held.permit.expire(new HoldTimeoutError(message, 'HOLD_TIMEOUT', { timeout }));
  }

  #forget(id: number): Held | undefined {
    const held = this.#held.get(id);
    this.#held.delete(id);
    if (held?.timer !== undefined) this.#clock.clearTimeout(held.timer);
    return held;
  }
}
