import type { MonitorMessage } from '../monitor/message.js';

/** A command to a throttler. */
export interface Command {
  readonly path: 'mode' | 'pause' | 'resume' | 'check';
  readonly body: { readonly [field: string]: unknown };
}

/** The connection to a source: `'lost'` while it is tried again. */
export type Connection = 'connecting' | 'live' | 'lost';

/** A command that was not run. */
export class CommandError extends Error {
  /** @param isUnauthorized whether the token is missing or wrong */
  constructor(
    message: string,
    readonly isUnauthorized = false,
  ) {
    super(message);
  }
}

/** The messages that a dashboard shows, and the commands that it gives. */
export interface Source {
  /** Starts the messages. Idempotent. */
  start(): void;
  /** Stops them: nothing runs until they are started again. Idempotent. */
  stop(): void;
  /** Stops for ever. */
  close(): void;
  /**
   * Runs a command.
   *
   * @throws {CommandError} it was not run
   */
  command(command: Command, token: string | undefined): Promise<MonitorMessage>;
}

/** Takes what a source sends. */
export interface Audience {
  message(message: MonitorMessage): void;
  connection(connection: Connection): void;
}
