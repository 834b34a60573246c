import type { Throttler } from '../index.js';
import type { Reading } from '../shared/watch/reading.js';
import { Watcher } from '../shared/watch/watcher.js';
import type { MonitorMessage, NamedReading } from './message.js';
import type { Settings } from './options.js';

/** The throttlers of a monitor, watched from when it was made. */
export class Source {
  readonly #watchers: readonly (readonly [string, Watcher])[];
  readonly #takesCommands: boolean;
  /** Tells the numbers of this run from those of one before a restart. */
  readonly #run = Date.now().toString(36);

  // biome-ignore lint/suspicious/noExplicitAny: throttlers of any rules
  constructor(throttlers: readonly [string, Throttler<any>][], settings: Settings) {
    this.#watchers = throttlers.map(([name, throttler]) => [
      name,
      new Watcher(throttler, settings.modes),
    ]);
    this.#takesCommands = settings.token !== undefined;
  }

  close(): void {
    for (const [, watcher] of this.#watchers) watcher.close();
  }

  /** Names the latest occurrences; a client that names them gets those after them. */
  get position(): string {
    return [this.#run, ...this.#watchers.map(([, { seq }]) => seq)].join('.');
  }

  read(): NamedReading[] {
    return this.#watchers.map(([name, watcher]) => ({ name, reading: readOpen(watcher) }));
  }

  /**
   * Returns the message with these readings and the occurrences after a position; those of an
   * unknown position, or without one, are all that are kept.
   */
  message(
    throttlers: readonly NamedReading[],
    after: string | undefined,
    isAuthorized: boolean,
  ): MonitorMessage {
    const [run, ...seqs] = after?.split('.') ?? [];
    const occurrences = this.#watchers.flatMap(([throttler, watcher], index) => {
      const seq = run === this.#run ? Number(seqs[index]) || 0 : 0;
      return watcher.since(seq).map((occurrence) => ({ throttler, ...occurrence }));
    });
    const takesCommands = this.#takesCommands;
    return { version: 1, takesCommands, isAuthorized, throttlers, occurrences };
  }
}

/** Returns null for a throttler that is closed. */
function readOpen(watcher: Watcher): Reading | null {
  try {
    return watcher.read();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'CLOSED') return null;
    throw error;
  }
}
