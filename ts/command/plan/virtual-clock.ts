/** Virtual time: it passes from event to event, and stands still while promises react. */

import type { Clock } from '../../index.js';

/** Event that is due at an instant; cancelled if it has no callback. */
interface Event {
  readonly due: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** The shortest timer, ms: a shorter one would not move a clock of a day, and never be over. */
const SHORTEST = 1e-6;

export class VirtualClock implements Clock {
  /** Unix milliseconds of the beginning. */
  readonly start: number;
  #now = 0;
  #events = 0;
  #isStopped = false;
  /** Binary heap: each event is due no later than its children at 2i + 1 and 2i + 2. */
  readonly #heap: Event[] = [];

  constructor(start: number) {
    this.start = start;
  }

  now = (): number => this.#now;

  wallNow = (): number => this.start + this.#now;

  setTimeout = (callback: () => void, ms: number): unknown => {
    const due = this.#now + (ms > 0 ? Math.max(ms, SHORTEST) : 0);
    const event = { due, order: this.#events++, callback };
    this.#push(event);
    return event;
  };

  clearTimeout = (handle: unknown): void => {
    (handle as Event).callback = undefined;
  };

  /**
   * Lets time pass up to an instant.
   *
   * @param end ms since the start
   * @param isPending whether a promise may react to an event
   */
  async run(end: number, isPending: () => boolean): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.due <= end; next = this.#heap[0]) {
      if (this.#isStopped) return;
      this.#pop();
      const { callback } = next;
      if (callback === undefined) continue;
      this.#now = Math.max(this.#now, next.due);
      const wasPending = isPending();
      callback();
      if (wasPending || isPending()) await new Promise(setImmediate);
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Ends the run at this instant. */
  stop(): void {
    this.#isStopped = true;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  /** Removes the first event. */
  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
