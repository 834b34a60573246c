import {
  type AcquireOptions,
  type Permit,
  type Priority,
  ThrottlerError,
  type ThrottlerEvents,
} from '../index.js';
import { callHub } from './calls.js';
import { Channel } from './channel.js';
import { GrantLog } from './grant-log.js';
import type { Hub } from './hub.js';
import {
  CALL,
  CANCEL,
  type Definition,
  EVENT,
  GRANT,
  HELLO,
  type HeldByMember,
  type Hello,
  type HubMessage,
  LATE,
  LOST,
  type MemberMessage,
  PING,
  PONG,
  PRIORITY,
  PROTOCOL,
  QUEUED,
  REFUSED,
  REJECT,
  RELEASE,
  REPORT,
  REQUEST,
  RETURN,
  type Release,
  WATCH,
  WELCOME,
} from './messages.js';
import { pack, packError, unpack } from './pack.js';
import type { Port } from './port.js';
import { type MemberReport, sendReport } from './report.js';

/** A request of a member. */
interface Entry {
  readonly isForPermit: boolean;
  /** The name of the request in the engine. */
  readonly key: string;
  /** The class to which the request was moved before it was submitted. */
  priority: Priority | undefined;
  permit: Permit | undefined;
  /** When it was granted. */
  at: number;
  /** Whether the member has the grant, or may have it. */
  isSent: boolean;
}

let sessions = 0;

/** The connection of one member to its hub, on the side of the hub. */
export class HubSession {
  member = '';
  readonly #hub: Hub;
  readonly #channel: Channel<MemberMessage, HubMessage>;
  readonly #name = `${++sessions}`;
  readonly #entries = new Map<number, Entry>();
  readonly #grants = new GrantLog();
  #watched: ReadonlySet<string> = new Set();
  /** The grants of the next batch. */
  #unsent: Entry[] = [];
  #isOpen = true;

