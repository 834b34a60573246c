import { ThrottlerError } from '../index.js';

/** A connected socket, as far as it is used. */
export interface Socket {
  write(text: string): boolean;
  end(): unknown;
  destroy(): unknown;
  unref(): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  setNoDelay?(isOn: boolean): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  on(event: 'connect' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error & { code?: string }) => void): unknown;
}

/** A listening server, as far as it is used. */
export interface Server {
  listen(path: string, onListening: () => void): unknown;
  close(): unknown;
  unref(): unknown;
  on(event: 'error', listener: (error: Error & { code?: string }) => void): unknown;
}

interface Stats {
  readonly uid: number;
  readonly mode: number;
}

/** The parts of Node's modules that local hubs use. */
export interface Modules {
  readonly net: {
    createServer(onConnection: (socket: Socket) => void): Server;
    createConnection(path: string): Socket;
  };
  readonly crypto: {
    randomBytes(size: number): { toString(encoding: 'hex'): string };
    createHash(algorithm: 'sha256'): Digest;
    createHmac(algorithm: 'sha256', key: string): Digest;
  };
  readonly fs: {
    mkdirSync(path: string, options: { recursive: true; mode: number }): unknown;
    statSync(path: string): Stats;
    readFileSync(path: string, encoding: 'utf8'): string;
    writeFileSync(path: string, text: string, options: { mode: number; flush: true }): void;
    linkSync(from: string, to: string): void;
    unlinkSync(path: string): void;
  };
  readonly os: { homedir(): string };
  readonly path: { join(...parts: string[]): string; resolve(path: string): string };
  readonly process: NodeProcess;
}

interface Digest {
  update(text: string): Digest;
  digest(encoding: 'hex'): string;
}

interface NodeProcess {
  readonly pid: number;
  readonly platform: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly versions: { readonly [name: string]: string | undefined };
  getuid?(): number;
  getBuiltinModule?(name: string): unknown;
}

/**
 * Returns the modules. No module is imported, as bundlers for browsers stop at an import of
 * `node:`.
 *
 * @throws {ThrottlerError} of code `NEEDS_NODE`: the runtime does not have them
 */
export function modules(): Modules {
  const { process } = globalThis as { process?: NodeProcess };
  const load = <T>(name: string) => process?.getBuiltinModule?.(`node:${name}`) as T | undefined;
  const net = load<Modules['net']>('net');
  const crypto = load<Modules['crypto']>('crypto');
  const fs = load<Modules['fs']>('fs');
  const os = load<Modules['os']>('os');
  const path = load<Modules['path']>('path');
  if (!(process && net && crypto && fs && os && path)) {
    throw new ThrottlerError(
      'localThrottler needs sockets and process.getBuiltinModule: Node 20.16 or later, Bun or Deno',
      'NEEDS_NODE',
    );
  }
  return { net, crypto, fs, os, path, process };
}
