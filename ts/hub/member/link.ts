import { Channel } from '../channel.js';
import {
  HELLO,
  type Hello,
  type HubMessage,
  type MemberMessage,
  PING,
  PONG,
  PROTOCOL,
  WELCOME,
  type Welcome,
} from '../messages.js';
import type { Place, StartHub } from '../place.js';
import type { Port } from '../port.js';
import { ClockOffset } from './clock-offset.js';

/** Milliseconds between two messages to a hub that owes an answer. */
const PING_INTERVAL = 1000;
/** Milliseconds that a hub has to welcome a member. */
const WELCOME_TIME = 3000;
/** Milliseconds after which used grants are confirmed, if no other message does it. */
const CONFIRM = 250;
/** Milliseconds by which the grants of one event may be earlier than the time of their batch. */
const SLACK = 1;
/**
 * Milliseconds by which the wall clock may be set while a grant is on its way, and within which an
 * answer shows the difference of two wall clocks.
 */
const WALL_SLACK = 1000;
/** The longest pause before another attempt to connect, in milliseconds. */
const LONGEST_PAUSE = 500;

/** Time of a member. */
export interface MemberClock {
  now(): number;
  wallNow(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export interface LinkParts {
  readonly place: Place;
  readonly clock: MemberClock;
  readonly start: StartHub;
  /** Returns the first message of a connection. */
  readonly hello: () => Omit<Hello, 'protocol' | 'sentAt'>;
  /** Whether the hub owes an answer. */
  readonly isExpecting: () => boolean;
  readonly onConnect: (welcome: Welcome) => void;
  readonly onMessage: (message: HubMessage, at: number, wall: number) => void;
  readonly onDisconnect: (wasConnected: boolean) => void;
  /** Called with an error that another attempt cannot cure. */
  readonly onFailure: (error: unknown) => void;
}

/** The connection of a member to the hub of the time, which is made anew when it ends. */
export class Link {
  readonly #parts: LinkParts;
  #channel: Channel<HubMessage, MemberMessage> | undefined;
  #isConnected = false;
  #isClosed = false;
  #offset = new ClockOffset();
  /** The wall clock of this member minus the hub's: 0 unless a program has replaced its own. */
  #wallOffset = 0;
  /** When the hub was last asked for its clock, on both clocks of this member. */
  #asked = { at: Number.NaN, wall: 0 };
  /** The number of grants of this connection that were used or given back. */
  #settled = 0;
  /** The number of grants of this connection that the hub knows to be settled. */
  #confirmed = 0;
  #confirmTimer: unknown;
  #pingTimer: unknown;
  #heardAt = 0;
  #attempts = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#connect();
  }

  /** Whether a hub has welcomed this member. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** The connection, to compare; undefined while there is none. */
  get connection(): object | undefined {
    return this.#isConnected ? this.#channel : undefined;
  }

  /** Sends a message, unless there is no connection: the next one begins with what is unsettled. */
  send(message: MemberMessage): void {
    if (!this.#isConnected) return;
    this.#channel?.send(message);
    this.#watchHub();
  }

  /** Asks the hub for its clock, as a better bound may show that the next grant is in time. */
  compareClocks(): void {
    this.#channel?.send([PING, this.#ask()]);
  }

  /** To be called when a grant was used, given back, or not needed any more. */
  settled(): void {
    this.#settled += 1;
  }

  /**
   * Whether a grant has come too late to be used.
   *
   * @param at when it was made, on the clock of the hub
   * @param wall the same on the wall clock, as the other one stands still while a machine sleeps
   * @param delivery the milliseconds within which it has to arrive; null for any time
   */
  isLate(at: number, wall: number, delivery: number | null): boolean {
    if (delivery === null) return false;
    const { clock } = this.#parts;
    return (
      clock.now() > this.#offset.local(at) + delivery - SLACK ||
      clock.wallNow() - wall - this.#wallOffset > delivery + WALL_SLACK
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#isConnected = false;
    this.#stopTimers();
    this.#channel?.close(true);
    this.#channel = undefined;
  }

  async #connect(): Promise<void> {
    try {
      const port = await this.#parts.place.connect(this.#parts.start);
      if (this.#isClosed) port.close();
      else this.#open(port);
    } catch (error) {
      if (!this.#isClosed) this.#parts.onFailure(error);
    }
  }

  #open(port: Port): void {
    const { clock, hello } = this.#parts;
    this.#offset = new ClockOffset();
    this.#wallOffset = 0;
    this.#settled = 0;
    this.#confirmed = 0;
    this.#heardAt = clock.now();
    this.#channel = new Channel<HubMessage, MemberMessage>(port, {
      header: () => {
        this.#confirmed = this.#settled;
        return [this.#settled, 0];
      },
      message: (message, at, wall) => this.#receive(message, at, wall),
      batch: () => this.#confirmLater(),
      closed: () => this.#disconnected(),
    });
    this.#channel.send([HELLO, { ...hello(), protocol: PROTOCOL, sentAt: this.#ask() }]);
    this.#watchHub();
  }

  #receive(message: HubMessage, at: number, wall: number): void {
    const { clock, onConnect, onMessage } = this.#parts;
    this.#heardAt = clock.now();
    switch (message[0]) {
      case WELCOME: {
        const [, welcome] = message;
        this.#offset.learn(welcome.sentAt, welcome.heardAt);
        this.#learnWall(welcome.sentAt, wall);
        this.#isConnected = true;
        this.#attempts = 0;
        onConnect(welcome);
        break;
      }
      case PONG: {
        const [, sentAt, heardAt] = message;
        this.#offset.learn(sentAt, heardAt);
        this.#learnWall(sentAt, wall);
        break;
      }
      default:
        onMessage(message, at, wall);
    }
  }

  /** Notes that the hub is asked for its clock. Returns the instant. */
  #ask(): number {
    const { clock } = this.#parts;
    const at = clock.now();
    // Of questions of one instant the first counts: the machine may have slept in between.
    if (at !== this.#asked.at) this.#asked = { at, wall: clock.wallNow() };
    return at;
  }

  /**
   * Learns the difference of the wall clocks from the answer to the last question. If the machine
   * slept since the question, the answer is old: the wall clock has gone on.
   */
  #learnWall(sentAt: number, wall: number): void {
    const { at, wall: askedAt } = this.#asked;
    const now = this.#parts.clock.wallNow();
    if (sentAt === at && Math.abs(now - askedAt) < WALL_SLACK) this.#wallOffset = now - wall;
  }

