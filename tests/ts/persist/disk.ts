// A disk in memory behind the calls of `node:fs`. It knows what a power cut leaves: what was
// written through, and of the rest any part.

import { vi } from 'vitest';

/** A file or a folder. */
interface Inode {
  /** What programs read. */
  content: string;
  /** What is on the disk for certain. */
  durable: string;
}

type Names = Map<string, Inode>;

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/';
const baseOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

export class Disk {
  /** The calls that change something or write through, in their order. */
  readonly calls: string[] = [];
  /** Called before each call, and amid a write. */
  onStep = () => {};
  /** The error of the next `fdatasync`. */
  failure: Error | undefined;
  readonly #names: Names;
  readonly #durableNames: Names;
  readonly #files = new Map<number, { inode: Inode; path: string }>();
  #next = 10;
  readonly #boot: number;

  constructor(names: Names = new Map([['/', { content: '', durable: '' }]]), boot = 1) {
    this.#boot = boot;
    this.#names = names;
    this.#durableNames = new Map(names);
  }

  /** Files of the disk, by path. */
  get files(): { [path: string]: string } {
    return Object.fromEntries([...this.#names].map(([path, { content }]) => [path, content]));
  }

  /** Number of files that are open. */
  get open(): number {
    return this.#files.size;
  }

  /**
   * Returns the disk as it may be after a power cut now: each name and each content that was not
   * written through is there, or is not, or is a hole. The machine has booted anew, and each
   * program has the pid and the start that it had before.
   */
  afterPowerCut(random: (below: number) => number): Disk {
    const names: Names = new Map();
    const paths = [...new Set([...this.#durableNames.keys(), ...this.#names.keys()])];
    for (const path of paths.sort((a, b) => a.length - b.length)) {
      const inode = (random(2) === 0 ? this.#names : this.#durableNames).get(path);
      if (inode === undefined || (path !== '/' && !names.has(parentOf(path)))) continue;
      const { content, durable } = inode;
      const hole = durable + '\0'.repeat(Math.max(0, content.length - durable.length));
      const kept = [durable, content, hole][random(3)] as string;
      names.set(path, { content: kept, durable: kept });
    }
    return new Disk(names, this.#boot + 1);
  }

  /** Lets stores that are made in `work` use this disk. */
  use<T>(work: () => T): T {
    const { getBuiltinModule } = process;
    const spy = vi.spyOn(process, 'getBuiltinModule');
    spy.mockImplementation(((name: string) =>
      name === 'node:fs'
        ? this.#fs()
        : getBuiltinModule(name as 'node:path')) as typeof getBuiltinModule);
    try {
      return work();
    } finally {
      spy.mockRestore();
    }
  }

  #fs() {
    const make = (path: string, flags: string) => this.#open(path, flags);
    return {
      openSync: make,
      closeSync: (file: number) => void this.#files.delete(file),
      writeSync: (file: number, text: string) => this.#write(file, text),
      writeFileSync: (path: string, text: string, { flag }: { flag: string }) => {
        const file = make(path, flag);
        this.#write(file, text);
        this.#files.delete(file);
      },
      fsyncSync: (file: number) => this.#sync(file, 'sync'),
      fdatasync: (file: number, callback: (error: Error | null) => void) => {
        const done = this.#begin(file, 'sync');
        const { failure = null } = this;
        this.failure = undefined;
        setImmediate(() => {
          if (failure === null) done();
          callback(failure);
        });
      },
      ftruncateSync: (file: number) => {
        this.#step(`empty ${this.#nameOf(file)}`);
        this.#inode(file).content = '';
      },
      renameSync: (from: string, to: string) => this.#rename(from, to),
      readFileSync: (path: string) => this.#read(path),
      existsSync: (path: string) => this.#names.has(path),
      readdirSync: (path: string) =>
        [...this.#names.keys()].filter((name) => parentOf(name) === path).map(baseOf),
      readlinkSync: (path: string) => missing(path),
      realpathSync: (path: string) => path,
      statSync: () => ({ mtimeMs: 0 }),
      unlinkSync: (path: string) => {
        this.#read(path);
        this.#step(`remove ${baseOf(path)}`);
        this.#names.delete(path);
      },
      promises: {
        open: async (path: string, flags: string) => {
          const file = make(path, flags);
          return {
            writeFile: async (text: string) => void this.#write(file, text),
            sync: async () => this.#sync(file, 'sync'),
            close: async () => void this.#files.delete(file),
          };
        },
        mkdir: async (path: string) => this.#makeFolders(path),
        readFile: async (path: string) => this.#read(path),
        rename: async (from: string, to: string) => this.#rename(from, to),
      },
    };
  }

  #step(call: string): void {
    this.onStep();
    // Locks have the pid in their names.
    if (!call.includes('.lock-')) this.calls.push(call);
  }

  #nameOf(file: number): string {
    return baseOf(this.#files.get(file)?.path ?? '') || '/';
  }

  #inode(file: number): Inode {
    const open = this.#files.get(file);
    if (open === undefined) throw Object.assign(new Error(`EBADF ${file}`), { code: 'EBADF' });
    return open.inode;
  }

  #open(path: string, flags: string): number {
    let inode = this.#names.get(path);
    if (inode !== undefined && flags === 'wx')
      throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
    if (inode === undefined) {
      if (flags === 'r' || !this.#names.has(parentOf(path))) missing(path);
      this.#step(`make ${baseOf(path)}`);
      inode = { content: '', durable: '' };
      this.#names.set(path, inode);
    } else if (flags === 'w') {
      inode.content = '';
    }
    this.#next += 1;
    this.#files.set(this.#next, { inode, path });
    return this.#next;
  }

  #write(file: number, text: string): number {
    const inode = this.#inode(file);
    this.#step(`write ${this.#nameOf(file)}`);
    const before = inode.content;
    inode.content = before + text.slice(0, text.length / 2);
    this.onStep();
    inode.content = before + text;
    return new TextEncoder().encode(text).length;
  }

  #sync(file: number, call: string): void {
    this.#begin(file, call)();
  }

  /** Returns a function that makes durable what is there now. */
  #begin(file: number, call: string): () => void {
    const inode = this.#inode(file);
    const path = this.#files.get(file)?.path as string;
    this.#step(`${call} ${this.#nameOf(file)}`);
    const { content } = inode;
    const names = [...this.#names].filter(([name]) => parentOf(name) === path && name !== '/');
    return () => {
      inode.durable = content;
      const now = new Map(names);
      for (const name of this.#durableNames.keys())
        if (name !== '/' && parentOf(name) === path && !now.has(name))
          this.#durableNames.delete(name);
      for (const [name, each] of now) this.#durableNames.set(name, each);
    };
  }

  #rename(from: string, to: string): void {
    const inode = this.#names.get(from) ?? missing(from);
    this.#step(`rename ${baseOf(from)} to ${baseOf(to)}`);
    this.#names.set(to, inode);
    this.#names.delete(from);
  }

  #read(path: string): string {
    if (path.endsWith('/boot_id')) return `${this.#boot}-boot`.padStart(12, '0');
    if (path.endsWith('/stat')) return `1 (node) S ${'0 '.repeat(18)}77 0`;
    return (this.#names.get(path) ?? missing(path)).content;
  }

  /** Returns the first folder that was made. */
  #makeFolders(path: string): string | undefined {
    if (this.#names.has(path)) return undefined;
    const above = this.#makeFolders(parentOf(path));
    this.#step(`make ${baseOf(path)}`);
    this.#names.set(path, { content: '', durable: '' });
    return above ?? path;
  }
}

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT ${path}`), { code: 'ENOENT' });
}
