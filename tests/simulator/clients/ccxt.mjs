import ccxt from 'ccxt';

/** What ccxt wants to sign with, of which simulated exchanges look at nothing. */
const CREDENTIALS = {
  apiKey: 'key',
  secret: 'c2VjcmV0',
  password: 'pass',
  // Aster's version 3, whose orders are signed as those of a blockchain.
  walletAddress: `0x${'22'.repeat(20)}`,
  privateKey: `0x${'11'.repeat(32)}`,
};

/**
 * An exchange of ccxt that talks to a simulated one.
 *
 * @param {string} id
 * @param {string} url
 * @param {typeof fetch} fetch what it sends by
 * @param {object} [options]
 * @returns {any} with ccxt's implicit methods, of which its types know nothing
 */
export function ccxtAt(id, url, fetch, options = {}) {
  const Exchange = ccxt[/** @type {'binance'} */ (id)];
  const exchange = new Exchange({ ...CREDENTIALS, ...options });
  exchange.fetchImplementation = fetch;
  const urls = /** @type {{ api: Record<string, unknown> }} */ (exchange.urls);
  for (const [name, address] of Object.entries(urls.api)) {
    if (typeof address === 'string') urls.api[name] = address.replace(/^https?:\/\/[^/]+/, url);
  }
  return exchange;
}
