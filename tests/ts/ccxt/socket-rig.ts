import newest, { type Exchange } from 'ccxt';
import { type MultiThrottlerConfig, rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { Watched } from '../support/recorder.ts';

export const SPOT = 'wss://ws-api.binance.com:443/ws-api/v3';
export const FUTURES = 'wss://ws-fapi.binance.com/ws-fapi/v1';
export const DELIVERY = 'wss://ws-dapi.binance.com/ws-dapi/v1';

/** An order on Binance. */
export const order = { id: '1', method: 'order.place', params: { symbol: 'BTCUSDT' } };

/** The part of a client of ccxt's WebSockets that tests use. */
export interface Client {
  readonly url: string;
  connect: () => Promise<void>;
  isConnected?: boolean;
  connection: object;
  throttler: { throttle: (cost: unknown) => Promise<void> };
  futures: Record<string, unknown>;
  resolve(result: unknown, hash: string): void;
  onMessage(event: { data: string }): void;
  onConnectedCallback(client: Client): void;
}

/** An exchange of ccxt.pro whose sockets lead nowhere; what is sent is kept. */
export function setUp(
  id: 'binance' | 'bybit' | 'okx' | 'kraken' | 'gate' | 'hyperliquid' | 'deribit' | 'coinbase',
  url: string,
  config: MultiThrottlerConfig = {},
  options: object = {},
  attaching: Parameters<typeof attachThrottler>[1] = {},
  make: () => InstanceType<typeof newest.pro.binance> = () =>
    new newest.pro[id](options) as InstanceType<typeof newest.pro.binance>,
) {
  const throttler = new Watched(
    [rollingWindow({ id: 'RAW_REQUESTS', limit: 2, interval: 1000 })],
    config,
  );
  const exchange = make();
  const { detach } = attachThrottler(exchange, { throttler, ...attaching });
  const sent: object[] = [];
  const open = (): Client => {
    const client = exchange.client(url) as unknown as Client;
    client.connect = async () => {
      if (client.isConnected) return;
      client.isConnected = true;
      client.onConnectedCallback(client);
    };
    client.connection = {
      send: (text: string, _options: object, done: () => void) => {
        sent.push(JSON.parse(text));
        done();
      },
    };
    return client;
  };
  const answer = (client: Client, message: object) =>
    client.onMessage({ data: JSON.stringify(message) });
  // The reaction of ccxt to the answer to a request of its own.
  const subscription = {
    method: (client: Client, message: { id: string }) => client.resolve(message, message.id),
  };
  const watch = (hash: string, message: object) =>
    exchange.watch(url, hash, message, hash, subscription);
  return {
    exchange: exchange as unknown as Exchange,
    throttler,
    clock: throttler.clock,
    sent,
    open,
    watch,
    answer,
    detach,
  };
}
