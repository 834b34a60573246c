import type { AheadStore, Slot, Store } from 'multi-throttler/persist';

/** The part of a store that outlives a program: its content and its notes. */
export interface Kept {
  text: string | undefined;
  notes: [string, string];
  aside: string[];
}

export const nothingKept = (): Kept => ({ text: undefined, notes: ['', ''], aside: [] });

/** A copy, as a program finds it that is started when another was killed now. */
export const afterCrash = (kept: Kept): Kept => structuredClone(kept);

/** A store in memory, whose saves can be held back or fail. */
export class MemoryStore implements Store {
  readonly kept: Kept;
  readonly ahead: AheadStore | undefined;
  saves = 0;
  appended = 0;
  isOpen = false;
  isHeld = false;
  failure: Error | undefined;
  noteFailure: Error | undefined;
  end: ((isLast: boolean) => void) | undefined;
  #held: (() => void)[] = [];

  constructor(kept: Kept = nothingKept(), hasNotes = true) {
    this.kept = kept;
    this.ahead = hasNotes ? this.#notes() : undefined;
  }

  async open(): Promise<void> {
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  async load(): Promise<string | undefined> {
    return this.kept.text;
  }

  async save(text: string): Promise<void> {
    this.saves += 1;
    if (this.isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
    if (this.failure !== undefined) throw this.failure;
    this.kept.text = text;
  }

  saveNow(text: string): void {
    this.kept.text = text;
  }

  /** Lets the saves go on that are held back. */
  let(): void {
    this.isHeld = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async setAside(): Promise<string> {
    this.kept.aside.push(this.kept.text ?? '');
    this.kept.text = undefined;
    return 'elsewhere';
  }

  atEnd(save: (isLast: boolean) => void): () => void {
    this.end = save;
    return () => {
      this.end = undefined;
    };
  }

  #notes(): AheadStore {
    return {
      read: () => this.kept.notes.join('\n'),
      append: (slot: Slot, text: string) => {
        if (this.noteFailure !== undefined) throw this.noteFailure;
        this.appended += 1;
        this.kept.notes[slot] += text;
      },
      clear: (slot: Slot) => {
        this.kept.notes[slot] = '';
      },
    };
  }
}
