import { invalidConfig } from '../../index.js';
import { BACKGROUND } from '../timers.js';
import type { Frame } from './frames.js';

/**
 * One side of a message channel that is used for nothing else: a `MessagePort` of a browser, of
 * Node's `worker_threads`, or of Electron (`MessagePortMain`). The throttler closes it.
 */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  close(): void;
}

/** The methods that one or the other kind of port has. */
interface AnyPort extends MessagePortLike {
  addEventListener?(name: string, listener: (event: { readonly data?: unknown }) => void): void;
  on?(name: string, listener: (event: { readonly data?: unknown }) => void): void;
  start?(): void;
  ref?(): void;
  unref?(): void;
}

/** Milliseconds between two signs of life, where ports do not tell their end. */
const HEARTBEAT = 10_000;
/** The number of heartbeats after which a silent side has ended. */
const MISSED = 3;

/** The ports that have a {@link Wire}: a second one would send each request again. */
const used = new WeakSet<MessagePortLike>();

/** The callbacks of a {@link Wire}. */
export interface WireEvents {
  readonly frame: (frame: Frame) => void;
  /** Called once, when the other side has closed the port or has died: not after `close`. */
  readonly closed: () => void;
}

/** Frames over a message port of any kind. */
export class Wire {
  readonly #port: AnyPort;
  readonly #events: WireEvents;
  #isOpen = true;
  #heartbeat: unknown;
  /** The number of heartbeats since the other side was heard. */
  #missed = 0;

  /** @throws {InvalidConfigError} it is no port, or is in use */
  constructor(port: MessagePortLike, events: WireEvents) {
    this.#port = port;
    this.#events = events;
    const { addEventListener, on } = Object(port) as AnyPort;
    const isPort = typeof port?.postMessage === 'function' && typeof port.close === 'function';
    if (!isPort || (addEventListener ?? on) === undefined)
      throw invalidConfig('port', 'a MessagePort', port);
    if (used.has(port)) throw invalidConfig('port', 'a MessagePort that is not in use', port);
    used.add(port);
    this.#listen('message', ({ data }) => this.#receive(data as Frame));
    this.#listen('close', () => this.#ended());
    this.#port.start?.();
    // A port that is listened to would keep its process alive.
    this.#port.unref?.();
  }

  /** Expects signs of life from now on, where ports do not tell that the other side has ended. */
  watch(): void {
    if (!tellsEnd(this.#port) && this.#heartbeat === undefined) this.#beat();
  }

  send(frame: Frame): void {
    if (this.#isOpen) this.#port.postMessage(frame);
  }

  /** Keeps the process alive, or not. */
  keepAlive(isNeeded: boolean): void {
    if (!this.#isOpen) return;
    if (isNeeded) this.#port.ref?.();
    else this.#port.unref?.();
  }

  close(): void {
    this.send(['closed']);
    this.#end();
  }

  #listen(name: string, listener: (event: { readonly data?: unknown }) => void): void {
    if (this.#port.addEventListener !== undefined) this.#port.addEventListener(name, listener);
    else this.#port.on?.(name, (event) => listener(event));
  }

  #receive(frame: Frame): void {
    if (!this.#isOpen) return;
    this.#missed = 0;
    if (frame[0] === 'ping') this.send(['pong']);
    else if (frame[0] === 'closed') this.#ended();
    else if (frame[0] !== 'pong') this.#events.frame(frame);
  }

  #ended(): void {
    if (!this.#isOpen) return;
    this.#end();
    this.#events.closed();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    BACKGROUND.clearTimeout(this.#heartbeat);
    this.#port.close();
  }

  #beat(): void {
    if (this.#missed === MISSED) {
      this.#ended();
      return;
    }
    this.#missed += 1;
    this.send(['ping']);
    this.#heartbeat = BACKGROUND.setTimeout(() => this.#beat(), HEARTBEAT);
  }
}

/** Whether a port has the event `close`: those of Node and Electron, and of newer browsers. */
function tellsEnd(port: AnyPort): boolean {
  return port.on !== undefined || 'onclose' in port;
}
