import type { Occurrence, Reading } from '../shared/watch/reading.js';

/** The state of one throttler of a monitor. */
export interface NamedReading {
  /** The name of the throttler; `'default'` if it was given without one. */
  readonly name: string;
  /** The state; null once the throttler is closed. */
  readonly reading: Reading | null;
}

/** The answer to `GET stats`, and the data of the event `reading` of `GET events`. */
export interface MonitorMessage {
  /** The version of this format. */
  readonly version: 1;
  /** Whether the monitor takes commands, from a client with its token. */
  readonly takesCommands: boolean;
  /** Whether the request had the token. Always false in `GET events`. */
  readonly isAuthorized: boolean;
  readonly throttlers: readonly NamedReading[];
  /** The latest occurrences, the oldest first; in `GET events` those since the last message. */
  readonly occurrences: readonly (Occurrence & { readonly throttler: string })[];
}
