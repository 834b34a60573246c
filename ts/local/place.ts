import type { Place, RunningHub, StartHub } from '../hub/place.js';
import { type Port, portPair } from '../hub/port.js';
import { BACKGROUND } from '../hub/timers.js';
import { ThrottlerError } from '../index.js';
import type { Address } from './folder.js';
import { greetHub, greetMember } from './greeting.js';
import type { Modules, Server, Socket } from './modules.js';
import { Lines, SocketPort } from './socket-port.js';

/** Milliseconds between two attempts, at least and at most. */
const PAUSE = [4, 20] as const;
/**
 * Milliseconds for which a hub that hands on may keep the state. After that, the program that has
 * bound the socket takes it: the thread of the hub was terminated, or its process hangs.
 */
const HANDING_ON = 5000;

/**
 * The hub is in the process that has bound the socket. The kernel gives the name free when that
 * process ends, however it ends; then the first of the others binds it.
 */
export class LocalPlace implements Place {
  readonly #modules: Modules;
  readonly #address: Address;
  readonly #isUnref: boolean;
  #running: RunningHub | undefined;
  #server: Server | undefined;
  #keeper: unknown;
  #isClosed = false;

  constructor(modules: Modules, address: Address, isUnref: boolean) {
    this.#modules = modules;
    this.#address = address;
    this.#isUnref = isUnref;
  }

  get isHub(): boolean {
    return this.#running !== undefined;
  }

  async connect(start: StartHub): Promise<Port> {
    let inUseSince: number | undefined;
    let isTaken = false;
    while (!this.#isClosed) {
      const port = this.#running === undefined ? await this.#dial() : this.#own(this.#running);
      if (port !== undefined) return port;
      try {
        await this.#becomeHub(start, isTaken);
        inUseSince = undefined;
      } catch (error) {
        // The hub before has closed its socket, and is about to give the state back.
        if ((error as ThrottlerError).code !== 'STORE_IN_USE') throw error;
        inUseSince ??= BACKGROUND.now();
        if (BACKGROUND.now() - inUseSince > HANDING_ON) {
          // Where sockets are files, the state alone elects, so it cannot be taken.
          if (this.#address.isFile || isTaken) throw error;
          isTaken = true;
        }
      }
      if (this.#running === undefined) await pause();
    }
    throw new ThrottlerError('The throttler is closed', 'CLOSED');
  }

  keepAlive(isNeeded: boolean): void {
    if (this.#keeper !== undefined) clearInterval(this.#keeper as number);
    this.#keeper = undefined;
    if (isNeeded && !this.#isUnref) this.#keeper = setInterval(() => {}, 2 ** 30);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.keepAlive(false);
    const running = this.#running;
    this.#running = undefined;
    // First, so that the next hub can bind the name. It waits for the state.
    this.#server?.close();
    await running?.stop();
  }

  #own({ hub }: RunningHub): Port {
    const [near, far] = portPair();
    hub.accept(far);
    return near;
  }

  /**
   * Connects to the hub; undefined if there is none.
   *
   * @throws {ThrottlerError} of code `HUB_FOREIGN`: another user's program has the name
   */
  async #dial(): Promise<Port | undefined> {
    const socket = this.#modules.net.createConnection(this.#address.socket);
    const error = await new Promise<(Error & { code?: string }) | undefined>((resolve) => {
      socket.on('connect', () => resolve(undefined));
      socket.on('error', resolve);
    });
    if (error !== undefined) {
      if (ABSENT.includes(error.code ?? '')) return undefined;
      throw error;
    }
    const lines = new Lines(socket);
    const isKnown = await greetHub(this.#modules, lines, this.#address.secret);
    if (isKnown === false) {
      lines.close();
      throw new ThrottlerError(
        'The socket of this key belongs to a program that does not know its secret',
        'HUB_FOREIGN',
      );
    }
    return isKnown ? new SocketPort(lines) : undefined;
  }

  /**
   * Binds the socket and starts the hub, unless another process has the socket.
   *
   * @param isTaken whether to take the state from its owner, which cannot be the hub any more
   */
  async #becomeHub(start: StartHub, isTaken: boolean): Promise<void> {
    const { crypto, fs } = this.#modules;
    const { socket, isFile } = this.#address;
    const epoch = crypto.randomBytes(8).toString('hex');
    if (isFile) {
      // The lock of the state elects. Its owner alone may remove the socket of a dead process.
      const running = await start(epoch);
      try {
        fs.unlinkSync(socket);
      } catch {
        // There is none; else listening fails.
      }
      const server = await this.#listen(Promise.resolve(running));
      if (server === undefined) await running.stop();
      else this.#began(server, running);
      return;
    }
    let begin: (running: RunningHub | undefined) => void = () => {};
    const started = new Promise<RunningHub | undefined>((resolve) => {
      begin = resolve;
    });
    const server = await this.#listen(started);
    if (server === undefined) return;
    try {
      const running = await start(epoch, isTaken);
      begin(running);
      this.#began(server, running);
    } catch (error) {
      begin(undefined);
      server.close();
      throw error;
    }
  }

  #began(server: Server, running: RunningHub): void {
    this.#server = server;
    this.#running = running;
    if (!this.#isClosed) return;
    server.close();
    this.#running = undefined;
    running.stop();
  }

  /** Resolves with a server on the socket; undefined if another process has it. */
  #listen(started: Promise<RunningHub | undefined>): Promise<Server | undefined> {
    const server = this.#modules.net.createServer((socket) => {
      this.#accept(socket, started);
    });
    server.unref();
    return new Promise((resolve, reject) => {
      server.on('error', (error) => {
        if (error.code === 'EADDRINUSE') resolve(undefined);
        else reject(error);
      });
      server.listen(this.#address.socket, () => resolve(server));
    });
  }

  async #accept(socket: Socket, started: Promise<RunningHub | undefined>): Promise<void> {
    const lines = new Lines(socket);
    const running = await started;
    if (running === undefined) {
      lines.close();
      return;
    }
    const isKnown = await greetMember(this.#modules, lines, this.#address.secret);
    if (isKnown) running.hub.accept(new SocketPort(lines));
  }
}

/** Codes of errors where no process listens. */
const ABSENT = ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'];

function pause(): Promise<void> {
  const [least, most] = PAUSE;
  return new Promise((resolve) => {
    BACKGROUND.setTimeout(resolve, least + Math.random() * (most - least));
  });
}
