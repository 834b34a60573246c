import type { MultiThrottler } from '../index.js';
import type { CcxtExchange, Plan } from './types.js';

/** What of a client of ccxt's WebSockets is used. */
interface Client {
  readonly url: string;
  /** ccxt's own throttler of this connection. */
  readonly throttler?: { throttle(cost?: unknown): Promise<unknown> };
  send(message: unknown): unknown;
  reject(error: unknown, messageHash?: unknown): unknown;
  readonly futures?: { readonly [messageHash: string]: unknown };
}

/**
 * Makes orders over WebSockets pay, through `options.ws.throttle`, which ccxt calls before it sends. That call does not
 * say what will be sent; so from the first on, the connection's `send` is looked at too. Messages that order nothing go
 * at ccxt's own pace. Connections that were open before are not seen.
 *
 * @returns what undoes it
 */
export function throttleSockets(
  exchange: CcxtExchange,
  throttler: MultiThrottler,
  message: NonNullable<Plan['message']>,
): () => void {
  const options = exchange.options as { ws?: { throttle?: unknown } };
  const before = Object.getOwnPropertyDescriptor(options, 'ws');
  const seen = new Set<Client>();
  let attached = true;

  function look(client: Client): void {
    if (seen.has(client)) return;
    const { send } = client;
    seen.add(client);
    client.send = async (sent: unknown) => {
      try {
        const cost = attached ? message(parsed(sent), client.url, exchange) : undefined;
        if (cost !== undefined) (await throttler.acquire(cost)).release();
      } catch (error) {
        // ccxt does not look at what sending comes to: the one who waits for the answer has to be told.
        const hash = hashOf(parsed(sent));
        if (hash !== undefined && client.futures && Object.hasOwn(client.futures, hash)) {
          client.reject(error, hash);
        } else {
          client.reject(error);
        }
        return undefined;
      }
      return send.call(client, sent);
    };
  }

  async function throttle(this: Client, cost?: unknown): Promise<void> {
    if (attached) look(this);
    await this.throttler?.throttle(cost);
  }

  options.ws = { ...options.ws, throttle };
  return () => {
    attached = false;
    // What is there now is an own property over that of ccxt's class.
    for (const client of seen) Reflect.deleteProperty(client, 'send');
    if (options.ws?.throttle !== throttle) return;
    if (before) Object.defineProperty(options, 'ws', before);
    else delete options.ws;
  };
}

function parsed(message: unknown): object {
  return typeof message === 'object' && message !== null ? message : {};
}

function hashOf(message: object): string | undefined {
  const { id, reqId, req_id } = message as { id?: unknown; reqId?: unknown; req_id?: unknown };
  const hash = id ?? reqId ?? req_id;
  return hash === undefined ? undefined : String(hash);
}
