import { Agent } from 'node:http';
import type { Exchange } from 'ccxt';
import { type Rule, rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { describe, expect, test } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { type Asked, call, useServer, VERSIONS } from './rig.ts';

const server = useServer();

const ALL: Rule = rollingWindow({ id: 'ALL', limit: 1000, interval: 1000 });

/** One connection, so that requests arrive in the order in which they are sent. */
function oneConnection(exchange: Exchange): Exchange {
  if (!('loadFetchImplementation' in exchange)) {
    return Object.assign(exchange, { agent: new Agent({ keepAlive: true, maxSockets: 1 }) });
  }
  const original = exchange.getDispatcherOptions;
  exchange.getDispatcherOptions = (...args) => ({
    ...original.apply(exchange, args),
    connections: 1,
  });
  return exchange;
}

const inBody = ({ body }: Asked) => Number(new URLSearchParams(body).get('nonce'));
const inJson = ({ body }: Asked) => Number(JSON.parse(body).nonce);
const inPayload = (header: string) => (asked: Asked) =>
  Number(JSON.parse(atob(String(asked.headers[header]))).nonce);

/** Private calls of exchanges that reject a nonce which does not rise, and where it stands. */
const EXCHANGES: [string, string, (asked: Asked) => number][] = [
  ['kraken', 'privatePostBalance', inBody],
  ['bitfinex2', 'privatePostAuthRWallets', ({ headers }) => Number(headers['bfx-nonce'])],
  ['gemini', 'privatePostV1Balances', inPayload('x-gemini-payload')],
  ['whitebit', 'v4PrivatePostMainAccountBalance', inJson],
  [
    'bitso',
    'privateGetBalance',
    ({ headers }) => Number(String(headers.authorization).split(':')[1]),
  ],
  ['coincheck', 'privateGetAccountsBalance', ({ headers }) => Number(headers['access-nonce'])],
  ['independentreserve', 'privatePostGetAccounts', inJson],
];

const OTHER_IDS: Record<string, string> = {
  coinbaseexchange: 'coinbasepro',
  bitfinex2: 'bitfinex',
};

describe.each(VERSIONS)('with %s', (_name, ccxt) => {
  function attached(id: string) {
    const throttler = new Watched([ALL]);
    // Exchanges had other ids.
    const known = id in ccxt ? id : OTHER_IDS[id];
    const exchange = oneConnection(server.exchange(known ?? id, { apiKey: 'account-key' }, ccxt));
    attachThrottler(exchange, { throttler, costs: () => ({ ALL: 1 }) });
    return { exchange, throttler };
  }

  function expectRising(nonces: number[]) {
    const rising = nonces.every((nonce, i) => i === 0 || nonce > (nonces[i - 1] as number));
    expect([nonces, rising]).toEqual([nonces, true]);
  }

  test.each(EXCHANGES)('nonces of %s rise as requests are sent', async (id, name, nonceOf) => {
    const { exchange } = attached(id);
    let signing: unknown[] = [];
    const sign = exchange.sign.bind(exchange) as (...args: unknown[]) => unknown;
    exchange.sign = ((...args: unknown[]) => {
      signing = args;
      return sign(...args);
    }) as Exchange['sign'];
    // The first calls, while ccxt loads what sends.
    await Promise.allSettled(Array.from({ length: 13 }, () => call(exchange, name)));
    // `sign` compiled, so that several calls fall into one millisecond.
    for (let i = 0; i < 2000; i++) sign(...signing);
    await Promise.allSettled(Array.from({ length: 13 }, () => call(exchange, name)));
    expect(server.requests).toHaveLength(26);
    expectRising(server.requests.map(nonceOf));
  });

  test('nonces rise through retries', async () => {
    const { exchange } = attached('kraken');
    const params = ccxt === VERSIONS[0][1] ? { maxRetriesOnFailure: 1 } : {};
    server.answers.push(...Array.from({ length: 5 }, () => ({ status: 503 })));
    await Promise.allSettled(
      Array.from({ length: 5 }, () => call(exchange, 'privatePostBalance', params)),
    );
    expect(server.requests).toHaveLength('maxRetriesOnFailure' in params ? 10 : 5);
    expectRising(server.requests.map(inBody));
  });

  test('nonces go on rising after a detach and when the clock steps back', async () => {
    const { exchange, throttler } = attached('kraken');
    let now = Date.now();
    exchange.nonce = () => now;
    await call(exchange, 'privatePostBalance');
    now -= 60_000;
    await call(exchange, 'privatePostBalance');
    const before = server.requests.map(inBody);
    expectRising(before);
    throttler.close();
  });

  test('timestamps are those of the clock', async () => {
    const { exchange } = attached('coinbaseexchange');
    exchange.nonce = () => 1_700_000_000;
    await Promise.allSettled(
      Array.from({ length: 13 }, () => call(exchange, 'privateGetAccounts')),
    );
    const stamps = server.requests.map(({ headers }) => headers['cb-access-timestamp']);
    expect(new Set(stamps)).toEqual(new Set(['1700000000']));
  });

  test('a nonce above 2^53 rises by what a double can tell', async () => {
    const { exchange } = attached('kraken');
    exchange.nonce = () => 2 ** 60;
    await Promise.all([1, 2, 3].map(() => call(exchange, 'privatePostBalance')));
    expectRising(server.requests.map(inBody));
  });

  test('a nonce of the user’s that is no number stays as it is', async () => {
    const { exchange } = attached('kraken');
    exchange.nonce = (() => '12') as never;
    await Promise.all([1, 2].map(() => call(exchange, 'privatePostBalance')));
    expect(server.requests.map(inBody)).toEqual([12, 12]);
  });
});
