import type { AheadStore, Slot } from '../store.js';
import { type Node, writeAll } from './node.js';

/**
 * Two files that only grow, until they are emptied. A note is with the system when `append`
 * returns, so it outlives the process. A thread of the pool then writes it through to the disk, so
 * that it outlives the machine some milliseconds later; `append` does not wait for that, as it
 * would block the loop.
 *
 * `clear` is not written through: an older note that comes back is ignored for its generation.
 */
export class FileNotes implements AheadStore {
  readonly #fs: Node['fs'];
  readonly #isOwner: () => boolean;
  #files: readonly [NoteFile, NoteFile] | undefined;

  constructor({ fs }: Node, isOwner: () => boolean) {
    this.#fs = fs;
    this.#isOwner = isOwner;
  }

  /** @param path the file of the state */
  open(path: string): void {
    const even = new NoteFile(this.#fs, `${path}.ahead-0`);
    try {
      this.#files = [even, new NoteFile(this.#fs, `${path}.ahead-1`)];
    } catch (error) {
      even.closeNow();
      throw error;
    }
  }

  /** Makes files anew that were removed, with their notes. */
  makeAgain(): void {
    for (const file of this.#files ?? []) file.makeAgain();
  }

  async close(): Promise<void> {
    const files = this.#files ?? [];
    this.#files = undefined;
    for (const file of files) await file.close();
  }

  read(): string {
    return (this.#files ?? []).map((file) => file.read()).join('\n');
  }

  append(slot: Slot, text: string): void {
    this.#files?.[slot].append(text);
  }

  clear(slot: Slot): void {
    if (this.#isOwner()) this.#files?.[slot].clear();
  }
}

class NoteFile {
  readonly #fs: Node['fs'];
  readonly #path: string;
  #file: number;
  /** The content of the file, as far as this program knows it. */
  #text = '';
  /** Whether a note was added that no sync covers yet. */
  #isUnsynced = false;
  #syncing: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(fs: Node['fs'], path: string) {
    this.#fs = fs;
    this.#path = path;
    this.#file = fs.openSync(path, 'a');
  }

  read(): string {
    this.#text = this.#fs.readFileSync(this.#path, 'utf8');
    return this.#text;
  }

  /**
   * @throws {Error} the text could not be written, or texts before it not be written through; the
   *   caller notes again then
   */
  append(text: string): void {
    this.#write(text);
    this.#text += text;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  clear(): void {
    this.#fs.ftruncateSync(this.#file);
    this.#text = '';
  }

  makeAgain(): void {
    if (this.#fs.existsSync(this.#path)) return;
    const removed = this.#file;
    this.#file = this.#fs.openSync(this.#path, 'a');
    const closing = () => this.#fs.closeSync(removed);
    if (this.#syncing === undefined) closing();
    else this.#syncing.then(closing);
    try {
      this.#write(this.#text);
    } catch (error) {
      // So that the next save tries again.
      this.#fs.unlinkSync(this.#path);
      throw error;
    }
  }

  #write(text: string): void {
    writeAll(this.#fs, this.#file, text);
    this.#isUnsynced = true;
    this.#syncing ??= this.#sync();
  }

  /** Closes the file when the system has no call on it any more. */
  async close(): Promise<void> {
    await this.#syncing;
    this.closeNow();
  }

  closeNow(): void {
    this.#fs.closeSync(this.#file);
  }

  /** One call at a time: notes that are added meanwhile share the next one. */
  async #sync(): Promise<void> {
    while (this.#isUnsynced) {
      this.#isUnsynced = false;
      const error = await new Promise<Error | null>((resolve) => {
        this.#fs.fdatasync(this.#file, resolve);
      });
      this.#failure ??= error ?? undefined;
    }
    this.#syncing = undefined;
  }
}
