import type { Permit, ThrottleCost } from '../index.js';
import { sendReport } from './report.js';
import type { Attachment, AttachOptions, CcxtExchange, Plan } from './types.js';

/** What of a client of ccxt's WebSockets is used. */
interface Client {
  readonly url: string;
  /** ccxt's own throttler of this connection. */
  readonly throttler?: { throttle(cost?: unknown): Promise<unknown> };
  send(message: unknown): unknown;
  reject(error: unknown, messageHash?: unknown): unknown;
  readonly futures?: { readonly [messageHash: string]: unknown };
}

/** What of an exchange with WebSockets is used: its stubs and user hooks, which it hands to each client that it makes. */
interface Sockets extends CcxtExchange {
  options: { ws?: { throttle?: unknown } };
  readonly clients?: { readonly [url: string]: unknown };
  onConnected?(client: Client, message: unknown): unknown;
  handleMessage?(client: Client, message: unknown): unknown;
}

/** A request that was sent and not answered so far. */
interface Sent {
  readonly permit: Permit;
  readonly cost: ThrottleCost;
}

/** So many requests of a connection are remembered until they are answered. */
const MOST_SENT = 1000;

/**
 * Makes requests over WebSockets pay that place orders, and reads their answers.
 *
 * A client's `send` is looked at from its connection on (`onConnected`), or from the first call of `options.ws.throttle`, which
 * ccxt makes before it sends unless `enableRateLimit` is off, and which does not say what will be sent. Messages that order
 * nothing go at ccxt's own pace. Answers come by `handleMessage`. Connections that were open before are not seen.
 *
 * @returns what undoes it
 */
export function throttleSockets(
  exchange: CcxtExchange,
  attachment: Attachment,
  message: NonNullable<Plan['message']>,
  priority: AttachOptions['priority'],
): () => void {
  const { throttler, plan } = attachment;
  const sockets = exchange as Sockets;
  const { options } = sockets;
  const seen = new Map<Client, { readonly unanswered: Map<string, Sent>; readonly undo: () => void }>();
  let attached = true;

  function look(client: Client): void {
    if (seen.has(client)) return;
    forgetClosed();
    const { send } = client;
    const unanswered = new Map<string, Sent>();
    const paid = async (sent: unknown) => {
      try {
        const call = attached ? message(fieldsOf(sent), client.url, exchange) : undefined;
        if (call !== undefined) {
          const { method, path, cost } = call;
          const permit = await throttler.acquire(cost, { priority: priority?.('ws', method, path) });
          if (isClosed(client)) {
            // It ended meanwhile, and ccxt has told those who waited for answers.
            permit.release({ refund: true });
            return undefined;
          }
          if (attached) remember(unanswered, sent, { permit, cost });
          else permit.release();
        }
      } catch (error) {
        // ccxt does not look at what sending comes to: the one who waits for the answer has to be told.
        const hash = hashOf(sent);
        if (hash !== undefined && client.futures && Object.hasOwn(client.futures, hash)) {
          client.reject(error, hash);
        } else {
          client.reject(error);
        }
        return undefined;
      }
      return send.call(client, sent);
    };
    seen.set(client, { unanswered, undo: replace(client, 'send', paid, () => client.send === paid) });
  }

  /** ccxt lets go of a connection that has ended. */
  function isClosed(client: Client): boolean {
    return sockets.clients?.[client.url] !== client;
  }

  /** What was sent by a connection that has ended is answered no more. */
  function forgetClosed(): void {
    for (const [client, { unanswered }] of seen) {
      if (!isClosed(client)) continue;
      release(unanswered);
      seen.delete(client);
    }
  }

  function hear(client: Client, answer: unknown): void {
    const hash = hashOf(answer);
    const unanswered = seen.get(client)?.unanswered;
    const sent = hash === undefined ? undefined : unanswered?.get(hash);
    if (hash === undefined || sent === undefined) return;
    const told = plan?.profile.answer?.(answer, sent.cost, 'charged');
    if (told === undefined) return;
    unanswered?.delete(hash);
    try {
      sendReport({ throttler, plan }, plan?.paused?.(sent.cost), sent.permit, told);
    } catch (error) {
      // Thrown on, it would be an error of all that is waited for on this connection.
      client.reject(error, hash);
    } finally {
      sent.permit.release();
    }
  }

  async function throttle(this: Client, cost?: unknown): Promise<void> {
    if (attached) look(this);
    await this.throttler?.throttle(cost);
  }

  const restore = [
    replace(options, 'ws', { ...options.ws, throttle }, () => options.ws?.throttle === throttle),
    override(sockets, 'onConnected', (client) => {
      if (attached) look(client);
    }),
    override(sockets, 'handleMessage', (client, answer) => {
      if (attached) hear(client, answer);
    }),
  ];
  return () => {
    attached = false;
    for (const { unanswered, undo } of seen.values()) {
      undo();
      release(unanswered);
    }
    seen.clear();
    for (const undo of restore) undo();
  };
}

function remember(unanswered: Map<string, Sent>, message: unknown, sent: Sent): void {
  const hash = hashOf(message);
  const [oldest] = unanswered.size >= MOST_SENT ? unanswered : [];
  if (oldest) unanswered.delete(oldest[0]);
  // What cannot be told from others when it is answered counts as sent.
  for (const forgotten of [oldest?.[1], hash === undefined ? sent : unanswered.get(hash)]) {
    forgotten?.permit.release();
  }
  if (hash !== undefined) unanswered.set(hash, sent);
}

function release(unanswered: Map<string, Sent>): void {
  for (const { permit } of unanswered.values()) permit.release();
  unanswered.clear();
}

/** Lets `before` run before a method of the exchange. */
function override(
  exchange: Sockets,
  name: 'onConnected' | 'handleMessage',
  before: (client: Client, message: unknown) => void,
): () => void {
  const original = exchange[name];
  function method(this: Sockets, client: Client, message: unknown): unknown {
    before(client, message);
    return original?.call(this, client, message);
  }
  return replace(exchange, name, method, () => exchange[name] === method);
}

/** Puts a value in place of a property. Returns what puts back the one that was there, if the new one is still there. */
function replace(target: object, name: string, value: unknown, isThere: () => boolean): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
  return () => {
    if (!isThere()) return;
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}

function fieldsOf(message: unknown): object {
  return typeof message === 'object' && message !== null ? message : {};
}

/** By what ccxt tells whose answer a message is. */
function hashOf(message: unknown): string | undefined {
  const { id, reqId, req_id } = fieldsOf(message) as { id?: unknown; reqId?: unknown; req_id?: unknown };
  const hash = id ?? reqId ?? req_id;
  return typeof hash === 'string' || typeof hash === 'number' ? String(hash) : undefined;
}
