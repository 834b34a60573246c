import { ThrottlerError } from '../../index.js';

/** The parts of Node's modules that the file store uses. */
export interface Node {
  readonly fs: {
    openSync(path: string, flags: string): number;
    closeSync(file: number): void;
    writeSync(file: number, text: string): number;
    writeFileSync(path: string, text: string, options?: { flag?: string; flush?: boolean }): void;
    fsyncSync(file: number): void;
    fdatasync(file: number, callback: (error: Error | null) => void): void;
    ftruncateSync(file: number): void;
    renameSync(from: string, to: string): void;
    readFileSync(path: string, encoding: 'utf8'): string;
    existsSync(path: string): boolean;
    readdirSync(path: string): string[];
    readlinkSync(path: string): string;
    statSync(path: string): { readonly mtimeMs: number };
    realpathSync(path: string): string;
    unlinkSync(path: string): void;
    readonly promises: {
      open(path: string, flags: string): Promise<NodeFile>;
      mkdir(path: string, options: { recursive: true }): Promise<string | undefined>;
      readFile(path: string, encoding: 'utf8'): Promise<string>;
      rename(from: string, to: string): Promise<void>;
      stat(path: string): Promise<unknown>;
    };
  };
  readonly path: {
    resolve(...paths: string[]): string;
    dirname(path: string): string;
    basename(path: string): string;
    join(...parts: string[]): string;
  };
  readonly os: { hostname(): string };
  readonly process: NodeProcess;
}

interface NodeFile {
  writeFile(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface NodeProcess {
  readonly pid: number;
  readonly platform: string;
  uptime(): number;
  kill(pid: number, signal: 0): unknown;
  on(event: 'exit', listener: () => void): unknown;
  off(event: 'exit', listener: () => void): unknown;
  getBuiltinModule?(name: string): unknown;
}

/**
 * Returns the modules. No module is imported, as bundlers for browsers stop at an import of
 * `node:`.
 *
 * @throws {ThrottlerError} of code `NEEDS_NODE`: the runtime does not have them
 */
export function node(): Node {
  const { process } = globalThis as { process?: NodeProcess };
  const load = <T>(name: string) => process?.getBuiltinModule?.(name) as T | undefined;
  const fs = load<Node['fs']>('node:fs');
  const path = load<Node['path']>('node:path');
  const os = load<Node['os']>('node:os');
  if (process === undefined || fs === undefined || path === undefined || os === undefined) {
    throw new ThrottlerError(
      'fileStore needs files and process.getBuiltinModule: Node 20.16 or later, Bun or Deno',
      'NEEDS_NODE',
    );
  }
  return { fs, path, os, process };
}

/** The code of an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null | undefined)?.code;
}

/** @throws {Error} not all of the text could be written, as when a disk is full */
export function writeAll(fs: Node['fs'], file: number, text: string): void {
  const size = new TextEncoder().encode(text).length;
  const written = fs.writeSync(file, text);
  if (written !== size) throw new Error(`only ${written} of ${size} bytes could be written`);
}
