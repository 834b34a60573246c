import { ThrottlerError } from '../../index.js';
import { unpackError } from '../pack.js';
import type { Place } from '../place.js';
import type { Port } from '../port.js';
import { BACKGROUND } from '../timers.js';
import type { Frame } from './frames.js';
import { type MessagePortLike, Wire } from './wire.js';

/** Milliseconds after which the hub is asked for again: the other side may not listen yet. */
const AGAIN = 1000;

/** The hub is reached through the other side of a message port. */
export class PortPlace implements Place {
  readonly isHub = false;
  readonly #wire: Wire;
  readonly #isUnref: boolean;
  #ids = 0;
  #end: PortEnd | undefined;
  /** Settles the attempt to connect. */
  #answer: (frame?: Frame) => void = () => {};
  #isClosed = false;
  /** Whether the other side has ended. */
  #isLost = false;

  /** @throws {InvalidConfigError} it is no port, or is in use */
  constructor(port: MessagePortLike, isUnref: boolean) {
    this.#isUnref = isUnref;
    this.#wire = new Wire(port, {
      frame: (frame) => this.#receive(frame),
      closed: () => this.#lose(),
    });
  }

  async connect(): Promise<Port> {
    while (!this.#isClosed) {
      if (this.#isLost) {
        throw new ThrottlerError(
          'The port to the hub was closed: the program at its other side has ended',
          'PORT_CLOSED',
        );
      }
      const frame = await this.#ask(++this.#ids);
      if (frame?.[0] === 'failed') throw unpackError(frame[2]);
      if (frame !== undefined) return this.#open(this.#ids);
    }
    throw new ThrottlerError('The throttler is closed', 'CLOSED');
  }

  keepAlive(isNeeded: boolean): void {
    this.#wire.keepAlive(isNeeded && !this.#isUnref);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#answer();
    this.#wire.close();
  }

  /** Resolves with the answer; with undefined if there is none. */
  #ask(id: number): Promise<Frame | undefined> {
    return new Promise((resolve) => {
      const timer = BACKGROUND.setTimeout(() => resolve(undefined), AGAIN);
      this.#answer = (frame) => {
        BACKGROUND.clearTimeout(timer);
        resolve(frame);
      };
      this.#wire.send(['connect', id]);
    });
  }

  #open(id: number): Port {
    const end = new PortEnd(id, this.#wire);
    this.#end = end;
    return end;
  }

  #receive(frame: Frame): void {
    if (frame[0] === 'ping' || frame[0] === 'pong' || frame[1] !== this.#ids) return;
    if (frame[0] === 'message') this.#end?.onMessage(frame[2]);
    else if (frame[0] === 'end') this.#end?.ended();
    else this.#answer(frame);
  }

  #lose(): void {
    this.#isLost = true;
    this.#answer();
    this.#end?.ended();
  }
}

/** A connection over a port that others may follow. */
class PortEnd implements Port {
  onMessage: (message: unknown) => void = () => {};
  onClose: () => void = () => {};
  readonly #id: number;
  readonly #wire: Wire;
  #isOpen = true;

  constructor(id: number, wire: Wire) {
    this.#id = id;
    this.#wire = wire;
  }

  post(message: unknown): void {
    if (this.#isOpen) this.#wire.send(['message', this.#id, message]);
  }

  close(): void {
    if (this.#isOpen) this.#wire.send(['end', this.#id]);
    this.#isOpen = false;
  }

  ended(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onClose();
  }
}
