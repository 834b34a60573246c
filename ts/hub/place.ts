import type { Hub } from './hub.js';
import type { Port } from './port.js';

/** Where the hub of a key is found, and who becomes it. */
export interface Place {
  /** Whether the hub is in this program. */
  readonly isHub: boolean;
  /**
   * Resolves with a port to the hub. Where there is none, one member becomes it; then the port
   * leads to its own hub.
   *
   * @param start starts the hub in this program
   * @throws an error that another attempt cannot cure
   */
  connect(start: StartHub): Promise<Port>;
  /** Called when the hub has not answered for `ms` milliseconds, and repeatedly from then on. */
  silent?(ms: number): void;
  /** Keeps the process alive, or not. */
  keepAlive(isNeeded: boolean): void;
  /** Leaves, and hands the hub on if it is here. */
  close(): Promise<void>;
}

/**
 * Starts a hub. `epoch` names it; `isStolen` says that the hub before may go on, as its place was
 * taken from it.
 */
export type StartHub = (epoch: string, isStolen?: boolean) => Promise<RunningHub>;

/** A hub with its engine and its store. */
export interface RunningHub {
  readonly hub: Hub;
  /** Saves the state, and ends all connections. */
  stop(): Promise<void>;
}
