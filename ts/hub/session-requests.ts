import type { AcquireOptions, Permit, RequestPriority } from '../index.js';
import { GrantLog } from './grant-log.js';
import type { Hub } from './hub.js';
import { GRANT, type HubMessage, QUEUED, REJECT, type Release } from './messages.js';
import { packError, unpack } from './pack.js';

/** A request of a member. */
interface Entry {
  readonly isForPermit: boolean;
  /** The name of the request in the engine. */
  readonly key: string;
  /** The class to which the request was moved before it was submitted. */
  priority: RequestPriority | undefined;
  permit: Permit | undefined;
  /** When it was granted. */
  at: number;
  /** Whether the member has the grant, or may have it. */
  isSent: boolean;
}

/** The parts of {@link SessionRequests}. */
interface Parts {
  readonly hub: Hub;
  /** Another one for each connection. */
  readonly name: string;
  /** Sends a message; one that is held back waits until notes about grants are kept. */
  readonly send: (message: HubMessage, isHeldBack?: boolean) => void;
  /** Whether the member wants to know of requests that wait. */
  readonly isQueueWatched: () => boolean;
}

/** The requests and permits of one connection, by the numbers that the member gave them. */
export class SessionRequests {
  readonly #parts: Parts;
  readonly #entries = new Map<number, Entry>();
  readonly #grants = new GrantLog();
  /** The grants of the next batch. */
  #unsent: Entry[] = [];
  #isOpen = true;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Submits a request to the engine. */
  add(id: number, cost: unknown, isForPermit: boolean, options: unknown): void {
    const entry = this.#entry(id, isForPermit);
    this.#entries.set(id, entry);
    const costs = unpack(cost) as { [ruleId: string]: number };
    const { hub } = this.#parts;
    if (isForPermit && !hub.isRecovered && hub.isConcurrent(Object(costs))) {
      hub.parts.recovered.then(() => this.#submit(id, entry, costs, options));
    } else {
      this.#submit(id, entry, costs, options);
    }
  }

  /** Continues a permit of the connection before. Returns whether it had it. */
  take(id: number, before: SessionRequests | undefined): boolean {
    const entry = before === undefined ? undefined : before.#give(id);
    if (entry !== undefined) this.#entries.set(id, entry);
    return entry !== undefined;
  }

  /** Continues a permit of the hub before, for which the engine has given a new one. */
  hold(id: number, permit: Permit): void {
    this.#entries.set(id, { ...this.#entry(id, true), permit, isSent: true });
  }

  /** Returns the permit of a request, and when it was granted; undefined if it has none. */
  granted(id: number): { readonly permit: Permit | undefined; readonly at: number } | undefined {
    return this.#entries.get(id);
  }

  cancel(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    // The member cancels only what it has not been granted, so a grant was not used.
    if (entry.permit !== undefined) entry.permit.release({ refund: true });
    else this.#parts.hub.parts.throttler.cancel(entry.key);
  }

  setPriority(id: number, priority: RequestPriority): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.permit !== undefined) return;
    entry.priority = priority;
    this.#parts.hub.parts.throttler.setPriority(entry.key, priority);
  }

  release(id: number, how: Release): void {
    const entry = this.#entries.get(id);
    if (entry?.permit === undefined) return;
    this.#entries.delete(id);
    if (how[0] === 'done') entry.permit.release();
    else if (how[0] === 'refund') entry.permit.release({ refund: true });
    else entry.permit.release({ cost: unpack(how[1]) as { [ruleId: string]: number } });
  }

  /** To be called when a batch is being sent. Returns whether there are grants in it. */
  markSent(): boolean {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const entry of unsent) entry.isSent = true;
    return unsent.length > 0;
  }

  /** Ends the permits of requests without one that the member has used: `confirmed` in all. */
  confirm(confirmed: number): void {
    const { flights, parts } = this.#parts.hub;
    flights.sweep(parts.now());
    for (const id of this.#grants.confirm(confirmed)) {
      const entry = this.#entries.get(id);
      // Grants that were given back are gone by now.
      if (entry?.permit === undefined || entry.isForPermit) continue;
      this.#entries.delete(id);
      flights.end(entry.permit, entry.at);
    }
  }

  /** Withdraws what waits, and releases what is held. */
  end(): void {
    this.#isOpen = false;
    const { throttler } = this.#parts.hub.parts;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { permit, key, isSent } of entries) {
      // The request of a grant that was sent may be on its way to the server.
      if (permit !== undefined) permit.release({ refund: !isSent });
      else throttler.cancel(key);
    }
  }

  /** Gives a permit to another connection of the same member. */
  #give(id: number): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry?.permit === undefined || !entry.isSent) return undefined;
    this.#entries.delete(id);
    return entry;
  }

  #entry(id: number, isForPermit: boolean): Entry {
    const key = `${this.#parts.name}.${id}`;
    return { isForPermit, key, priority: undefined, permit: undefined, at: 0, isSent: false };
  }

  #submit(id: number, entry: Entry, cost: { [ruleId: string]: number }, packed: unknown): void {
    if (!this.#isWaiting(id, entry)) return;
    const { hub, send, isQueueWatched } = this.#parts;
    const { throttler } = hub.parts;
    const options = { ...(unpack(packed) as AcquireOptions | undefined), id: entry.key };
    if (entry.priority !== undefined) options.priority = entry.priority;
    // Without a permit, a request under a rule of concurrency has no end.
    if (!entry.isForPermit && hub.isConcurrent(Object(cost))) {
      throttler.throttle(cost, options).catch((error) => this.#reject(id, entry, error));
      return;
    }
    throttler.acquire(cost, options).then(
      (permit) => this.#grant(id, entry, cost, permit),
      (error) => this.#reject(id, entry, error),
    );
    if (isQueueWatched()) {
      // After the reaction to a grant at once.
      Promise.resolve()
        .then(() => {})
        .then(() => {
          if (this.#isWaiting(id, entry)) send([QUEUED, id]);
        });
    }
  }

  #isWaiting(id: number, entry: Entry): boolean {
    return this.#isOpen && this.#entries.get(id) === entry && entry.permit === undefined;
  }

  #grant(id: number, entry: Entry, cost: object, permit: Permit): void {
    if (!this.#isWaiting(id, entry)) {
      permit.release({ refund: true });
      return;
    }
    const { hub, send } = this.#parts;
    entry.permit = permit;
    entry.at = hub.parts.now();
    const delivery = hub.deliveryFor(cost);
    this.#unsent.push(entry);
    this.#grants.add(id);
    const within = Number.isFinite(delivery) ? delivery : null;
    send([GRANT, id, permit.waited, within], true);
  }

  #reject(id: number, entry: Entry, error: unknown): void {
    if (!this.#isWaiting(id, entry)) return;
    this.#entries.delete(id);
    this.#parts.send([REJECT, id, packError(error)]);
  }
}
