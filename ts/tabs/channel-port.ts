import type { Port } from '../hub/port.js';

/** A port over a broadcast channel of its own, on which two pages or workers are. */
export class ChannelPort implements Port {
  onMessage: (message: unknown) => void = () => {};
  onClose: () => void = () => {};
  readonly #channel: BroadcastChannel;
  #isOpen = true;

  constructor(name: string) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => {
      if (data === CLOSED) this.closed();
      else if (this.#isOpen) this.onMessage(data);
    };
  }

  post(message: unknown): void {
    if (this.#isOpen) this.#channel.postMessage(message);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#channel.postMessage(CLOSED);
    this.#end();
  }

  /** To be called when the other side has gone. */
  closed(): void {
    if (!this.#isOpen) return;
    this.#end();
    this.onClose();
  }

  #end(): void {
    this.#isOpen = false;
    this.#channel.close();
  }
}

const CLOSED = 'closed';
