import {
  type AcquireOptions,
  type Permit,
  ThrottlerClosedError,
  ThrottlerError,
} from '../../index.js';
import type { CallName } from '../calls.js';
import {
  type Definition,
  EVENT,
  type HubMessage,
  LOST,
  REFUSED,
  RELEASE,
  REPORT,
  RETURN,
  RULES,
  VIEW,
  WATCH,
  type Welcome,
} from '../messages.js';
import { type PackedError, pack, unpack, unpackError } from '../pack.js';
import type { Place, StartHub } from '../place.js';
import { Relay } from '../ports/relay.js';
import type { MessagePortLike } from '../ports/wire.js';
import { Counts } from './counts.js';
import { Emitter } from './emitter.js';
import { HubCalls } from './hub-calls.js';
import { IdlePromises } from './idle.js';
import { KnownView } from './known-view.js';
import { Link, type MemberClock } from './link.js';
import { HeldPermits } from './permits.js';
import { MemberRequests } from './requests.js';
import { WaitingRequests } from './waiting.js';

export interface MemberParts {
  readonly place: Place;
  /** Returns the place for a member at the other side of a port; absent where there can be none. */
  readonly relayPlace?: (() => Place) | undefined;
  readonly clock: MemberClock;
  /** Starts a hub with a definition. */
  readonly start: (
    definition: Definition,
    epoch: string,
    isStolen: boolean,
  ) => ReturnType<StartHub>;
  /** Another one for each member. */
  readonly name: string;
  readonly definition: Definition;
  /** Called with errors that occur in the background. */
  readonly tell: (error: unknown) => void;
}

/** The requests and permits of one member, and what it knows of its hub. */
export class Member {
  readonly ready: Promise<void>;
  readonly emitter: Emitter;
  readonly counts = new Counts();
  readonly permits: HeldPermits;
  readonly waiting: WaitingRequests;
  readonly known: KnownView;
  epoch: string | undefined;
  definition: Definition;

  readonly #parts: MemberParts;
  readonly #link: Link;
  readonly #requests: MemberRequests;
  readonly #calls: HubCalls;
  readonly #idle = new IdlePromises();
  readonly #relays = new Set<Relay>();
  #failure: { readonly error: unknown } | undefined;
  #settleReady: (failed?: Promise<never>) => void = () => {};
  /** Whether a hub has answered, or none can be used. */
  #isReady = false;
  #isKeptAlive = false;
  #wasWaiting = false;

