import { type HubMessage, type HubView, VIEW } from './messages.js';
import { pack } from './pack.js';

/** The part of a hub's time that views may take. */
const SHARE = 1 / 20;

/** The parts of a {@link ViewFeed}. */
export interface ViewFeedParts {
  readonly view: () => HubView;
  readonly now: () => number;
  /** Calls back after some milliseconds; returns a function that cancels the call. */
  readonly later: (callback: () => void, ms: number) => () => void;
}

interface Receiver {
  send(message: HubMessage): void;
}

/**
 * Tells members the state of the hub after their requests were granted, so that the status which
 * they know includes these. A view of many rules takes long, so a view may have to wait until all
 * of them together take at most a {@link SHARE} of the time. It is then sent to all that wait.
 */
export class ViewFeed {
  readonly #parts: ViewFeedParts;
  readonly #waiting = new Set<Receiver>();
  #cancel: (() => void) | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ViewFeedParts) {
    this.#parts = parts;
  }

  /** Sends the view of now to a receiver: at once, or when there is time for it. */
  offer(receiver: Receiver): void {
    const wait = this.#nextAt - this.#parts.now();
    if (this.#cancel === undefined && !(wait > 0)) {
      receiver.send(this.#message());
      return;
    }
    this.#waiting.add(receiver);
    this.#cancel ??= this.#parts.later(() => this.#sendAll(), wait);
  }

  /** Sends nothing any more to a receiver. */
  leave(receiver: Receiver): void {
    this.#waiting.delete(receiver);
  }

  close(): void {
    this.#cancel?.();
    this.#waiting.clear();
  }

  #sendAll(): void {
    this.#cancel = undefined;
    const receivers = [...this.#waiting];
    this.#waiting.clear();
    if (receivers.length === 0) return;
    const message = this.#message();
    for (const receiver of receivers) receiver.send(message);
  }

  #message(): HubMessage {
    const { now, view } = this.#parts;
    const start = now();
    const packed = pack(view());
    const end = now();
    this.#nextAt = end + (end - start) * (1 / SHARE - 1);
    return [VIEW, packed];
  }
}
