import { inUse } from '../record.js';
import { codeOf, type Node } from './node.js';

/** The process that has a store. */
interface Owner {
  readonly pid: number;
  /**
   * When it started, as the system says it, and in which run of the machine. Pids are used again,
   * but not at the same time.
   */
  readonly started: string;
  readonly host: string;
  /** Tells throttlers and threads of one process apart. */
  readonly nonce?: string;
}

/** A claimed file. */
export interface Lock {
  /** Gives the file back, unless another has taken it. */
  unlock(): void;
  /** Whether no other program or thread has taken the file. */
  isHeld(): boolean;
}

/**
 * Claims the file at `path` for this process.
 *
 * Each process writes a lock file with a name of its own, and then looks for those of others. It
 * gives up if one belongs to a process that is alive. At most one of two processes succeeds, as
 * each looks only after its own file exists: the one that looks later sees the other's file. Files
 * of dead processes are removed; no living process ever has the same name. Two processes that start
 * at the same instant may both give up, and try again.
 *
 * @param isTaken whether to take the file from a living owner, which is known to use it no more: a
 *   thread that was terminated, or a process that hangs
 * @throws {ThrottlerError} of code `STORE_IN_USE`
 */
export function lock(node: Node, path: string, isTaken = false): Lock {
  const { fs, path: paths } = node;
  const folder = paths.dirname(path);
  const prefix = `${paths.basename(path)}.lock-`;
  const own = identity(node);
  const name = `${prefix}${own.pid}-${plain(own.started)}-${plain(own.host)}`;
  const file = paths.join(folder, name);
  const text = JSON.stringify({ ...own, nonce: `${Date.now()} ${Math.random()}` });
  const isHeld = () => read(node, file) === text;
  const unlock = () => {
    if (isHeld()) unlink(node, file);
  };
  try {
    fs.writeFileSync(file, text, { flag: isTaken ? 'w' : 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      // A full disk may have taken the name, but not the content.
      unlink(node, file);
      throw error;
    }
    // Another throttler or thread of this process. A restarted container has another host or start.
    throw inUse(path, `this process (pid ${own.pid})`, { pid: own.pid });
  }
  try {
    for (const other of fs.readdirSync(folder)) {
      if (!other.startsWith(prefix) || other === name) continue;
      const otherFile = paths.join(folder, other);
      const owner = ownerOf(node, otherFile, other.slice(prefix.length));
      if (owner === undefined) continue;
      if (isTaken || isDead(node, owner, own)) {
        unlink(node, otherFile);
        continue;
      }
      const where = owner.host === own.host ? '' : ` of ${owner.host}`;
      const hint = owner.host === own.host ? '' : `; remove ${otherFile} if it does not run`;
      throw inUse(path, `process ${owner.pid}${where}${hint}`, { pid: owner.pid, file: otherFile });
    }
  } catch (error) {
    unlock();
    throw error;
  }
  return { unlock, isHeld };
}

/** Returns a part of the name of a lock file. */
function plain(text: string): string {
  return text.replaceAll(/\W/g, '_');
}

/** Returns the content of a file; undefined if there is none. */
function read({ fs }: Node, file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function unlink({ fs }: Node, file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Returns the owner of a lock file; undefined if it was removed meanwhile. */
function ownerOf(node: Node, file: string, name: string): Owner | undefined {
  const text = read(node, file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Owner;
  } catch {
    // The file is being written, or its process died meanwhile. Its name has the rest.
    const [pid, started = '', host] = name.split('-');
    const own = node.os.hostname();
    const isOwn = host === undefined || host === plain(own);
    return { pid: Number(pid), started, host: isOwn ? own : host };
  }
}

function identity(node: Node): Owner {
  const { pid } = node.process;
  const now = Date.now() - node.process.uptime() * 1000;
  const started = startOf(node, pid) ?? String(Math.round(now));
  return { pid, started, host: node.os.hostname() };
}

/**
 * Returns when a process started: field 22 of its `stat` on Linux, undefined elsewhere. The name of
 * the program before it is in parentheses, and may contain any character.
 *
 * The field counts from the start of the machine. A service may have the same pid and the same
 * number after a power cut, which leaves its lock, so the id of the boot is a part.
 */
function startOf({ fs }: Node, pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}_${boot.slice(0, 8)}`;
  } catch {
    return undefined;
  }
}

/** Whether a process certainly does not run any more. That of another host may run. */
function isDead(node: Node, owner: Owner, own: Owner): boolean {
  if (owner.host !== own.host) return false;
  // This process started at another time.
  if (owner.pid === own.pid) return owner.started !== own.started;
  try {
    node.process.kill(owner.pid, 0);
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
  const started = startOf(node, owner.pid);
  return started !== undefined && started !== owner.started;
}
