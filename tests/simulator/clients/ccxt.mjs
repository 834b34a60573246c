import ccxt from 'ccxt';

/** Credentials that ccxt needs to sign requests. Simulated exchanges do not check them. */
const CREDENTIALS = {
  apiKey: 'key',
  secret: 'c2VjcmV0',
  password: 'pass',
  // Aster's version 3 signs orders with a wallet.
  walletAddress: `0x${'22'.repeat(20)}`,
  privateKey: `0x${'11'.repeat(32)}`,
};

/** A market as ccxt's `setMarkets` takes it, for orders on a Binance without its exchange info. */
export const BTCUSDT = {
  id: 'BTCUSDT',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  type: 'spot',
  spot: true,
  active: true,
  precision: { amount: 0.0001, price: 0.01 },
  limits: {},
  info: { orderTypes: ['LIMIT'] },
};

/**
 * Creates an exchange of ccxt that talks to a simulated one.
 *
 * @param {string} id
 * @param {string} url
 * @param {typeof fetch} fetch sends the requests
 * @param {object} [options]
 * @returns {any} with ccxt's implicit methods, which its types do not declare
 */
export function ccxtAt(id, url, fetch, options = {}) {
  const Exchange = ccxt[/** @type {'binance'} */ (id)];
  const exchange = new Exchange({ ...CREDENTIALS, ...options });
  exchange.fetchImplementation = fetch;
  const urls = /** @type {{ api: Record<string, unknown> }} */ (exchange.urls);
  redirect(urls.api, url);
  return exchange;
}

/**
 * Puts another host into URLs by name, which are nested at some exchanges.
 *
 * @param {Record<string, unknown>} urls
 * @param {string} url
 */
function redirect(urls, url) {
  for (const [name, address] of Object.entries(urls)) {
    if (typeof address === 'string') urls[name] = address.replace(/^https?:\/\/[^/]+/, url);
    else redirect(/** @type {Record<string, unknown>} */ (address), url);
  }
}