  constructor(hub: Hub, port: Port) {
    this.#hub = hub;
    const { now, wallNow } = hub.parts;
    this.#channel = new Channel<MemberMessage, HubMessage>(port, {
      header: () => [now(), wallNow()],
      message: (message) => this.#receive(message),
      batch: (confirmed) => this.#confirm(confirmed),
      closed: () => this.#leave(),
      barrier: hub.parts.barrier,
      sending: () => this.#markSent(),
    });
  }

  send(message: HubMessage): void {
    if (this.member !== '') this.#channel.send(message);
  }

  /** Tells the member an event if it wants it. */
  tell(event: ThrottlerEvents[keyof ThrottlerEvents]): void {
    if (this.#watched.has(event.type)) this.send([EVENT, pack(event)]);
  }

  /** Ends the connection, and leaves the requests to the next hub. */
  end(): void {
    if (!this.#isOpen) return;
    this.#channel.close(false);
    this.#leave();
  }

  /** A message that fails, as a report of a rule that does not exist, must not end the hub. */
  #receive(message: MemberMessage): void {
    if (this.member === '' && message[0] !== HELLO) return;
    try {
      this.#obey(message);
    } catch (error) {
      this.send([EVENT, pack({ type: 'error', error: packError(error) })]);
    }
  }

  #obey(message: MemberMessage): void {
    switch (message[0]) {
      case HELLO:
        this.#welcome(message[1]);
        break;
      case REQUEST:
        this.#request(message[1], message[2], message[3] === 1, message[4]);
        break;
      case CANCEL:
        this.#cancel(message[1]);
        break;
      case PRIORITY:
        this.#setPriority(message[1], message[2] as Priority);
        break;
      case LATE:
        this.#release(message[1], ['refund']);
        break;
      case RELEASE:
        this.#release(message[1], message[2]);
        break;
      case REPORT:
        this.#report(unpack(message[1]) as MemberReport, message[2]);
        break;
      case CALL:
        this.#call(message[1], message[2], message[3]);
        break;
      case PING:
        this.send([PONG, message[1], this.#hub.parts.now()]);
        break;
      case WATCH:
        this.#watched = new Set(message[1]);
        break;
    }
  }

  #welcome(hello: Hello): void {
    const hub = this.#hub;
    const heardAt = hub.parts.now();
    try {
      if (hello.protocol !== PROTOCOL) throw otherProtocol(hello.protocol);
      hub.adopt(unpack(hello.definition) as Definition);
    } catch (error) {
      this.member = hello.member;
      this.send([REFUSED, packError(error)]);
      return;
    }
    this.member = hello.member;
    this.#watched = new Set(hello.watch);
    const lost = this.#takeOver(hello.held);
    this.send([
      WELCOME,
      {
        epoch: hub.parts.epoch,
        definition: pack(hub.definition),
        view: pack(hub.view()),
        sentAt: hello.sentAt,
        heardAt,
      },
    ]);
    for (const id of lost) this.send([LOST, id]);
  }

  /**
   * Continues the permits that the member says it holds: those of its connection before, or those
   * of the hub before, of which only the places under rules of concurrency count any more. Returns
   * the ids of permits for which there is no place.
   */
  #takeOver(held: readonly HeldByMember[]): number[] {
    const hub = this.#hub;
    const before = hub.sessionOf(this.member, this);
    const lost: number[] = [];
    for (const [id, packed] of held) {
      const entry = before === undefined ? undefined : before.#give(id);
      if (entry !== undefined) {
        this.#entries.set(id, entry);
        continue;
      }
      const cost = hub.concurrentPart(Object(unpack(packed)));
      if (Object.keys(cost).length === 0) continue;
      const permit = hub.parts.throttler.tryAcquire(cost, { priority: 'critical' });
      if (permit === undefined) lost.push(id);
      else this.#entries.set(id, { ...this.#entry(id, true), permit, isSent: true });
    }
    before?.end();
    return lost;
  }

  /** Gives a permit to another connection of the same member. */
  #give(id: number): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry?.permit === undefined || !entry.isSent) return undefined;
    this.#entries.delete(id);
    return entry;
  }

  #entry(id: number, isForPermit: boolean): Entry {
    const key = `${this.#name}.${id}`;
    return { isForPermit, key, priority: undefined, permit: undefined, at: 0, isSent: false };
  }

  #request(id: number, cost: unknown, isForPermit: boolean, options: unknown): void {
    const entry = this.#entry(id, isForPermit);
    this.#entries.set(id, entry);
    const costs = unpack(cost) as { [ruleId: string]: number };
    const hub = this.#hub;
    if (isForPermit && !hub.isRecovered && hub.isConcurrent(Object(costs))) {
      hub.parts.recovered.then(() => this.#submit(id, entry, costs, options));
    } else {
      this.#submit(id, entry, costs, options);
    }
  }

  #submit(id: number, entry: Entry, cost: { [ruleId: string]: number }, packed: unknown): void {
    if (!this.#isWaiting(id, entry)) return;
    const { throttler } = this.#hub.parts;
    const options = { ...(unpack(packed) as AcquireOptions | undefined), id: entry.key };
    if (entry.priority !== undefined) options.priority = entry.priority;
    // Without a permit, a request under a rule of concurrency has no end.
    if (!entry.isForPermit && this.#hub.isConcurrent(Object(cost))) {
      throttler.throttle(cost, options).catch((error) => this.#reject(id, entry, error));
      return;
    }
    throttler.acquire(cost, options).then(
      (permit) => this.#grant(id, entry, cost, permit),
      (error) => this.#reject(id, entry, error),
    );
    if (this.#watched.has('queue')) {
      // After the reaction to a grant at once.
      Promise.resolve()
        .then(() => {})
        .then(() => {
          if (this.#isWaiting(id, entry)) this.send([QUEUED, id]);
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
    entry.permit = permit;
    entry.at = this.#hub.parts.now();
    const delivery = this.#hub.deliveryFor(cost);
    this.#unsent.push(entry);
    this.#grants.add(id);
    const within = Number.isFinite(delivery) ? delivery : null;
    this.#channel.send([GRANT, id, permit.waited, within], true);
  }

  #markSent(): void {
    if (this.#unsent.length > 0) this.#hub.views.offer(this);
    for (const entry of this.#unsent) entry.isSent = true;
    this.#unsent = [];
  }

  #reject(id: number, entry: Entry, error: unknown): void {
    if (!this.#isWaiting(id, entry)) return;
    this.#entries.delete(id);
    this.send([REJECT, id, packError(error)]);
  }

  #cancel(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    // The member cancels only what it has not been granted, so a grant was not used.
    if (entry.permit !== undefined) entry.permit.release({ refund: true });
    else this.#hub.parts.throttler.cancel(entry.key);
  }

  #setPriority(id: number, priority: Priority): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.permit !== undefined) return;
    entry.priority = priority;
    this.#hub.parts.throttler.setPriority(entry.key, priority);
  }

  /** Ends the permits of requests without one that the member has used. */
  #confirm(confirmed: number): void {
    const { flights, parts } = this.#hub;
    flights.sweep(parts.now());
    for (const id of this.#grants.confirm(confirmed)) {
      const entry = this.#entries.get(id);
      // Grants that were given back are gone by now.
      if (entry?.permit === undefined || entry.isForPermit) continue;
      this.#entries.delete(id);
      flights.end(entry.permit, entry.at);
    }
  }

  #release(id: number, how: Release): void {
    const entry = this.#entries.get(id);
    if (entry?.permit === undefined) return;
    this.#entries.delete(id);
    if (how[0] === 'done') entry.permit.release();
    else if (how[0] === 'refund') entry.permit.release({ refund: true });
    else entry.permit.release({ cost: unpack(how[1]) as { [ruleId: string]: number } });
  }

  #report(report: MemberReport, id: number | null): void {
    const entry = id === null ? undefined : this.#entries.get(id);
    if (entry !== undefined) this.#hub.flights.measured(this.#hub.parts.now() - entry.at);
    sendReport(this.#hub.parts.throttler, report, entry?.permit);
    this.#hub.views.offer(this);
  }

  #call(id: number, method: string, parameters: unknown): void {
    const hub = this.#hub;
    try {
      const value = callHub(hub, method, unpack(parameters) as unknown[]);
      this.send([RETURN, id, null, pack(value), pack(hub.view())]);
    } catch (error) {
      this.send([RETURN, id, packError(error), null, null]);
    }
  }

  /** Withdraws what waits, and releases what is held. */
  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#hub.sessions.delete(this);
    this.#hub.views.leave(this);
    const { throttler } = this.#hub.parts;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { permit, key, isSent } of entries) {
      // The request of a grant that was sent may be on its way to the server.
      if (permit !== undefined) permit.release({ refund: !isSent });
      else throttler.cancel(key);
    }
  }
}

function otherProtocol(protocol: number): ThrottlerError {
  return new ThrottlerError(
    `The hub of this key speaks version ${PROTOCOL} of the protocol, and this member ${protocol}. ` +
      'All programs of a key need versions of multi-throttler that share one.',
    'PROTOCOL_DIFFERS',
  );
}
