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
  #paths: readonly string[] = [];
  readonly #isOwner: () => boolean;
  #files: readonly [NoteFile, NoteFile] | undefined;

  constructor({ fs }: Node, isOwner: () => boolean) {
    this.#fs = fs;
    this.#isOwner = isOwner;
  }

  /** @param path the file of the state */
  open(path: string): void {
    const [even, odd] = [`${path}.ahead-0`, `${path}.ahead-1`];
    this.#paths = [even, odd];
    const file = this.#fs.openSync(even, 'a');
    try {
      this.#files = [
        new NoteFile(this.#fs, file),
        new NoteFile(this.#fs, this.#fs.openSync(odd, 'a')),
      ];
    } catch (error) {
      this.#fs.closeSync(file);
      throw error;
    }
  }

  async close(): Promise<void> {
    const files = this.#files ?? [];
    this.#files = undefined;
    for (const file of files) await file.close();
  }

  read(): string {
    return this.#paths.map((path) => this.#fs.readFileSync(path, 'utf8')).join('\n');
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
  readonly #file: number;
  /** Whether a note was added that no sync covers yet. */
  #isUnsynced = false;
  #syncing: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(fs: Node['fs'], file: number) {
    this.#fs = fs;
    this.#file = file;
  }

  /**
   * @throws {Error} the text could not be written, or texts before it not be written through; the
   *   caller notes again then
   */
  append(text: string): void {
    writeAll(this.#fs, this.#file, text);
    this.#isUnsynced = true;
    this.#syncing ??= this.#sync();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  clear(): void {
    this.#fs.ftruncateSync(this.#file);
  }

  /** Closes the file when the system has no call on it any more. */
  async close(): Promise<void> {
    await this.#syncing;
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