  constructor(parts: MemberParts) {
    const { clock, place, name } = parts;
    this.#parts = parts;
    this.definition = parts.definition;
    this.known = new KnownView(() => clock.now());
    this.ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    // Programs need not await it: requests reject with the same error.
    this.ready.catch(() => {});
    this.emitter = new Emitter((events) => this.#link.send([WATCH, events]));
    this.permits = new HeldPermits(clock, (id, how) => {
      this.#link.send([RELEASE, id, how]);
      this.#changed();
    });
    this.waiting = new WaitingRequests({
      clock,
      counts: this.counts,
      send: (message) => this.#link.send(message),
      isConnected: () => this.#link.isConnected,
      onChange: () => this.#waitingChanged(),
    });
    this.#requests = new MemberRequests({
      emitter: this.emitter,
      counts: this.counts,
      permits: this.permits,
      waiting: this.waiting,
      clock,
      link: () => this.#link,
      onSettled: () => this.#changed(),
    });
    this.#calls = new HubCalls(
      (message) => this.#link.send(message),
      () => this.#keepAlive(),
    );
    this.#link = new Link({
      place,
      clock,
      start: this.#start,
      hello: () => ({
        member: name,
        definition: pack(this.definition),
        held: this.permits.list(),
        watch: this.emitter.names,
      }),
      isExpecting: () => this.waiting.size + this.permits.size + this.#calls.size > 0,
      onConnect: (welcome) => this.#connected(welcome),
      onMessage: (message, at, wall) => this.#receive(message, at, wall),
      onDisconnect: (wasConnected) => this.#disconnected(wasConnected),
      onFailure: (error) => this.#fail(error),
    });
    this.#keepAlive();
  }

  readonly #start: StartHub = (epoch, isStolen = false) =>
    this.#parts.start(this.definition, epoch, isStolen);

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  /** Whether the hub is in this program. */
  get isHub(): boolean {
    return this.#parts.place.isHub;
  }

  idle(isIdle: () => boolean): Promise<void> {
    return this.#idle.wait(isIdle);
  }

  /** @throws {InvalidConfigError} an option is invalid */
  submit(
    costs: unknown,
    options: AcquireOptions | null | undefined,
    isForPermit: boolean,
  ): Promise<Permit | undefined> {
    return this.#requests.submit(costs, options, isForPermit, this.#failure);
  }

  /** Calls a method of the hub, now or when there is one. */
  call(method: CallName, ...parameters: unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return this.#calls.call(method, parameters);
  }

  /** Sends a report. The permit counts if it was granted by the hub of now. */
  report(report: object, permit: number | undefined): void {
    const isOfHub = permit !== undefined && this.permits.isOf(permit, this.#link.connection);
    this.#link.send([REPORT, pack(report), isOfHub ? permit : null]);
  }

  /**
   * Lets the member at the other side of a port use the hub. Returns a function that ends it.
   *
   * @throws {InvalidConfigError} it is no port, or is in use
   * @throws {ThrottlerError} of code `CANNOT_SERVE`: the hub is reached over a port here too
   */
  serve(port: MessagePortLike): () => void {
    const { relayPlace } = this.#parts;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (relayPlace === undefined) {
      throw new ThrottlerError(
        'A throttler over a port cannot serve another port: serve it where this one is served',
        'CANNOT_SERVE',
      );
    }
    const ended = () => {
      this.#relays.delete(relay);
    };
    const relay = new Relay({ port, place: relayPlace(), start: this.#start, ended });
    this.#relays.add(relay);
    return () => {
      ended();
      relay.stop();
    };
  }

  async close(reason?: unknown): Promise<void> {
    for (const relay of this.#relays) relay.stop();
    this.#relays.clear();
    this.#fail(reason ?? new ThrottlerClosedError('The throttler is closed', 'CLOSED'));
    this.#link.close();
    await this.#parts.place.close();
  }

  #changed(): void {
    this.#idle.changed();
  }

  #waitingChanged(): void {
    this.#keepAlive();
    if (this.waiting.size > 0) this.#wasWaiting = true;
    else if (this.#wasWaiting) {
      this.#wasWaiting = false;
      this.emitter.emit({ type: 'idle' });
    }
    this.#changed();
  }

  /** Keeps the process alive while something waits for the hub. */
  #keepAlive(): void {
    const isNeeded = !this.#isReady || this.waiting.size + this.#calls.size > 0;
    if (isNeeded === this.#isKeptAlive) return;
    this.#isKeptAlive = isNeeded;
    this.#parts.place.keepAlive(isNeeded);
  }

  #connected({ epoch, definition, view }: Welcome): void {
    const isNew = epoch !== this.epoch;
    this.epoch = epoch;
    this.#setDefinition(definition);
    this.known.set(view);
    this.#isReady = true;
    this.#settleReady();
    this.#keepAlive();
    this.waiting.sendAll();
    this.#calls.repeat();
    this.emitter.emit({ type: 'connect' });
    if (isNew) this.emitter.emit({ type: 'epoch', epoch } as { type: string });
  }

  #disconnected(wasConnected: boolean): void {
    this.waiting.disconnected();
    if (wasConnected) this.emitter.emit({ type: 'disconnect' });
  }

  #receive(message: HubMessage, at: number, wall: number): void {
    if (this.#requests.receive(message, at, wall)) return;
    switch (message[0]) {
      case VIEW:
        this.known.set(message[1]);
        break;
      case RETURN:
        if (message[4] !== null) this.known.set(message[4]);
        this.#calls.answered(message[1], message[2], message[3]);
        break;
      case EVENT:
        this.#event(unpack(message[1]) as { type: string; error?: PackedError });
        break;
      case RULES:
        this.#setDefinition(message[1]);
        this.emitter.emit({ type: 'rules' });
        break;
      case LOST:
        this.permits.lose(message[1]);
        this.#changed();
        break;
      case REFUSED:
        this.#fail(unpackError(message[1]));
        this.close();
        break;
    }
  }

  #event(event: { type: string; error?: PackedError }): void {
    if (event.error !== undefined) this.#parts.tell(unpackError(event.error));
    else this.emitter.emit(event);
  }

  #setDefinition(packed: unknown): void {
    this.definition = unpack(packed) as Definition;
  }

  /** Rejects all requests, now and later. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#requests.fail(error);
    this.#calls.fail(error);
    const rejected = Promise.reject(error);
    // It may be too late for it to reject anything.
    rejected.catch(() => {});
    this.#isReady = true;
    this.#settleReady(rejected);
    this.#keepAlive();
    this.#changed();
  }
}
