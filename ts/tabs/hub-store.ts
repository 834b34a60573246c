import { ThrottlerError } from '../index.js';
import type { AheadStore, Slot, Store } from '../persist/index.js';
import { HubDatabase, type Row } from './database.js';

/** Milliseconds for which a hub believes that it is still the owner of the state. */
const TRUST = 2000;
/** Milliseconds that a hub adds to that when it takes the state from one that may go on. */
const MARGIN = 100;

/**
 * The state of a key in IndexedDB. Each hub writes rows of its own, and one row has the name of the
 * hub that owns the key. A new hub takes the rows of the one before. A hub that was replaced, when
 * its page was frozen, finds another name there; its later rows are not read.
 */
export class HubStore implements Store {
  readonly ahead: AheadStore;
  readonly #key: string;
  readonly #epoch: string;
  readonly #isStolen: boolean;
  #database: HubDatabase | undefined;
  #notes: [string, string] = ['', ''];
  /** When the hub was certainly the owner, on the clock of the page. */
  #ownedAt = Number.NEGATIVE_INFINITY;
  /** The writes and checks that grants have to wait for. */
  #pending: Promise<void> | undefined;

  /** @param isStolen whether the hub before may go on: its page was frozen, and had the lock */
  constructor(key: string, epoch: string, isStolen: boolean) {
    this.#key = key;
    this.#epoch = epoch;
    this.#isStolen = isStolen;
    this.ahead = {
      read: () => this.#notes.join('\n'),
      append: (slot, text) => this.#note(slot, this.#notes[slot] + text),
      clear: (slot) => this.#note(slot, ''),
    };
  }

  async open(): Promise<void> {
    const database = await HubDatabase.open();
    this.#database = database;
    const owner = `${this.#key} owner`;
    const [before = ''] = await database.read([owner]);
    // A hub that had not taken the rows yet has named the one whose rows they are.
    const [epoch = '', from = epoch] = before.split(' ');
    await database.write([[owner, `${this.#epoch} ${from}`]]);
    // From now on the hub before is refused when it asks. It may have asked just before.
    if (this.#isStolen) {
      await new Promise((resolve) => {
        setTimeout(resolve, TRUST + MARGIN);
      });
    }
    const names = (of: string) => PARTS.map((part) => this.#name(part, of));
    const [state, even = '', odd = ''] = await database.read(names(from));
    await database.write([
      [this.#name('state'), state],
      [this.#name('ahead-0'), even],
      [this.#name('ahead-1'), odd],
      ...names(from).map((name) => [name, undefined] as const),
      [owner, this.#epoch],
    ]);
    this.#notes = [even, odd];
    this.#ownedAt = performance.now();
  }

  async close(): Promise<void> {
    await this.#pending?.catch(() => {});
    this.#database?.close();
    this.#database = undefined;
  }

  async load(): Promise<string | undefined> {
    const [text] = (await this.#database?.read([this.#name('state')])) ?? [];
    return text;
  }

  async save(text: string): Promise<void> {
    await this.#write([[this.#name('state'), text]]);
  }

  /** Browsers complete a transaction that has begun before the page ends. */
  saveNow(text: string): void {
    this.#write([[this.#name('state'), text]]).catch(() => {
      // The page has ended, and the notes have what the text has.
    });
  }

  async setAside(): Promise<string> {
    const aside = `${this.#name('state')}.damaged-${new Date().toISOString()}`;
    const text = await this.load();
    await this.#write([
      [aside, text],
      [this.#name('state'), undefined],
    ]);
    return aside;
  }

  atEnd(save: (isLast: boolean) => void): () => void {
    if (typeof document === 'undefined') return () => {};
    const onHide = ({ persisted }: PageTransitionEvent) => save(!persisted);
    addEventListener('pagehide', onHide);
    return () => removeEventListener('pagehide', onHide);
  }

  /**
   * Resolves when the notes so far are kept and this hub is known to be the owner; undefined if
   * both is so. Rejects if another hub owns the state.
   */
  readonly barrier = (): Promise<void> | undefined => {
    if (this.#pending === undefined && performance.now() - this.#ownedAt > TRUST) this.#after([]);
    return this.#pending;
  };

  #note(slot: Slot, text: string): void {
    this.#notes[slot] = text;
    this.#after([[this.#name(`ahead-${slot}`), text]]);
  }

  #after(rows: readonly Row[]): void {
    const written = this.#write(rows).finally(() => {
      if (this.#pending === written) this.#pending = undefined;
    });
    // The barrier awaits it, if anything is to be sent.
    written.catch(() => {});
    this.#pending = written;
  }

  async #write(rows: readonly Row[]): Promise<void> {
    const askedAt = performance.now();
    const [owner] = (await this.#database?.write(rows, [`${this.#key} owner`])) ?? [];
    if (owner !== this.#epoch)
      throw new ThrottlerError('Another hub has taken over', 'HUB_REPLACED');
    this.#ownedAt = Math.max(this.#ownedAt, askedAt);
  }

  #name(part: (typeof PARTS)[number], epoch = this.#epoch): string {
    return `${this.#key} ${part} ${epoch}`;
  }
}

/** The rows of a hub. */
const PARTS = ['state', 'ahead-0', 'ahead-1'] as const;
