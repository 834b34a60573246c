import type { Place, RunningHub, StartHub } from './place.js';
import { type Port, portPair } from './port.js';

/** A hub that no other program finds, and that ends with the program which has started it. */
export class RealmHub {
  readonly #isUnref: boolean;
  #running: Promise<RunningHub> | undefined;
  #isThere = false;
  #keeper: unknown;

  /** @param isUnref whether waiting requests keep no process alive */
  constructor(isUnref: boolean) {
    this.#isUnref = isUnref;
  }

  /** The place of the member that owns the hub, which ends with it. */
  get own(): Place {
    const isThere = () => this.#isThere;
    return {
      get isHub() {
        return isThere();
      },
      connect: (start) => this.#connect(start),
      keepAlive: (isNeeded) => this.#keepAlive(isNeeded),
      close: async () => {
        this.#keepAlive(false);
        const running = await this.#running?.catch(() => undefined);
        await running?.stop();
      },
    };
  }

  /** The place of further members. */
  get other(): Place {
    const connect = (start: StartHub) => this.#connect(start);
    return { isHub: false, connect, keepAlive() {}, async close() {} };
  }

  async #connect(start: StartHub): Promise<Port> {
    this.#running ??= start('realm');
    const { hub } = await this.#running;
    this.#isThere = true;
    const [near, far] = portPair();
    hub.accept(far);
    return near;
  }

  #keepAlive(isNeeded: boolean): void {
    clearInterval(this.#keeper as number);
    this.#keeper = isNeeded && !this.#isUnref ? setInterval(() => {}, 2 ** 30) : undefined;
  }
}
