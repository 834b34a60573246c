/**
 * Where the state of one throttler is kept. `fileStore`, `localStorageStore` and `indexedDbStore`
 * are stores; a program may bring its own.
 *
 * {@link persist} calls `open` first and `close` last, and never starts a `save` before the one
 * before has settled.
 */
export interface Store {
  /**
   * Claims the store for one writer, until {@link close} or the end of the program.
   *
   * @throws {ThrottlerError} of code `STORE_IN_USE`: another writer has it
   */
  open(): Promise<void>;
  /** Gives the store back. */
  close(): Promise<void>;
  /** Returns the text that was saved last; undefined if there is none. */
  load(): Promise<string | undefined>;
  /**
   * Replaces the saved text. However the program ends meanwhile, the store holds the old text or
   * the new one.
   */
  save(text: string): Promise<void>;
  /** As {@link save}, before it returns; called when the program is about to end. */
  saveNow(text: string): void;
  /** Moves the saved text out of the way, and returns where it is now. */
  setAside(): Promise<string>;
  /**
   * Calls `save` when the program is about to end, with true if it cannot go on afterwards.
   *
   * @returns a function that undoes this
   */
  atEnd(save: (isLast: boolean) => void): () => void;
  /** Notes that are kept before this program continues; undefined if the store cannot do that. */
  readonly ahead?: AheadStore | undefined;
}

/** One of the two places for notes. */
export type Slot = 0 | 1;

/** Keeps lines of text at once: a line survives the end of the program as soon as it was added. */
export interface AheadStore {
  /** Returns the lines of both slots. */
  read(): string;
  /** Adds text, which consists of whole lines, to a slot. */
  append(slot: Slot, text: string): void;
  /** Removes the lines of a slot. */
  clear(slot: Slot): void;
}
