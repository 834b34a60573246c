import { otherWork } from '../other-work.js';
import { inUse } from '../record.js';
import type { Store } from '../store.js';
import { FileNotes } from './file-notes.js';
import { codeOf, type Node, node, writeAll } from './node.js';
import { type Lock, lock } from './process-lock.js';

/** The most attempts to claim a file while others try too. */
const ATTEMPTS = 4;
/** The most calls of the system between two attempts. */
const LONGEST = 100;

/**
 * A file, for Node, Bun and Deno. Beside it are `.ahead-0` and `.ahead-1` with the notes since the
 * snapshot, and `.lock-<pid>-<start>-<host>` while a program writes.
 *
 * A snapshot is written to a new file, which then takes the name of the old one: a crash at any
 * byte leaves the old or the new one. It is written by threads of the pool. At the event `exit`,
 * which signals do not lead to by themselves, it is written before the process ends; without it the
 * notes say as much.
 *
 * @param path the file; its folder is made if there is none
 * @throws {ThrottlerError} of code `NEEDS_NODE`: the runtime has no files
 */
export function fileStore(path: string): Store {
  return storeOf(path, false);
}

/**
 * As {@link fileStore}, and takes the file from a living owner, which is known to use it no more.
 * The owner saves nothing from then on.
 */
export function takenFileStore(path: string): Store {
  return storeOf(path, true);
}

function storeOf(path: string, isTaken: boolean): Store {
  const modules = node();
  return new FileStore(modules, modules.path.resolve(path), isTaken);
}

class FileStore implements Store {
  readonly ahead: FileNotes;
  readonly #node: Node;
  readonly #isTaken: boolean;
  /** The file itself, once the store is open: no symbolic link. */
  #path: string;
  #lock: Lock | undefined;

  constructor(modules: Node, path: string, isTaken: boolean) {
    this.#node = modules;
    this.#path = path;
    this.#isTaken = isTaken;
    this.ahead = new FileNotes(modules, () => this.#isOwner());
  }

  async open(): Promise<void> {
    this.#path = targetOf(this.#node, this.#path);
    await this.#makeFolder();
    // Programs that come by different links to the folder see each other's locks.
    const { fs, path } = this.#node;
    this.#path = path.join(fs.realpathSync(path.dirname(this.#path)), path.basename(this.#path));
    const own = await this.#claim();
    await otherWork();
    try {
      this.ahead.open(this.#path);
    } catch (error) {
      own.unlock();
      throw error;
    }
    this.#lock = own;
  }

  /**
   * Claims the file. Programs that try at the same instant see each other's locks and may both give
   * up, so each tries again after a while of its own.
   */
  async #claim(): Promise<Lock> {
    for (let attempt = 1; ; attempt++) {
      try {
        return lock(this.#node, this.#path, this.#isTaken);
      } catch (error) {
        if (attempt === ATTEMPTS || !this.#isRecent(error)) throw error;
      }
      // No timer, as tests of programs replace timers: each call takes about 0.1 ms.
      for (let calls = Math.random() * LONGEST; calls > 0; calls--)
        await this.#node.fs.promises.stat(this.#node.path.dirname(this.#path));
    }
  }

  /** Whether the lock that an error is about is at most a second old, or gone. */
  #isRecent(error: unknown): boolean {
    const { code, file } = error as { code?: string; file?: string };
    if (code !== 'STORE_IN_USE' || file === undefined) return false;
    try {
      return this.#node.fs.statSync(file).mtimeMs > Date.now() - 1000;
    } catch (gone) {
      if (codeOf(gone) === 'ENOENT') return true;
      throw gone;
    }
  }

  /** Makes the folder, and its new name last in the folders above. */
  async #makeFolder(): Promise<void> {
    const { fs, path } = this.#node;
    let folder = path.dirname(this.#path);
    const first = await fs.promises.mkdir(folder, { recursive: true });
    if (first === undefined) return;
    for (; folder.length >= first.length; folder = path.dirname(folder))
      await this.#syncFolder(path.dirname(folder));
  }

  async close(): Promise<void> {
    await this.ahead.close();
    this.#lock?.unlock();
    this.#lock = undefined;
  }

  /** Whether no other program has taken the file. */
  #isOwner(): boolean {
    return this.#lock?.isHeld() !== false;
  }

  async load(): Promise<string | undefined> {
    try {
      return await this.#node.fs.promises.readFile(this.#path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async save(text: string): Promise<void> {
    await this.#makeAgain();
    const { promises } = this.#node.fs;
    const next = `${this.#path}.next`;
    const file = await promises.open(next, 'w');
    try {
      await file.writeFile(text);
      // Else the name may reach the disk before the content.
      await file.sync();
    } finally {
      await file.close();
    }
    if (!this.#isOwner()) {
      const owner = 'another program, which took it over, or its lock was removed';
      throw inUse(this.#path, owner, {});
    }
    await promises.rename(next, this.#path);
    await this.#syncFolder(this.#node.path.dirname(this.#path));
  }

  /**
   * Makes anew what was removed meanwhile, as by the cleaner of a temporary folder. A file that is
   * there without the lock may be that of a program that has taken it over, so it is left alone.
   */
  async #makeAgain(): Promise<void> {
    const { fs } = this.#node;
    if (this.#lock === undefined) return;
    if (!this.#lock.isHeld()) {
      if (fs.existsSync(this.#path)) return;
      await this.#makeFolder();
      this.#lock = lock(this.#node, this.#path);
    }
    this.ahead.makeAgain();
  }

  /** Makes new names in a folder last. Windows cannot open a folder, and needs no such call. */
  async #syncFolder(path: string): Promise<void> {
    if (this.#node.process.platform === 'win32') return;
    const folder = await this.#node.fs.promises.open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** With another name than {@link save}, which may be at work in another thread. */
  saveNow(text: string): void {
    if (!this.#isOwner()) return;
    const { fs } = this.#node;
    const next = `${this.#path}.last`;
    const file = fs.openSync(next, 'w');
    try {
      writeAll(fs, file, text);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(next, this.#path);
    this.#syncFolderNow();
  }

  #syncFolderNow(): void {
    const { fs, path, process } = this.#node;
    if (process.platform === 'win32') return;
    const folder = fs.openSync(path.dirname(this.#path), 'r');
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  }

  async setAside(): Promise<string> {
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const aside = `${this.#path}.damaged-${time}`;
    await this.#node.fs.promises.rename(this.#path, aside);
    return aside;
  }

  atEnd(save: (isLast: boolean) => void): () => void {
    const { process } = this.#node;
    const onExit = () => {
      save(true);
      this.#lock?.unlock();
    };
    process.on('exit', onExit);
    return () => process.off('exit', onExit);
  }
}

/**
 * Returns the file that symbolic links at `path` lead to. The new content takes the name of the
 * file: it would replace a link, and a program that comes by another name would not see it.
 */
function targetOf({ fs, path: paths }: Node, path: string): string {
  let target = path;
  // As many as Linux follows; a longer chain is an error of the calls that come next.
  for (let links = 0; links < 40; links++) {
    try {
      target = paths.resolve(paths.dirname(target), fs.readlinkSync(target));
    } catch {
      // No link, or no such file yet.
      return target;
    }
  }
  return target;
}
