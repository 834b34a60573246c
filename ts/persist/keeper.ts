import type { Clock, MultiThrottler, ThrottlerError } from '../index.js';
import type { AheadLog, PauseNote } from './ahead-log.js';
import { otherWork } from './other-work.js';
import { encode } from './record.js';
import type { Store } from './store.js';

/** The number of rules of one part of a snapshot, which takes about 0.2 ms. */
const PART = 50;

interface Parts {
  readonly throttler: MultiThrottler;
  readonly store: Store;
  readonly log: AheadLog;
  readonly every: number;
  readonly tell: (error: unknown) => void;
  readonly timers: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
}

/**
 * Keeps the state of a throttler in a store: follows its events, and saves snapshots. Grants are
 * counted from the constructor on.
 */
export class Keeper {
  readonly #parts: Parts;
  #undo: (() => void)[] = [];
  #timer: unknown;
  /** Whether something has changed since the last snapshot was made. */
  #isChanged = false;
  /** Whether the state was restored, so that it may be saved. */
  #isReady = false;
  /** Whether the last snapshot that was made is in the store. */
  #isSafe = false;
  /** Whether the log fails, which is told once. */
  #isLogFailing = false;
  #saving: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { throttler, log } = parts;
    this.#undo = [throttler.on('grant', ({ cost }) => this.#note(() => log.grant(cost)))];
  }

  /**
   * Follows all other events, and makes the snapshot of one rule, which is not kept. V8 compiles a
   * function at its first call, so the first part of a snapshot would else take longer than a later
   * one. To be called before the state is restored.
   */
  prepare(): void {
    const { throttler } = this.#parts;
    this.#undo.push(
      throttler.on('pause', ({ until, rules }) => {
        const named = rules ?? null;
        if (!Number.isFinite(until)) this.#notePause(['pause', null, named]);
        else this.#notePause(['pause', until, named, this.#now()]);
      }),
      throttler.on('resume', ({ rules }) => this.#notePause(['resume', rules ?? null])),
      throttler.on('sync', () => this.#change()),
      throttler.on('mode', () => this.#change()),
    );
    JSON.stringify(throttler.snapshotPart(0, 1));
  }

  /** Saves a first time. To be called when the state was restored. */
  async start(): Promise<void> {
    this.#isReady = true;
    await this.#save(false);
    this.#undo.push(this.#parts.store.atEnd((isLast) => this.#saveNow(isLast)));
  }

  /** Stops to follow the throttler. */
  leave(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#disarm();
  }

  /** Stops without saving, and gives the store back. */
  async abandon(): Promise<void> {
    this.leave();
    await this.#parts.store.close();
  }

  /** Saves a snapshot that is made now or later. */
  async save(): Promise<void> {
    while (this.#saving !== undefined) await this.#saving.catch(() => {});
    if (this.#stopped === undefined) await this.#save(false);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    // Another save may have begun while this waited. An error of it was told by who began it.
    while (this.#saving !== undefined) await this.#saving.catch(() => {});
    try {
      await this.#save(true);
    } catch (error) {
      if (!isOfClosed(error)) throw error;
    } finally {
      await this.abandon();
    }
  }

  #save(isLast: boolean): Promise<void> {
    const saving = this.#saveOnce(isLast).finally(() => {
      this.#saving = undefined;
      if (this.#isChanged && this.#stopped === undefined) this.#arm();
    });
    this.#saving = saving;
    return saving;
  }

  async #saveOnce(isLast: boolean): Promise<void> {
    this.#disarm();
    try {
      await this.#parts.store.save(await this.#text(isLast));
      this.#isSafe = true;
    } catch (error) {
      this.#isChanged = !isOfClosed(error);
      throw error;
    }
  }

  /** Saves at once, as the program is about to end. */
  #saveNow(isLast: boolean): void {
    try {
      const part = JSON.stringify(this.#parts.throttler.snapshot());
      const generation = this.#beginGeneration();
      this.#parts.store.saveNow(encode(generation, isLast, [part]));
    } catch (error) {
      if (!isOfClosed(error)) this.#parts.tell(error);
    }
  }

  /**
   * Returns the text of a snapshot. Its parts are made one by one, so that other work of the
   * program goes on in between. The notes of the new generation begin with the first part.
   */
  async #text(isLast: boolean): Promise<string> {
    const { throttler } = this.#parts;
    const parts: string[] = [];
    let generation = 0;
    for (let from = 0; ; from += PART) {
      const part = throttler.snapshotPart(from, PART);
      if (from === 0) generation = this.#beginGeneration();
      if (part === undefined) return encode(generation, isLast, parts);
      parts.push(JSON.stringify(part));
      await otherWork();
    }
  }

  /**
   * Begins the generation of a snapshot that was just made, and returns its number. It is a new one
   * only if the snapshot before is in the store. If not, or if that is still being written, the
   * notes so far count on.
   */
  #beginGeneration(): number {
    const { log } = this.#parts;
    if (this.#isSafe) log.next();
    this.#isSafe = false;
    this.#isChanged = false;
    return log.generation;
  }

  /** The wall clock of the throttler; undefined if it has no rules or is closed. */
  #now(): number | undefined {
    try {
      return this.#parts.throttler.snapshotPart(0, 1)?.savedAt;
    } catch (error) {
      if (isOfClosed(error)) return undefined;
      throw error;
    }
  }

  #notePause(note: PauseNote): void {
    this.#note(() => this.#parts.log.pause(note));
  }

  /** Makes a note, and has a snapshot saved. */
  #note(write: () => void): void {
    try {
      write();
      this.#isLogFailing = false;
    } catch (error) {
      if (!this.#isLogFailing) this.#parts.tell(error);
      this.#isLogFailing = true;
    }
    this.#change();
  }

  #change(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#arm();
  }

  #arm(): void {
    if (!this.#isReady || this.#timer !== undefined || this.#saving !== undefined) return;
    const { timers, every } = this.#parts;
    this.#timer = timers.setTimeout(() => this.#tick(), every);
  }

  #disarm(): void {
    if (this.#timer === undefined) return;
    this.#parts.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#stopped !== undefined || this.#saving !== undefined) return;
    this.#save(false).catch((error) => {
      if (!isOfClosed(error)) this.#parts.tell(error);
    });
  }
}

/** Whether an error comes of a closed throttler. The state in the store is then complete. */
function isOfClosed(error: unknown): boolean {
  return (error as Partial<ThrottlerError> | undefined)?.code === 'CLOSED';
}
