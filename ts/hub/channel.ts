import type { Port } from './port.js';

/** Messages that travel together: their number in the connection, two values, and the messages. */
type Batch<M> = readonly [number: number, first: number, second: number, messages: readonly M[]];

/** The callbacks of a {@link Channel}. */
export interface ChannelEvents<In> {
  /** Called with each message, and with the two values of its batch. */
  message(message: In, first: number, second: number): void;
  /** Called after the messages of a batch. */
  batch?(first: number): void;
  /** Called once, when the connection has ended by itself: not after `close`. */
  closed(): void;
  /** Returns the two values of the next batch. Called with its first message. */
  header(): readonly [first: number, second: number];
  /** Resolves when messages that are held back may be sent; undefined if they may be sent now. */
  barrier?(): Promise<void> | undefined;
  /** Called when the messages so far are about to be sent. Messages that it sends join them. */
  sending?(): void;
}

/**
 * Batches of numbered messages over a port. All messages of one microtask checkpoint travel in one
 * batch. A doubled batch is ignored, and a gap ends the connection: the next one begins with all
 * that is unsettled, so nothing is lost for it.
 */
export class Channel<In, Out> {
  readonly port: Port;
  readonly #events: ChannelEvents<In>;
  #sent = 0;
  #received = 0;
  #outgoing: Out[] = [];
  #header: readonly [number, number] | undefined;
  /** Whether a message of the next batch is held back. */
  #isHeldBack = false;
  #isOpen = true;

  constructor(port: Port, events: ChannelEvents<In>) {
    this.port = port;
    this.#events = events;
    port.onMessage = (message) => this.#receive(message);
    port.onClose = () => this.fail();
  }

  /** Sends a message with the next batch, after the barrier if it is held back. */
  send(message: Out, isHeldBack = false): void {
    if (!this.#isOpen) return;
    this.#outgoing.push(message);
    if (isHeldBack) this.#isHeldBack = true;
    if (this.#header !== undefined) return;
    this.#header = this.#events.header();
    // The second microtask comes after the other reactions to the same event.
    Promise.resolve()
      .then(() => {})
      .then(() => this.#flush());
  }

  /** Ends the connection from this side, with or without what was to be sent next. */
  close(isFlushed: boolean): void {
    if (!this.#isOpen) return;
    if (isFlushed) this.#post();
    this.#isOpen = false;
    this.port.close();
  }

  /** Ends a connection that is broken. */
  fail(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.port.close();
    this.#events.closed();
  }

  #flush(): void {
    if (!this.#isOpen) return;
    const barrier = this.#isHeldBack ? this.#events.barrier?.() : undefined;
    if (barrier === undefined) this.#post();
    // Further messages may have joined the batch meanwhile.
    else
      barrier.then(
        () => this.#flush(),
        () => this.fail(),
      );
  }

  #post(): void {
    const header = this.#header;
    if (header === undefined) return;
    this.#events.sending?.();
    const messages = this.#outgoing;
    this.#outgoing = [];
    this.#header = undefined;
    this.#isHeldBack = false;
    this.port.post([++this.#sent, ...header, messages]);
  }

  #receive(message: unknown): void {
    if (!this.#isOpen) return;
    const [number, first, second, messages] = message as Batch<In>;
    if (number <= this.#received) return;
    if (number > this.#received + 1) {
      this.fail();
      return;
    }
    this.#received = number;
    for (const each of messages) {
      if (!this.#isOpen) return;
      this.#events.message(each, first, second);
    }
    if (this.#isOpen) this.#events.batch?.(first);
  }
}
