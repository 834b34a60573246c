/** The calls about a request that its timer makes. */
export interface RequestCalls {
  /** Withdraws a waiter. */
  cancel(ticket: number): void;
  /** Settles what has become due by that. */
  flush(): void;
  /** Returns how many milliseconds the holder of a permit waited; -1 if the ticket has none. */
  waited(ticket: number): number;
  /** Ends a permit. */
  release(ticket: number, refund: boolean): void;
}

/** A request that keeps a timer in its own context: see request.ts. */
export interface TrackedRequest {
  /** Returns a promise that settles like `promise` and continues in the context of the request. */
  own<T>(promise: Promise<T>): Promise<T>;
  /** To be called when the request does not wait any more, before its promise is settled. */
  settled(): void;
}

/** The timers of one throttler, where its clock is the system's. */
export interface Timers {
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  /**
   * Tracks a request that waits or holds a permit. Only edge runtimes need that.
   *
   * @throws the request would have to wait where the runtime has no timers
   */
  track?(calls: RequestCalls, ticket: number, isWaiting: boolean): TrackedRequest | undefined;
}
