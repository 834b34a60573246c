import type { RunningHub, StartHub } from '../hub/place.js';
import { ChannelPort } from './channel-port.js';
import { lockOf, type TabMessage } from './names.js';

/**
 * The hub of a key in this page or worker, while it has the lock. It tells the others that it is
 * here, and opens a channel for each that joins.
 */
export class HubHost {
  readonly epoch: string;
  readonly running: RunningHub;
  readonly #key: string;
  readonly #channel: BroadcastChannel;
  readonly #watching = new AbortController();
  #isStopped = false;

  private constructor(key: string, epoch: string, running: RunningHub) {
    this.#key = key;
    this.epoch = epoch;
    this.running = running;
    this.#channel = new BroadcastChannel(lockOf(key));
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#announce();
  }

  static async start(key: string, epoch: string, start: StartHub): Promise<HubHost> {
    return new HubHost(key, epoch, await start(epoch));
  }

  /** Ends the hub. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#channel.close();
    this.#watching.abort();
    await this.running.stop();
  }

  #announce(): void {
    if (this.#isStopped) return;
    this.#channel.postMessage({ kind: 'hub', epoch: this.epoch } satisfies TabMessage);
  }

  /**
   * Tells that the hub is here, if it can grant. A frozen page may get messages although its
   * database does not answer.
   */
  #answer(): void {
    const barrier = this.running.hub.parts.barrier();
    if (barrier === undefined) this.#announce();
    // A hub that was replaced says nothing.
    else barrier.then(() => this.#answer()).catch(() => {});
  }

  #receive(message: TabMessage): void {
    if (message.kind === 'who') this.#answer();
    if (message.kind === 'join' && message.epoch === this.epoch) this.#serve(message);
  }

  #serve({ member, channel }: TabMessage & { kind: 'join' }): void {
    const port = new ChannelPort(channel);
    this.running.hub.accept(port);
    port.post(JOINED);
    // The lock of a member is free when its page has ended or crashed.
    navigator.locks
      .request(lockOf(this.#key, member), { mode: 'shared', signal: this.#watching.signal }, () =>
        port.closed(),
      )
      .catch(() => {
        // The hub has ended before the member.
      });
  }
}

/** The first message of a hub on the channel of a member. */
export const JOINED = 'joined';
