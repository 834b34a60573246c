import type { Permit } from '../../index.js';
import { override, type Restore } from '../../shared/override.js';
import { type Attachment, type Charge, errorOf, type Heard } from '../attachment.js';
import type { Plan } from '../types.js';
import type { Renewal } from './renewal.js';

/** The parts of a client of ccxt's WebSockets that are used. */
export interface Client {
  readonly url: string;
  /** ccxt's own throttler of this connection. */
  readonly throttler?: { throttle(cost?: unknown): Promise<unknown> };
  send(message: unknown): unknown;
  reject(error: unknown, messageHash?: unknown): unknown;
  /** Ends the connection with an error. */
  onError?(error: unknown): unknown;
  readonly futures?: { readonly [messageHash: string]: unknown };
}

/** A request that was sent and not answered so far. */
interface Sent {
  readonly permit: Permit;
  readonly charge: Charge;
}

/** How an exchange speaks over WebSockets. */
interface Protocol {
  /** Reads which request a message is. */
  readonly message: NonNullable<Plan['message']>;
  /** Signs a message anew; undefined where messages bear no time. */
  readonly renewal: Renewal | undefined;
}

/** The most requests of a connection that are remembered until they are answered. */
const MOST_SENT = 1000;

/** A connection whose orders pay, and whose answers are reported. */
export class Connection {
  /** Sends a message of the client, after it has paid. */
  readonly send: Client['send'];
  readonly #client: Client;
  readonly #attachment: Attachment;
  readonly #protocol: Protocol;
  readonly #isOpen: () => boolean;
  readonly #unanswered = new Map<string, Sent>();
  readonly #restore: Restore;
  #isAttached = true;

  /** @param isOpen whether ccxt still has the connection */
  constructor(client: Client, attachment: Attachment, protocol: Protocol, isOpen: () => boolean) {
    this.#client = client;
    this.#attachment = attachment;
    this.#protocol = protocol;
    this.#isOpen = isOpen;
    const { send } = client;
    this.send = async (message) => {
      const paid = await this.#pay(message);
      return paid === undefined ? undefined : send.call(client, paid.message);
    };
    this.#restore = override(client, 'send', this.send);
  }

  get isOpen(): boolean {
    return this.#isOpen();
  }

  /** Reports the answer to a request of this connection. */
  hear(answer: unknown): void {
    const hash = hashOf(answer);
    const sent = hash === undefined ? undefined : this.#unanswered.get(hash);
    if (hash === undefined || sent === undefined) return;
    const { permit, charge } = sent;
    let isAnswer = false;
    this.#attachment.report(charge, permit, () => {
      const heard = this.#heard(answer, charge);
      isAnswer = heard !== undefined;
      return heard;
    });
    if (!isAnswer) return;
    this.#unanswered.delete(hash);
    permit.release();
  }

  /** Stops charging. Requests without an answer count as sent. */
  detach(): void {
    this.#isAttached = false;
    this.#restore();
    this.forget();
  }

  /** Releases the permits of requests that will not be answered. */
  forget(): void {
    for (const { permit } of this.#unanswered.values()) permit.release();
    this.#unanswered.clear();
  }

  #heard(answer: unknown, { cost }: Charge): Heard | undefined {
    const read = this.#attachment.plan?.profile.answer(answer, cost, 'charged');
    if (read === undefined) return undefined;
    return {
      ...read,
      rules: read.rules,
      isExact: (read.rules?.length ?? 0) < Object.keys(cost).length,
    };
  }

  /**
   * Waits and pays for a message that is counted. Returns what to send, undefined for nothing; an
   * error rejects the promise of its answer. ccxt does not send a subscription again, so its error
   * ends the connection: ccxt opens another one for the next call.
   */
  async #pay(message: unknown): Promise<{ message: unknown } | undefined> {
    let charge: Charge | undefined;
    try {
      charge = this.#isAttached ? this.#charge(message) : undefined;
      return charge === undefined ? { message } : await this.#wait(message, charge);
    } catch (error) {
      if (charge?.isPatient && this.#client.onError) this.#client.onError(error);
      else this.#fail(message, error);
      return undefined;
    }
  }

  #charge(message: unknown): Charge | undefined {
    const { exchange, accounts } = this.#attachment;
    const call = this.#protocol.message(fieldsOf(message), this.#client.url, exchange);
    if (call === undefined) return undefined;
    const { method, path, cost, isPatient } = call;
    return { account: accounts.current(), cost, endpoint: { api: 'ws', method, path }, isPatient };
  }

  async #wait(message: unknown, charge: Charge): Promise<{ message: unknown } | undefined> {
    const permit = await this.#attachment.acquire(charge).catch((error) => {
      throw errorOf(this.#attachment.exchange, charge.endpoint, error);
    });
    if (!this.isOpen) {
      // The connection ended meanwhile, and ccxt has rejected all that waited for its answers.
      permit.release({ refund: true });
      return undefined;
    }
    const renewed = this.#renew(message, permit);
    if (this.#isAttached) this.#remember(message, { permit, charge });
    else permit.release();
    return { message: renewed };
  }

  /** Returns a message that has waited with the time of now. If that fails, it is refunded. */
  #renew(message: unknown, permit: Permit): unknown {
    if (permit.waited === 0 || typeof message !== 'object' || message === null) return message;
    try {
      return this.#protocol.renewal?.renew(message) ?? message;
    } catch (error) {
      permit.release({ refund: true });
      throw error;
    }
  }

  /** ccxt ignores the result of `send`: the promise of the answer has to be rejected. */
  #fail(message: unknown, error: unknown): void {
    const { futures = {} } = this.#client;
    const hash = hashOf(message);
    if (hash !== undefined && Object.hasOwn(futures, hash)) this.#client.reject(error, hash);
    else this.#client.reject(error);
  }

  #remember(message: unknown, sent: Sent): void {
    const hash = hashOf(message);
    const unanswered = this.#unanswered;
    const [oldest] = unanswered.size >= MOST_SENT ? unanswered : [];
    if (oldest) unanswered.delete(oldest[0]);
    // A request whose answer cannot be told from others counts as sent.
    for (const forgotten of [oldest?.[1], hash === undefined ? sent : unanswered.get(hash)]) {
      forgotten?.permit.release();
    }
    if (hash !== undefined) unanswered.set(hash, sent);
  }
}

function fieldsOf(message: unknown): object {
  return typeof message === 'object' && message !== null ? message : {};
}

/** The id by which ccxt assigns an answer to its request. */
function hashOf(message: unknown): string | undefined {
  const { id, reqId, req_id, request_id, data } = fieldsOf(message) as {
    readonly [field: string]: unknown;
  };
  // Hyperliquid has the id of an answer in its data.
  const hash = id ?? reqId ?? req_id ?? request_id ?? (fieldsOf(data) as { id?: unknown }).id;
  return typeof hash === 'string' || typeof hash === 'number' ? String(hash) : undefined;
}
