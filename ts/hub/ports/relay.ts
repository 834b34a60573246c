import { packError } from '../pack.js';
import type { Place, StartHub } from '../place.js';
import type { Port } from '../port.js';
import type { Frame } from './frames.js';
import { type MessagePortLike, Wire } from './wire.js';

/** The parts of a {@link Relay}. */
export interface RelayParts {
  readonly port: MessagePortLike;
  /** Where the hub is found, for this relay alone. */
  readonly place: Place;
  readonly start: StartHub;
  /** Called when the other side has ended. */
  readonly ended: () => void;
}

/**
 * Connects the member at the other side of a message port with the hub, wherever that is. Messages
 * pass unchanged, so the member compares clocks with the hub itself, and gives grants back that
 * were late because this program was busy.
 */
export class Relay {
  readonly #parts: RelayParts;
  readonly #wire: Wire;
  /** The connection that the member has asked for last. */
  #id = 0;
  #hub: Port | undefined;
  #isConnecting = false;
  #isStopped = false;

  /** @throws {InvalidConfigError} it is no port, or is in use */
  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#wire = new Wire(parts.port, {
      frame: (frame) => this.#receive(frame),
      closed: () => {
        this.stop();
        parts.ended();
      },
    });
    this.#wire.watch();
  }

  /** Ends the connection. Idempotent. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#end();
    this.#wire.close();
    this.#parts.place.close();
  }

  #receive(frame: Frame): void {
    switch (frame[0]) {
      case 'connect':
        this.#end();
        this.#id = frame[1];
        if (!this.#isConnecting) this.#connect();
        break;
      case 'message':
        if (frame[1] === this.#id) this.#hub?.post(frame[2]);
        break;
      case 'end':
        if (frame[1] === this.#id) this.#end();
        break;
    }
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true;
    try {
      const hub = await this.#parts.place.connect(this.#parts.start);
      // The member may have asked anew meanwhile: it gets this connection.
      const id = this.#id;
      if (this.#isStopped) {
        hub.close();
        return;
      }
      this.#hub = hub;
      hub.onMessage = (message) => this.#wire.send(['message', id, message]);
      hub.onClose = () => {
        if (this.#hub === hub) this.#hub = undefined;
        this.#wire.send(['end', id]);
      };
      this.#wire.send(['connected', id]);
    } catch (error) {
      this.#wire.send(['failed', this.#id, packError(error)]);
    } finally {
      this.#isConnecting = false;
    }
  }

  #end(): void {
    const hub = this.#hub;
    this.#hub = undefined;
    hub?.close();
  }
}
