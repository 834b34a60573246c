import type { AcquireOptions, Permit, ThrottlerError } from '../../index.js';
import { GRANT, type HubMessage, LATE, QUEUED, REJECT } from '../messages.js';
import { type PackedError, unpackError } from '../pack.js';
import { classOf } from '../priority.js';
import type { Counts } from './counts.js';
import type { Emitter } from './emitter.js';
import type { Link, MemberClock } from './link.js';
import type { HeldPermits } from './permits.js';
import { checkOptions, readCost, type WaitingRequest } from './request.js';
import type { WaitingRequests } from './waiting.js';

/** The parts of {@link MemberRequests}. */
interface Parts {
  readonly clock: MemberClock;
  readonly link: () => Link;
  readonly emitter: Emitter;
  readonly counts: Counts;
  readonly permits: HeldPermits;
  readonly waiting: WaitingRequests;
  /** Called when a request was settled. */
  readonly onSettled: () => void;
}

/** Submits the requests of a member, and settles them by the answers of the hub. */
export class MemberRequests {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @param failure the error of a member that can make no requests any more
   * @throws {InvalidConfigError} an option is invalid
   */
  submit(
    costs: unknown,
    options: AcquireOptions | null | undefined,
    isForPermit: boolean,
    failure: { readonly error: unknown } | undefined,
  ): Promise<Permit | undefined> {
    const { signal, name, timeout, maxWait, rest } = checkOptions(options, isForPermit);
    const { cost, packed } = readCost(costs);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (failure !== undefined) return Promise.reject(failure.error);
    const { clock, permits, waiting } = this.#parts;
    return new Promise((resolve, reject) => {
      const request: WaitingRequest = {
        id: 0,
        isForPermit,
        cost,
        packed,
        options: rest,
        name,
        maxWait,
        startedAt: clock.now(),
        grant: (id, waited, connection) =>
          resolve(
            isForPermit ? permits.add(id, waited, cost, packed, timeout, connection) : undefined,
          ),
        reject,
        unlisten: undefined,
        timer: undefined,
        priority: rest.priority,
      };
      waiting.add(request);
      if (signal !== undefined) waiting.listen(request, signal);
    });
  }

  /** Takes an answer of the hub. Returns false for messages of other kinds. */
  receive(message: HubMessage, at: number, wall: number): boolean {
    switch (message[0]) {
      case GRANT:
        this.#granted(message[1], message[2], message[3], at, wall);
        return true;
      case REJECT:
        this.#rejected(message[1], message[2]);
        return true;
      case QUEUED:
        this.#queued(message[1]);
        return true;
      default:
        return false;
    }
  }

  /** Rejects all that wait. */
  fail(error: unknown): void {
    const { waiting } = this.#parts;
    for (const request of waiting.list()) {
      request.reject(error);
      waiting.remove(request);
    }
  }

  #granted(id: number, waited: number, delivery: number | null, at: number, wall: number): void {
    const { counts, emitter, waiting, onSettled } = this.#parts;
    const link = this.#parts.link();
    link.settled();
    const request = waiting.get(id);
    // It was withdrawn, and the hub knows or will.
    if (request === undefined) return;
    if (link.isLate(at, wall, delivery)) {
      counts.late += 1;
      link.send([LATE, id]);
      link.compareClocks();
      waiting.renew(request);
      return;
    }
    waiting.remove(request);
    counts.granted(waited);
    if (emitter.has('grant')) {
      const { cost } = request;
      const priority = classOf(request.priority);
      emitter.emit({ type: 'grant', priority, waited, cost } as { type: string });
    }
    request.grant(id, waited, link.connection);
    onSettled();
  }

  #rejected(id: number, packed: PackedError): void {
    const { counts, emitter, waiting, onSettled } = this.#parts;
    const request = waiting.get(id);
    if (request === undefined) return;
    waiting.remove(request);
    const error = unpackError(packed) as ThrottlerError & { readonly ruleId?: string };
    const { code, ruleId: rule } = error;
    counts.rejected(code);
    emitter.emit({ type: 'reject', code, rule } as { type: string });
    request.reject(error);
    onSettled();
  }

  #queued(id: number): void {
    const request = this.#parts.waiting.get(id);
    if (request === undefined) return;
    const priority = classOf(request.priority);
    this.#parts.emitter.emit({ type: 'queue', priority, cost: request.cost } as { type: string });
  }
}
