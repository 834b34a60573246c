import { override, type Restore } from '../../shared/override.js';
import type { Attachment } from '../attachment.js';
import type { CcxtExchange, Plan } from '../types.js';
import { type Client, Connection } from './connection.js';
import type { Renewal } from './renewal.js';

/** The parts of an exchange with WebSockets that are used: it hands its hooks to each client. */
interface Sockets extends CcxtExchange {
  options: { ws?: object };
  readonly clients?: { readonly [url: string]: Client | undefined };
  onConnected?(client: Client, message: unknown): unknown;
  handleMessage?(client: Client, message: unknown): unknown;
}

/**
 * Makes requests over WebSockets pay that an exchange counts, and reports their answers.
 *
 * A connection is charged from its start (`onConnected`), or from the first call of
 * `options.ws.throttle`. ccxt makes that call before it sends, unless `enableRateLimit` is off, and
 * does not say what it will send. Messages that order nothing go at ccxt's own pace. Answers come
 * by `handleMessage`. Connections that were open before are not charged.
 *
 * @param renewal signs a message anew that has waited
 */
export function throttleSockets(
  attachment: Attachment,
  message: NonNullable<Plan['message']>,
  renewal?: Renewal,
): Restore {
  const sockets = attachment.exchange as Sockets;
  const connections = new Map<Client, Connection>();
  let isAttached = true;

  /** Of an exchange within a proxy, such as a reactive one, clients are within proxies as well. */
  function connectionOf(client: Client): Connection | undefined {
    return (
      connections.get(client) ?? [...connections.values()].find(({ send }) => send === client.send)
    );
  }

  function charge(client: Client): void {
    if (!isAttached || connectionOf(client)) return;
    for (const [known, connection] of connections) {
      if (connection.isOpen) continue;
      connection.forget();
      connections.delete(known);
    }
    const isOpen = () => {
      const current = sockets.clients?.[client.url];
      return current === client || current?.send === connection.send;
    };
    const connection = new Connection(client, attachment, { message, renewal }, isOpen);
    connections.set(client, connection);
  }

  async function throttle(this: Client, cost?: unknown): Promise<void> {
    charge(this);
    await this.throttler?.throttle(cost);
  }

  const restores = [
    override(sockets.options, 'ws', { ...sockets.options.ws, throttle }),
    before(sockets, 'onConnected', charge),
    before(sockets, 'handleMessage', (client, answer) => {
      if (isAttached) connectionOf(client)?.hear(answer);
    }),
  ];
  return () => {
    isAttached = false;
    for (const connection of connections.values()) connection.detach();
    connections.clear();
    for (const restore of restores) restore();
  };
}

/** Lets `work` run before a method of the exchange. */
function before(
  exchange: Sockets,
  name: 'onConnected' | 'handleMessage',
  work: (client: Client, message: unknown) => void,
): Restore {
  const original = exchange[name];
  return override(
    exchange,
    name,
    function (this: Sockets, client: Client, message: unknown): unknown {
      work(client, message);
      return original?.call(this, client, message);
    },
  );
}
