import type { Port } from '../hub/port.js';
import type { Socket } from './modules.js';

/** The longest line before a program has shown that it knows the secret. */
const LONGEST_GREETING = 1024;

/** Lines of text over a socket. */
export class Lines {
  readonly #socket: Socket;
  #rest = '';
  #isOpen = true;
  /** Called with each line. */
  onLine: (line: string) => void = () => {};
  /** Called once, when the other side has ended the connection. */
  onClose: () => void = () => {};
  /** Whether lines may be of any length. */
  isTrusted = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.unref();
    socket.on('data', (text) => this.#read(text));
    // A `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      const wasOpen = this.#isOpen;
      this.#isOpen = false;
      if (wasOpen) this.onClose();
    });
  }

  write(line: string): void {
    if (this.#isOpen) this.#socket.write(`${line}\n`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.end();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (this.#isOpen) this.onLine(line);
    if (this.isTrusted || this.#rest.length <= LONGEST_GREETING) return;
    this.#socket.destroy();
  }
}

/** A port whose messages are lines of JSON. */
export class SocketPort implements Port {
  onMessage: (message: unknown) => void = () => {};
  onClose: () => void = () => {};
  readonly #lines: Lines;

  constructor(lines: Lines) {
    this.#lines = lines;
    lines.onLine = (line) => this.onMessage(JSON.parse(line));
    lines.onClose = () => this.onClose();
  }

  post(message: unknown): void {
    this.#lines.write(JSON.stringify(message));
  }

  close(): void {
    this.#lines.close();
  }
}
