// Watches order books and keeps a quote in each market, on Binance through ccxt. Run it on the
// simulated exchange (see README.md) or, with your own keys, on Binance's test network.

import ccxt from 'ccxt';
import { attachThrottler } from 'multi-throttler/ccxt';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const ROUNDS = 5;

const exchange = new ccxt.binance({
  apiKey: process.env.API_KEY ?? 'key',
  secret: process.env.API_SECRET ?? 'secret',
});
const { EXCHANGE_URL } = process.env;
if (EXCHANGE_URL) {
  const api = /** @type {Record<string, string>} */ (exchange.urls.api);
  for (const name of ['public', 'private']) api[name] = `${EXCHANGE_URL}/api/v3`;
} else {
  exchange.setSandboxMode(true);
}

// From here on, each call of the exchange waits for its grant, and orders go first.
const { throttler } = attachThrottler(exchange, {
  priority: (_api, _method, path) => (path === 'order' ? 'critical' : 'low'),
});

/**
 * ccxt's implicit methods, which its types do not declare.
 * @type {Record<'publicGetDepth' | 'privatePostOrder' | 'privateDeleteOrder', (params: object) =>
 *   Promise<any>>}
 */
const api = /** @type {any} */ (exchange);

/** @param {string} symbol */
async function keepQuote(symbol) {
  for (let round = 0; round < ROUNDS; round++) {
    const { bids } = await api.publicGetDepth({ symbol, limit: 1000 });
    const price = Number(bids[0][0]) * 0.9;
    const order = {
      symbol,
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: 1,
      price: price.toFixed(2),
    };
    const { orderId } = await api.privatePostOrder(order);
    await api.privateDeleteOrder({ symbol, orderId }).catch((error) => {
      // The order may have been filled already.
      if (!(error instanceof ccxt.OrderNotFound)) throw error;
    });
  }
}

await Promise.all(SYMBOLS.map(keepQuote));
for (const [rule, { tokens, capacity }] of Object.entries(throttler.getStatus())) {
  if (tokens < capacity)
    console.log(`${rule}: ${Math.round(capacity - tokens)} of ${capacity} used`);
}
console.log('done');
