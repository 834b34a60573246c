import { ThrottlerError, type ThrottlerEvents } from '../index.js';
import { callHub } from './calls.js';
import { Channel } from './channel.js';
import type { Hub } from './hub.js';
import {
  CALL,
  CANCEL,
  type Definition,
  EVENT,
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
  REFUSED,
  RELEASE,
  REPORT,
  REQUEST,
  RETURN,
  WATCH,
  WELCOME,
} from './messages.js';
import { pack, packError, unpack } from './pack.js';
import type { Port } from './port.js';
import { type MemberReport, sendReport } from './report.js';
import { SessionRequests } from './session-requests.js';

let sessions = 0;

/** The connection of one member to its hub, on the side of the hub. */
export class HubSession {
  member = '';
  readonly #hub: Hub;
  readonly #channel: Channel<MemberMessage, HubMessage>;
  readonly #requests: SessionRequests;
  #watched: ReadonlySet<string> = new Set();
  #isOpen = true;

  constructor(hub: Hub, port: Port) {
    this.#hub = hub;
    const { now, wallNow } = hub.parts;
    this.#channel = new Channel<MemberMessage, HubMessage>(port, {
      header: () => [now(), wallNow()],
      message: (message) => this.#receive(message),
      batch: (confirmed) => this.#requests.confirm(confirmed),
      closed: () => this.#leave(),
      barrier: hub.parts.barrier,
      sending: () => {
        if (this.#requests.markSent()) hub.views.offer(this);
      },
    });
    this.#requests = new SessionRequests({
      hub,
      name: `${++sessions}`,
      send: (message, isHeldBack) => this.#channel.send(message, isHeldBack),
      isQueueWatched: () => this.#watched.has('queue'),
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
        this.#requests.add(message[1], message[2], message[3] === 1, message[4]);
        break;
      case CANCEL:
        this.#requests.cancel(message[1]);
        break;
      case PRIORITY:
        this.#requests.setPriority(message[1], message[2]);
        break;
      case LATE:
        this.#requests.release(message[1], ['refund']);
        break;
      case RELEASE:
        this.#requests.release(message[1], message[2]);
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
    const earlier = before === undefined ? undefined : before.#requests;
    const lost: number[] = [];
    for (const [id, packed] of held) {
      if (this.#requests.take(id, earlier)) continue;
      const cost = hub.concurrentPart(Object(unpack(packed)));
      if (Object.keys(cost).length === 0) continue;
      const permit = hub.parts.throttler.tryAcquire(cost, { priority: 'critical' });
      if (permit === undefined) lost.push(id);
      else this.#requests.hold(id, permit);
    }
    before?.end();
    return lost;
  }

  #report(report: MemberReport, id: number | null): void {
    const entry = id === null ? undefined : this.#requests.granted(id);
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
    this.#requests.end();
  }
}

function otherProtocol(protocol: number): ThrottlerError {
  return new ThrottlerError(
    `The hub of this key speaks version ${PROTOCOL} of the protocol, and this member ${protocol}. ` +
      'All programs of a key need versions of multi-throttler that share one.',
    'PROTOCOL_DIFFERS',
  );
}