  #disconnected(): void {
    const wasConnected = this.#isConnected;
    this.#channel = undefined;
    this.#isConnected = false;
    this.#stopTimers();
    if (this.#isClosed) return;
    this.#parts.onDisconnect(wasConnected);
    if (wasConnected) {
      this.#connect();
      return;
    }
    // A hub that ends connections at once is left alone for a while.
    this.#attempts += 1;
    const pause = Math.min(LONGEST_PAUSE, 2 ** this.#attempts) * (0.5 + Math.random() / 2);
    this.#parts.clock.setTimeout(() => {
      if (!this.#isClosed) this.#connect();
    }, pause);
  }

  /** Asks the hub for a sign of life while it owes an answer. */
  #watchHub(): void {
    if (this.#pingTimer !== undefined) return;
    this.#pingTimer = this.#parts.clock.setTimeout(() => this.#ping(), PING_INTERVAL);
  }

  #ping(): void {
    this.#pingTimer = undefined;
    const { clock, place, isExpecting } = this.#parts;
    if (this.#channel === undefined || !(isExpecting() || !this.#isConnected)) return;
    const silence = clock.now() - this.#heardAt;
    if (silence > 2 * PING_INTERVAL) place.silent?.(silence);
    if (this.#isConnected) this.#channel?.send([PING, this.#ask()]);
    else if (silence > WELCOME_TIME) this.#channel?.fail();
    this.#watchHub();
  }

  #confirmLater(): void {
    if (this.#settled === this.#confirmed || this.#confirmTimer !== undefined) return;
    this.#confirmTimer = this.#parts.clock.setTimeout(() => {
      this.#confirmTimer = undefined;
      if (this.#settled > this.#confirmed) this.#channel?.send([PING, this.#ask()]);
    }, CONFIRM);
  }

  #stopTimers(): void {
    const { clock } = this.#parts;
    clock.clearTimeout(this.#confirmTimer);
    clock.clearTimeout(this.#pingTimer);
    this.#confirmTimer = undefined;
    this.#pingTimer = undefined;
  }
}
