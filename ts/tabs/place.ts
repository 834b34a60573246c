import type { Place, StartHub } from '../hub/place.js';
import { type Port, portPair } from '../hub/port.js';
import { ThrottlerError } from '../index.js';
import { Campaign } from './campaign.js';
import { ChannelPort } from './channel-port.js';
import { JOINED } from './host.js';
import { lockOf, newName, type TabMessage } from './names.js';

/** Milliseconds after which the hub is looked for again. */
const AGAIN = 500;
/** Milliseconds that a preferred worker has to become the hub. */
const PREFERRED = 2000;
/** Milliseconds of silence after which the lock of the hub is taken. */
const SILENCE = 5000;

/** The options of a {@link TabPlace}. */
export interface TabPlaceParts {
  readonly key: string;
  /** The name of the member. */
  readonly member: string;
  /** Starts the preferred place of the hub, a shared worker. */
  readonly prefer?: (() => void) | undefined;
  /** Starts a hub in this page. */
  readonly start: (start: StartHub, epoch: string, isStolen: boolean) => ReturnType<StartHub>;
}

/**
 * The hub is in the page or worker that holds the Web Lock of the key. All pages wait for that
 * lock; the browser grants it to one of them when the hub has ended or crashed.
 */
export class TabPlace implements Place {
  readonly #parts: TabPlaceParts;
  readonly #channel: BroadcastChannel;
  readonly #campaign: Campaign;
  readonly #startedAt = performance.now();
  #start: StartHub | undefined;
  #port: ChannelPort | undefined;
  /** The hub to which the port leads. */
  #joined: string | undefined;
  /** When a hub was last heard on the channel. */
  #heardAt = performance.now();
  /** Whether the port is silent, so that a sign of its hub shows that the port is broken. */
  #isSilent = false;
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;
  /** Ends the pause of a loop that looks for the hub. */
  #wake: () => void = () => {};
  #release: () => void = () => {};

  constructor(parts: TabPlaceParts) {
    this.#parts = parts;
    const { key, member } = parts;
    this.#channel = new BroadcastChannel(lockOf(key));
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#campaign = new Campaign({
      key,
      start: (epoch, isStolen) => {
        if (this.#start === undefined) throw new Error('no member has asked for a hub');
        return parts.start(this.#start, epoch, isStolen);
      },
      onElected: () => this.#leave(),
      onReplaced: () => this.#wake(),
      onFailure: (error) => {
        this.#failure = { error };
        this.#wake();
      },
    });
    // Its release tells the hub that this page has ended.
    const ended = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    navigator.locks.request(lockOf(key, member), () => ended);
    parts.prefer?.();
    if (typeof document !== 'undefined') addEventListener('pagehide', this.#hide);
  }

  get isHub(): boolean {
    return this.#campaign.host !== undefined;
  }

  async connect(start: StartHub): Promise<Port> {
    this.#start = start;
    this.#heardAt = performance.now();
    while (!this.#isClosed) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const host = this.#campaign.host;
      if (host !== undefined) {
        const [near, far] = portPair();
        host.running.hub.accept(far);
        return near;
      }
      const now = performance.now();
      if (this.#parts.prefer === undefined || now - this.#startedAt > PREFERRED)
        this.#campaign.run();
      if (now - this.#heardAt > SILENCE) this.#steal();
      const port = this.#joined === undefined ? undefined : await this.#join(this.#joined);
      if (port !== undefined) return port;
      this.#channel.postMessage({ kind: 'who' } satisfies TabMessage);
      await this.#pause();
    }
    throw new ThrottlerError('The throttler is closed', 'CLOSED');
  }

  silent(): void {
    this.#isSilent = true;
    this.#channel.postMessage({ kind: 'who' } satisfies TabMessage);
    if (performance.now() - this.#heardAt > SILENCE) this.#steal();
  }

  /** A page ends when it likes. */
  keepAlive(): void {}

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (typeof document !== 'undefined') removeEventListener('pagehide', this.#hide);
    this.#wake();
    this.#port?.close();
    this.#channel.close();
    await this.#campaign.stop();
    this.#release();
  }

  /**
   * Hands the hub on when the page goes into the cache of the back button, where nothing runs. The
   * page finds the next hub if it comes back.
   */
  readonly #hide = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) this.#campaign.yield();
  };

  #receive(message: TabMessage): void {
    if (message.kind !== 'hub') return;
    this.#heardAt = performance.now();
    const isBroken = this.#isSilent || message.epoch !== this.#joined;
    this.#joined = message.epoch;
    this.#isSilent = false;
    if (isBroken) this.#leave();
    this.#wake();
  }

  /** Ends the connection to a hub that is not the hub any more, or has lost it. */
  #leave(): void {
    const port = this.#port;
    this.#port = undefined;
    port?.closed();
    this.#wake();
  }

  /** Opens a channel to a hub; undefined if it does not answer. */
  async #join(epoch: string): Promise<Port | undefined> {
    const { key, member } = this.#parts;
    const name = lockOf(key, `${member} ${newName()}`);
    const port = new ChannelPort(name);
    const joined = new Promise<void>((resolve) => {
      port.onMessage = (message) => {
        if (message === JOINED) resolve();
      };
      port.onClose = resolve;
    });
    let isJoined = false;
    joined.then(() => {
      isJoined = true;
    });
    this.#port = port;
    const join = { kind: 'join', epoch, member, channel: name } as const;
    this.#channel.postMessage(join satisfies TabMessage);
    await Promise.race([joined, this.#pause()]);
    if (isJoined && this.#port === port) {
      this.#campaign.run();
      return port;
    }
    port.close();
    if (this.#port === port) this.#port = undefined;
    if (this.#joined === epoch) this.#joined = undefined;
    return undefined;
  }

  /** Takes the lock of a hub that answers nobody, in one page at a time. */
  #steal(): void {
    const { key } = this.#parts;
    navigator.locks
      .request(lockOf(key, 'steal'), { ifAvailable: true }, async (lock) => {
        if (lock === null || this.#isClosed) return;
        if (performance.now() - this.#heardAt <= SILENCE) return;
        this.#heardAt = performance.now();
        this.#campaign.steal();
        await later(SILENCE);
      })
      .catch(() => {
        // The page ends.
      });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, AGAIN);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
