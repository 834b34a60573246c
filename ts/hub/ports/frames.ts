import type { PackedError } from '../pack.js';

/**
 * A message between the two sides of a port. `id` is the number of a connection, of which the
 * latest one counts.
 */
export type Frame =
  /** The member asks for a connection to the hub. */
  | readonly ['connect', id: number]
  /** There is one. */
  | readonly ['connected', id: number]
  /** There will be none. */
  | readonly ['failed', id: number, error: PackedError]
  /** A message of the member to the hub, or of the hub to the member. */
  | readonly ['message', id: number, message: unknown]
  /** The connection has ended. */
  | readonly ['end', id: number]
  /** The side that sends it has closed the port: not all ports tell it. */
  | readonly ['closed']
  /** Asks for a sign of life. */
  | readonly ['ping']
  | readonly ['pong'];
