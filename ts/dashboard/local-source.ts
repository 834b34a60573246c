import type { MonitorMessage } from '../monitor/message.js';
import type { Watched, WatchedModes } from '../shared/watch/watched.js';
import { Watcher } from '../shared/watch/watcher.js';
import { type Audience, type Command, CommandError, type Source } from './source.js';

/** The time between two readings, in milliseconds. */
const EVERY = 500;

/** A throttler of the same page, with the calls of its commands. */
export interface LocalThrottler extends Watched {
  setMode(name: string, durationMs?: number): void | Promise<void>;
  pause(options?: { ms?: number; rules?: string[] }): void | Promise<void>;
  resume(options?: { rules?: string[] }): void | Promise<void>;
}

/** Reads a throttler of the same page. */
export class LocalSource implements Source {
  readonly #throttler: LocalThrottler;
  readonly #watcher: Watcher;
  readonly #audience: Audience;
  #timer: ReturnType<typeof setInterval> | undefined;
  #seq = 0;

  constructor(throttler: LocalThrottler, modes: WatchedModes | undefined, audience: Audience) {
    this.#throttler = throttler;
    this.#watcher = new Watcher(throttler, modes);
    this.#audience = audience;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#send(), EVERY);
    this.#send();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.stop();
    this.#watcher.close();
  }

  async command({ path, body }: Command): Promise<MonitorMessage> {
    const { mode, ms, rules } = body as { mode: string; ms?: number; rules?: string[] };
    try {
      if (path === 'mode') await this.#throttler.setMode(mode, ms);
      else if (path === 'pause') await this.#throttler.pause({ ...(ms !== undefined && { ms }) });
      else await this.#throttler.resume({ ...(rules && { rules }) });
    } catch (error) {
      throw new CommandError((error as Error).message);
    }
    return this.#read();
  }

  #send(): void {
    this.#audience.message(this.#read());
    this.#audience.connection('live');
  }

  #read(): MonitorMessage {
    const occurrences = this.#watcher.since(this.#seq);
    this.#seq = this.#watcher.seq;
    const name = 'default';
    return {
      version: 1,
      takesCommands: true,
      isAuthorized: true,
      throttlers: [{ name, reading: this.#reading() }],
      occurrences: occurrences.map((occurrence) => ({ throttler: name, ...occurrence })),
    };
  }

  /** Returns null once the throttler is closed. */
  #reading(): ReturnType<Watcher['read']> | null {
    try {
      return this.#watcher.read();
    } catch (error) {
      if ((error as { code?: unknown }).code === 'CLOSED') return null;
      throw error;
    }
  }
}
